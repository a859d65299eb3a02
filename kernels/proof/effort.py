"""How much the checks ask of a kernel: less of one that computes samples one by one in Python.

A kernel may leave batches and gradients to the defaults of `Plan`, which call it once a sample.
It then needs microseconds to milliseconds for each, and has no groups of samples whose ends could
be handled wrongly: fewer samples show the same faults.
"""

from __future__ import annotations

from kernels.interface import Plan
from kernels.network import parameter_count

BUDGET = 1000
"""Parameters times samples that one call of such a kernel may have to go through."""
FEWEST = 2
"""Samples in spite of the budget: with one, a kernel that mixes samples up would not show."""
ITERATIONS = 9
"""Iterations of a training by such a kernel."""


def is_one_by_one(kernel: type[Plan]) -> bool:
    """True if the kernel's batches or gradients are Python loops over the samples."""
    if kernel.batch_forward is Plan.batch_forward:
        return True
    return "gradient" in kernel.operations and kernel.batch_gradient is Plan.batch_gradient


def samples(kernel: type[Plan], sizes: tuple[int, ...], wanted: int) -> int:
    """How many samples a check uses: `wanted`, or what the budget allows."""
    if not is_one_by_one(kernel):
        return wanted
    return min(wanted, max(FEWEST, BUDGET // parameter_count(sizes)))


def iterations(kernel: type[Plan], wanted: int) -> int:
    """How many iterations a check trains for: `wanted`, or few."""
    return min(wanted, ITERATIONS) if is_one_by_one(kernel) else wanted
