"""The cost before the first result: importing, building a plan, and memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from benchmarks.measure import caches, workloads

from .common import planned

LARGEST = workloads.WORKLOADS[3].name

BUILD = """
import sys, kernels
plan = kernels.plan(kernels.Network.random(eval(sys.argv[2]), seed=0), sys.argv[1])
print(plan.build_seconds)
"""


class Build:
    """Seconds to build a plan in a new process: cold, and with what compilers cached on disk.

    Importing packages is not counted. Rounded to milliseconds: anything shorter is no build.
    The second parameter has its name from the only cache there was at first: the history of these
    timings is found by it.
    """

    params = (list(workloads.RUNGS), ["cold", "cached"])
    param_names = ("kernel", "numba_cache")
    timeout = 120

    def setup(self, kernel: str, numba_cache: str) -> None:
        planned(kernel, LARGEST)  # skips a rung this commit does not have

    def track_build_seconds(self, kernel: str, numba_cache: str) -> float:
        with tempfile.TemporaryDirectory() as folder:
            seconds = self.build(kernel, folder)
            return self.build(kernel, folder) if numba_cache == "cached" else seconds

    track_build_seconds.unit = "s"  # type: ignore[attr-defined]
    track_build_seconds.pretty_name = "building a plan"  # type: ignore[attr-defined]

    def build(self, kernel: str, cache: str) -> float:
        """Seconds of one build in a new process, with all caches in the folder `cache`."""
        sizes = repr(workloads.named(LARGEST).sizes)
        result = subprocess.run(
            [sys.executable, "-c", BUILD, kernel, sizes],
            env=os.environ | caches.in_folder(cache),
            capture_output=True,
            text=True,
            check=True,
        )
        return round(float(result.stdout), 3)


class Memory:
    """Peak memory of a process that builds a rung's plan and runs a batch through it."""

    params = (list(workloads.RUNGS),)
    param_names = ("kernel",)

    def setup(self, kernel: str) -> None:
        planned(kernel, LARGEST)

    def peakmem_forward_batch(self, kernel: str) -> None:
        plan = planned(kernel, LARGEST)
        X, _ = workloads.named(LARGEST).samples
        plan.forward_batch(X[:16])

    peakmem_forward_batch.pretty_name = "peak memory"  # type: ignore[attr-defined]


class Import:
    """Seconds to import the package, in a new process."""

    def timeraw_import_kernels(self) -> str:
        return "import kernels"

    timeraw_import_kernels.pretty_name = "import kernels"  # type: ignore[attr-defined]
