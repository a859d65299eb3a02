"""asv's benchmarks: the history of every rung, on the workloads of the suite.

asv installs the wheel of an old commit, which has `kernels` alone, and imports this folder, as it
is today, as a top-level package. The root of the checkout is therefore appended to the path, so
that `benchmarks` is found; at the front it would hide the wheel's `kernels`.
"""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)
