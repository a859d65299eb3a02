"""asv's benchmarks: the history of every rung, over the same workloads as the suite.

asv installs the wheel of an old commit, which holds `kernels` alone, and runs today's files from
here, importing this folder as a top-level package. So the root of the checkout is appended to the
path, for `benchmarks` to be found; appended, because in front it would hide the wheel's `kernels`.
"""

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.append(ROOT)
