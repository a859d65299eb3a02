"""Effort of the checks: less for kernels that compute samples one by one in Python.

A kernel may leave batches and gradients to the defaults of `Plan`, which call it once per sample.
Each sample then takes microseconds to milliseconds, and there are no groups of samples whose ends
could be handled wrongly: fewer samples show the same faults.
"""

from __future__ import annotations

from kernels.interface import Plan
from kernels.network import parameter_count

BUDGET = 1000
"""Parameters times samples of one call, at most, if the kernel computes them one by one."""
FEWEST = 2
"""Samples of a call, at least: a single one would not show a kernel that mixes samples up."""
ITERATIONS = 9
"""Iterations of a training, at most, if the kernel computes samples one by one."""


def is_one_by_one(kernel: type[Plan]) -> bool:
    """True if the kernel's batches or gradients are Python loops over the samples."""
    if kernel.batch_forward is Plan.batch_forward:
        return True
    return "gradient" in kernel.operations and kernel.batch_gradient is Plan.batch_gradient


def samples(kernel: type[Plan], sizes: tuple[int, ...], wanted: int) -> int:
    """Number of samples that a check uses: `wanted`, or what the budget allows."""
    if not is_one_by_one(kernel):
        return wanted
    return min(wanted, max(FEWEST, BUDGET // parameter_count(sizes)))


def iterations(kernel: type[Plan], wanted: int) -> int:
    """Number of iterations that a check trains for: `wanted`, or few."""
    return min(wanted, ITERATIONS) if is_one_by_one(kernel) else wanted
