"""What a process pays before its first result, and what Numba costs: seconds, and calls.

Every figure is the best of some new processes, for the reason that `limits` gives.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import NamedTuple

from benchmarks.measure import caches
from benchmarks.measure.environment import ROOT
from benchmarks.measure.limits import Limits

STARTED = ("specialized", "jitted")
"""The rungs that compile code."""
NUMBA = "jitted"
"""The rung that needs Numba."""
SIZES = (64, 30, 10)
FIRST_FORWARD = """
import sys, numpy, kernels
sizes = tuple(map(int, sys.argv[2].split("-")))
plan = kernels.plan(kernels.Network.random(sizes, seed=0), sys.argv[1], operations=["forward"])
plan.forward(numpy.zeros(sizes[0]))
print("done", flush=True)
"""


class Starts(NamedTuple):
    """The figures measured, and the reason for each rung that could not be started."""

    found: Limits
    failures: dict[str, str]


def measure(seconds: float, progress: Callable[[str], object] = lambda _: None) -> Starts:
    """Measure the starts of all rungs that compile, and what Numba costs.

    Each start is repeated for about 5 times `seconds`, and made once at least. `progress` is called
    with what is measured next. Everything runs in other processes: this one need not import what
    the rungs need.
    """
    result = Starts({}, {})
    for kernel in STARTED:
        progress(f"a process's first forward: {kernel}")
        try:
            result.found.update(of_rung(kernel, seconds))
            if kernel == NUMBA:
                progress("Numba: its start, and calls")
                command = ["-m", "benchmarks.measure.numba_costs", str(seconds)]
                result.found.update(json.loads(output(command)[0]))
        except RuntimeError as error:
            result.failures[kernel] = str(error)
    return result


def of_rung(kernel: str, seconds: float) -> Limits:
    """The start with nothing cached, and with what an earlier process cached.

    Raises RuntimeError as `output` does.
    """
    with tempfile.TemporaryDirectory() as folder:
        first_forward(kernel, folder)
        return {
            f"first_forward_{kernel}_cold_seconds": best(lambda: cold(kernel), 5 * seconds),
            f"first_forward_{kernel}_cached_seconds": best(
                lambda: first_forward(kernel, folder), 5 * seconds
            ),
        }


def best(measure: Callable[[], float], seconds: float) -> float:
    """The least of as many measurements as begin within `seconds`; one is always made."""
    end = time.perf_counter() + seconds
    least = measure()
    while time.perf_counter() < end:
        least = min(least, measure())
    return least


def cold(kernel: str) -> float:
    """`first_forward` of a process that finds nothing compiled."""
    with tempfile.TemporaryDirectory() as folder:
        return first_forward(kernel, folder)


def first_forward(kernel: str, cache: str) -> float:
    """Seconds from the start of a process to the end of its first forward pass.

    The interpreter's start, all imports and the plan are in it. `cache` is the folder of the
    compilers' caches. Raises RuntimeError as `output` does.
    """
    sizes = "-".join(map(str, SIZES))
    return output(["-c", FIRST_FORWARD, kernel, sizes], caches.in_folder(cache))[1]


def output(arguments: list[str], environment: dict[str, str] | None = None) -> tuple[str, float]:
    """The line that Python prints in a new process, and the seconds until it is there.

    Raises RuntimeError with the last line of the errors if the process fails.
    """
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | (environment or {}),
    ) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            seconds = time.perf_counter() - start
            _, errors = process.communicate()
        except KeyboardInterrupt:
            process.kill()
            raise
    if process.returncode or not said:
        raise RuntimeError((errors.strip().splitlines() or ["no output"])[-1])
    return said, seconds
