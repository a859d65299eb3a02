"""The gate's calls, each with the expected results.

Calls on the workload are those that are timed. Calls on the twin vary: all samples in two orders,
fewer and single ones, one element changed, several trainings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.proof import effort
from kernels.proof.guards import GateError, Memory
from kernels.proof.samples import FEW, Expected, Samples, Twin
from kernels.support.checks import Array

ITERATIONS = 2
LONG = 12
"""Iterations of the twin's longest training."""
SHORT = 3
"""Iterations of the twin's longest training by a kernel that loops over samples in Python."""
ALPHA, ODD_ALPHA, TINY_ALPHA, LARGE_ALPHA = 0.25, 0.3217840527, 1e-5, 7.3
CAREFUL_ALPHA = 1 / 64
"""Step size of the longest training with activations other than the article's: 0.25 diverges."""


@dataclass(frozen=True)
class Case:
    """One call of an operation: its inputs and the expected results."""

    what: str
    inputs: tuple[Array, ...]
    call: Callable[..., list[Any]]
    """Function that makes the call, from the plan, a Memory, and the inputs in arrays of it."""
    expected: list[Expected]
    cheap: bool = True
    """True if the call has few samples, so that kernels which loop over them can repeat it."""
    shared: bool = True
    """True if other threads may use the plan during the call."""


# --- the cases of each operation ----------------------------------------------------------------


def forward_case(samples: Samples, what: str, row: int) -> Case:
    """A forward pass of one sample, (s_1,)."""

    def call(plan: Plan, memory: Memory, x: Array) -> list[Any]:
        return both_ways(plan.forward, memory, x, plan.sizes[-1:])

    return Case(what, (samples.X[row],), call, [samples.output(row)] * 2)


def batch_case(samples: Samples, what: str, pick: Array, cheap: bool = True) -> Case:
    """A forward pass of the samples picked."""

    def call(plan: Plan, memory: Memory, X: Array) -> list[Any]:
        return both_ways(plan.forward_batch, memory, X, (len(X), plan.sizes[-1]))

    return Case(what, (samples.X[pick],), call, [samples.output(pick)] * 2, cheap)


def gradient_case(
    samples: Samples, what: str, pick: Any, cheap: bool = True, directional: bool = False
) -> Case:
    """Cost and gradient over the samples picked; if `directional`, a directional derivative too."""
    true, limits = samples.gradient(np.atleast_1d(pick))
    expected = [
        Expected("the cost", true.cost, limits.cost),
        Expected("the gradient", true.theta, limits.theta),
    ]
    direction = np.random.default_rng(len(true.theta)).choice([-1.0, 1.0], true.theta.size)
    if directional:
        slope = samples.slope(pick, direction)
        bound = float(np.sqrt((limits.theta**2).sum()))
        expected.append(Expected("the gradient (complex step)", slope, bound))

    def call(plan: Plan, _: Memory, X: Array, Y: Array) -> list[Any]:
        result = plan.gradient(X, Y)
        along = [result.theta @ direction] if directional else []
        return [result.cost, result.theta, *along]

    return Case(what, (samples.X[pick], samples.Y[pick]), call, expected, cheap)


def train_case(
    samples: Samples,
    what: str,
    pick: Any,
    iterations: int,
    alpha: float,
    cheap: bool = True,
) -> Case:
    """A training, followed by a forward pass to show that the plan has kept its parameters."""
    rows = np.atleast_1d(pick)
    first = samples.X[rows[0]]
    expected = [
        *samples.training(rows, iterations, alpha),
        replace(samples.output(rows[0]), what="the plan's output after training"),
    ]

    def call(plan: Plan, _: Memory, X: Array, Y: Array) -> list[Any]:
        result = plan.train(X, Y, iterations, alpha)
        return [result.cost, result.error, result.network.theta, plan.forward(first)]

    return Case(what, (samples.X[pick], samples.Y[pick]), call, expected, cheap)


def in_parts(case: Case, parts: list[int], alpha: float) -> Case:
    """A training split into parts, each starting from the parameters the one before ended with."""

    def call(plan: Plan, _: Memory, X: Array, Y: Array) -> list[Any]:
        own, found = plan.network.theta, []
        for iterations in parts:
            found.append(plan.train(X, Y, iterations, alpha))
            plan.update(found[-1].network.theta)
        plan.update(own)
        costs, errors = (
            np.concatenate([getattr(part, series) for part in found])
            for series in ("cost", "error")
        )
        return [costs, errors, found[-1].network.theta]

    what = f"{case.what} in parts"
    return replace(case, what=what, call=call, expected=case.expected[:3], shared=False)


def both_ways(
    call: Callable[..., Array], memory: Memory, source: Array, shape: tuple[int, ...]
) -> list[Array]:
    """The result in a given `out` that held NaN, and the result without `out`."""
    out = memory.blank("out", shape)
    if call(source, out) is not out:
        raise GateError(f"{call.__qualname__} did not return the out it was given")
    return [out, call(source)]


