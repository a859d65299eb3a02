"""The part of a long job that is timed, and the factor by which its time is extrapolated.

The article's own training takes hours in loops. Every iteration computes the same, and a kernel
that loops over samples in Python spends the same time on each. So a few iterations, or a few
samples of one, are timed and scaled up; wherever such a time is shown it is labelled
*extrapolated*.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.measure.arrays import Array
from benchmarks.measure.timing import Call, stopwatch
from kernels import Plan

PROBE_SECONDS = 0.02
"""The shortest call from which the duration of the whole job is estimated."""
CACHE_LINE = 64  # `kernels.support.aligned` has it too, but not in the old wheels that asv times
TRIES = 1000
"""The most copies of an array that are made until one begins at a cache line."""


@dataclass(frozen=True)
class Portion:
    """The part of a job that is timed."""

    call: Call
    rows: int
    iterations: int
    of_rows: int
    of_iterations: int

    @property
    def factor(self) -> float:
        """The whole job's time divided by that of the part."""
        return (self.of_rows * self.of_iterations) / (self.rows * self.iterations)

    @property
    def label(self) -> str | None:
        """The part that was timed, in words; None for the whole job."""
        parts = []
        if self.iterations < self.of_iterations:
            parts.append(f"{self.iterations} of {self.of_iterations} iterations")
        if self.rows < self.of_rows:
            parts.append(f"{self.rows} of {self.of_rows} samples")
        return ", ".join(parts) or None


def choose(
    plan: Plan,
    operation: str,
    X: Array,
    Y: Array,
    iterations: int = 1,
    alpha: float = 0.25,
    whole_seconds: float = 1.0,
    part_seconds: float = 0.5,
) -> Portion:
    """Choose the part of a job that is timed.

    Parameters
    ----------
    plan : the plan that is timed
    operation : one of `kernels.OPERATIONS`; "forward" is always timed whole, on the first sample
    X, Y : samples (m, s_1) and targets (m, s_L)
    iterations, alpha : length and step size of "train"
    whole_seconds : the longest job that is timed whole
    part_seconds : the duration of the part of a longer job

    Samples are left out only where even one iteration is too long, and only if the kernel loops
    over samples in Python.
    """

    def call(rows: int, count: int) -> Call:
        return make_call(plan, operation, X[:rows], Y[:rows], count, alpha)

    if operation == "forward":
        return Portion(call(1, 1), 1, 1, 1, 1)
    m = len(X)
    one_by_one = is_one_by_one(plan, operation)
    probe, seconds = 1 if one_by_one else m, 0.0
    while seconds < PROBE_SECONDS and probe < 2 * m:
        timed = call(min(probe, m), 1)
        seconds = stopwatch(partial(run, timed))[0] * 1e-9
        probe *= 2
    one = seconds * m / min(probe // 2, m)
    if one * iterations <= whole_seconds:
        rows, count = m, iterations
    elif one <= part_seconds or not one_by_one:
        rows, count = m, max(1, min(iterations, int(part_seconds / one)))
    else:
        rows, count = max(1, int(m * part_seconds / one)), 1
    return Portion(call(rows, count), rows, count, m, iterations)


def is_one_by_one(plan: Plan, operation: str) -> bool:
    """True if a batch is a Python loop over its samples, so that time grows linearly with them.

    A kernel loops where it leaves the operation to the defaults of `Plan`.
    """
    kernel = type(plan)
    if operation in ("forward", "forward_batch"):
        return kernel.batch_forward is Plan.batch_forward
    if operation == "train" and kernel.descend is not Plan.descend:
        return False
    return kernel.batch_gradient is Plan.batch_gradient


def make_call(
    plan: Plan,
    operation: str,
    X: Array,
    Y: Array,
    iterations: int,
    alpha: float,
    gradient_out: bool = True,
) -> Call:
    """The call of an operation on these samples, with its result allocated beforehand.

    Without `gradient_out`, a gradient allocates its result, as all did before plans took one: so
    asv times the same call of every commit.
    """
    if operation == "forward":
        return Call(plan.forward, (placed(X[0]), placed(plan.forward(X[0]))))
    if operation in ("forward", "forward_batch"):
        return Call(plan.forward_batch, (X, plan.forward_batch(X)))
    if operation == "gradient":
        return Call(plan.gradient, (X, Y, plan.gradient(X, Y)) if gradient_out else (X, Y))
    return Call(plan.train, (X, Y, iterations, alpha))


def placed(array: Array) -> Array:
    """A copy that begins at a cache line.

    The alignment of NumPy's arrays varies from run to run, and with it the time. The copy is no
    view into a larger array: checks take longer to rule out that two views overlap.
    """
    copies = [array.copy()]
    while copies[-1].ctypes.data % CACHE_LINE and len(copies) < TRIES:
        copies.append(array.copy())
    return copies[-1]


def run(call: Call) -> Any:
    """The result of one call."""
    return call.function(*call.arguments)