def workload_cases(plan: Plan, operation: str, X: Array, Y: Array) -> list[Case]:
    """The calls that are timed, on the workload itself."""
    rows = np.arange(len(X))
    if operation == "forward":
        ends = Samples(plan, X[[0, -1]], Y[[0, -1]], strict=True)
        return [forward_case(ends, f"{one} sample", k) for k, one in enumerate(("first", "last"))]
    samples = Samples(plan, X, Y, strict=True)
    if operation == "forward_batch":
        return [batch_case(samples, "all samples", rows)]
    if operation == "gradient":
        return [gradient_case(samples, "all samples", rows)]
    return [steady_case(samples, "all samples", rows, ITERATIONS, ALPHA)[0]]


def twin_cases(plan: Plan, operation: str, m: int) -> list[Case]:
    """Calls with inputs of m samples and of fewer, for a plan with the twin's parameters."""
    if operation == "forward":
        return forward_cases(Twin(plan, 1))
    return TWIN_CASES[operation](Twin(plan, m), effort.is_one_by_one(type(plan)))


def forward_cases(twin: Twin) -> list[Case]:
    """Single samples: one, some that differ from it in one element, small and large ones."""
    return [
        forward_case(twin, "one sample", 0),
        *(forward_case(twin, "one element changed", row) for row in twin.changed),
        *(forward_case(twin, "small and large inputs", row) for row in twin.unusual),
    ]


def batch_cases(twin: Twin, one_by_one: bool) -> list[Case]:
    """All samples in two orders, with one element changed, without the last, and fewer."""
    few = twin.mixed[:FEW]
    cases = [
        batch_case(twin, "one sample", few[:1]),
        batch_case(twin, "few samples", few),
        batch_case(twin, "small and large inputs", np.array(twin.unusual)),
        batch_case(twin, "all samples", twin.mixed, cheap=False),
        batch_case(twin, "all samples, in blocks", twin.blocks, cheap=False),
    ]
    if not one_by_one:
        changed = twin.altered(twin.changed[1], twin.middle)
        cases += [
            batch_case(twin, "one element changed", changed),
            batch_case(
                twin, "another element changed", twin.altered(twin.changed[0], twin.elsewhere)
            ),
            batch_case(twin, "all samples but one", changed[: max(1, len(changed) - 1)]),
        ]
    return cases


def gradient_cases(twin: Twin, one_by_one: bool) -> list[Case]:
    """Gradients over samples as in `batch_cases`, and over one sample as vectors."""
    few = twin.mixed[:FEW]
    one = gradient_case(twin, "one sample", few[:1])
    cases = [
        one,
        replace(one, what="one sample, as vectors", inputs=tuple(a[0] for a in one.inputs)),
        gradient_case(twin, "few samples", few, directional=True),
        gradient_case(twin, "small and large inputs", np.array(twin.unusual)),
        gradient_case(twin, "all samples", twin.mixed, cheap=False),
        gradient_case(twin, "all samples, in blocks", twin.blocks, cheap=False),
    ]
    if not one_by_one:
        changed = twin.altered(twin.changed[1], twin.elsewhere)
        other = twin.altered(twin.retargeted, twin.middle)
        cases += [
            gradient_case(twin, "one element of X changed", changed),
            gradient_case(twin, "one element of Y changed", other),
            gradient_case(twin, "all samples but one", changed[: max(1, len(changed) - 1)]),
        ]
    return cases


def steady_case(
    samples: Samples, what: str, pick: Any, iterations: int, alpha: float, cheap: bool = True
) -> tuple[Case, float]:
    """A training, and its step size: `alpha`, or so much less that it does not diverge."""
    while True:
        with np.errstate(over="ignore", invalid="ignore"):
            case = train_case(samples, what, pick, iterations, alpha, cheap)
        costs = case.expected[0].value
        if costs.max() <= 10 * costs[0] + 1:
            return case, alpha
        alpha /= 16


def train_cases(twin: Twin, one_by_one: bool) -> list[Case]:
    """A long training, whole and in parts, and short ones with other inputs and step sizes."""
    few = twin.mixed[:FEW]
    iterations, parts = (SHORT, [1, 2]) if one_by_one else (LONG, [1, 4, LONG - 5])
    alpha = ALPHA if twin.what.is_article else CAREFUL_ALPHA
    long, careful = steady_case(twin, "all samples", twin.mixed, iterations, alpha, cheap=False)
    one = train_case(twin, "one sample", few[:1], 1, LARGE_ALPHA)
    cases = [
        one,
        replace(one, what="one sample, as vectors", inputs=tuple(a[0] for a in one.inputs)),
        train_case(twin, "few samples, tiny alpha", few, ITERATIONS, TINY_ALPHA),
        long,
        in_parts(long, parts, careful),
        train_case(twin, "small and large inputs", np.array(twin.unusual), 1, ALPHA),
    ]
    if not one_by_one:
        changed = twin.altered(twin.changed[1], twin.middle)
        other = twin.altered(twin.retargeted, twin.elsewhere)
        cases += [
            steady_case(twin, name, pick, ITERATIONS, ODD_ALPHA)[0]
            for name, pick in (
                ("all samples, in blocks", twin.blocks),
                ("one element of X changed", changed),
                ("one element of Y changed", other),
            )
        ]
    return cases


TWIN_CASES = {
    "forward_batch": batch_cases,
    "gradient": gradient_cases,
    "train": train_cases,
}
