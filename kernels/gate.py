"""The gate: nothing is timed that has not just been shown right, on the very workload.

The article's weights, uniform in [0, 1), saturate the sigmoid: at 100-100-50-10 every output is 1
to the last digit, and a kernel that drops a bias, transposes W or ignores x still agrees with a
correct one. So a plan is examined twice, on the workload's own parameters and on a *twin*: the
same sizes with centred weights, where nothing saturates.

    parameters   must agree with the reference to
    workload     the running error bound of `kernels.conditioning`
    twin         forward: 1e-13 absolute; cost, error, gradient: 1e-12 of the gradient's norm
                 (float32: 1e-6 and 1e-5); the gradient also with complex-step differences;
                 other activations than the article's: 8 times that, and in units of the outputs

Agreement on one call is not enough: every operation is called on two different inputs in turn, so
that stale workspaces and results that alias each other show; outputs are filled with NaN first, so
that unwritten elements show; inputs are compared with copies; and several threads share the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from kernels import conditioning, reference
from kernels.checks import Array
from kernels.interface import Plan
from kernels.network import Network

TWIN_SEED = 20180
FORWARD_TOLERANCE = {"float64": 1e-13, "float32": 1e-6}
GRADIENT_TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
TRAIN_ITERATIONS = 2
ALPHA = 0.25
THREADS = 4
CALLS_PER_THREAD = 2


class GateError(AssertionError):
    """A kernel is wrong; the message says where and by how much."""


@dataclass(frozen=True)
class Expected:
    """What one part of a result should be, and how far it may be off, elementwise."""

    what: str
    value: Any
    bound: Any


@dataclass(frozen=True)
class Case:
    """One call of an operation: its inputs, and what must come out."""

    call: Callable[[Plan], list[Any]]
    inputs: tuple[Array, ...]
    expected: list[Expected]


def check(plan: Plan, operation: str, X: Array, Y: Array) -> float:
    """Examine one operation of a plan; returns its largest error on X, Y.

    Parameters
    ----------
    plan : its parameters are changed while it is examined and put back afterwards
    operation : one of `kernels.OPERATIONS`
    X, Y : (m, s_1) and (m, s_L), the workload; for "forward" its rows are taken one by one

    Raises
    ------
    GateError
        If the plan computes something wrong, changes its input or disturbs its own results.
    """
    shift = plan.network.shift  # float64 inputs would lose digits if they were converted before
    X = np.asarray(X, plan.dtype if shift is None else np.float64)
    Y = np.asarray(Y, plan.dtype)
    worst = examine(plan, operation, X, Y, twin=False)
    with parameters(plan, Network.centred(plan.sizes, TWIN_SEED).theta):
        # without its own X, whose scale is the workload's, the twin's z stay of order 1
        generator = np.random.default_rng(TWIN_SEED)
        few = min(len(X), 3 if plan.by_sample else 16)
        inputs = generator.standard_normal((few, X.shape[1])).astype(plan.dtype)
        if shift is not None:
            inputs = inputs + shift
        examine(
            plan,
            operation,
            inputs,
            generator.random((few, Y.shape[1])).astype(plan.dtype),
            twin=True,
        )
    return worst


@contextmanager
def parameters(plan: Plan, theta: Array) -> Iterator[None]:
    """The plan with other parameters for the length of a `with` block."""
    own = plan.network.theta
    plan.update(theta)
    try:
        yield
    finally:
        plan.update(own)


def examine(plan: Plan, operation: str, X: Array, Y: Array, twin: bool) -> float:
    """One operation with the plan's present parameters; returns the largest error on X, Y."""
    theta = plan.network.theta.astype(plan.dtype)
    cases = CASES[operation](plan, theta, X, Y, twin)
    where = f"{plan.name}.{operation}, {'-'.join(map(str, plan.sizes))}, {plan.dtype}"
    where += ", twin" if twin else ""
    worst = run_in_turn(plan, cases, where)
    run_in_threads(plan, cases, where)
    return worst


def run_in_turn(plan: Plan, cases: list[Case], where: str) -> float:
    """Every case twice in turn, keeping all results; returns the first case's largest error."""
    copies = [[array.copy() for array in case.inputs] for case in cases]
    results = [[case.call(plan) for case in cases] for _ in range(2)]
    for case, kept in zip(cases, copies, strict=True):
        if not all(map(np.array_equal, case.inputs, kept)):
            raise GateError(f"{where}: the input was changed")
    errors = [[compare(*pair, where) for pair in zip(cases, turn, strict=True)] for turn in results]
    return max(turn[0] for turn in errors)


def run_in_threads(plan: Plan, cases: list[Case], where: str) -> None:
    """Several threads on one plan, each with a case of its own."""

    def work(index: int) -> None:
        case = cases[index % len(cases)]
        for result in [case.call(plan) for _ in range(CALLS_PER_THREAD)]:
            compare(case, result, f"{where}, {THREADS} threads on one plan")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))


def compare(case: Case, result: list[Any], where: str) -> float:
    """Hold a result against what was expected; returns its largest error."""
    worst = 0.0
    for expected, value in zip(case.expected, result, strict=True):
        got = np.asarray(value)
        if got.shape != np.shape(expected.value):
            raise GateError(f"{where}: {expected.what} has shape {got.shape}")
        error = np.abs(got - expected.value).astype(np.float64)
        if not (error <= expected.bound).all():  # NaN is not
            excess = np.argmax(np.where(np.isnan(error), np.inf, error - expected.bound))
            raise GateError(
                f"{where}: {expected.what} is off by {error.flat[excess]:.3g}, "
                f"allowed {np.broadcast_to(expected.bound, error.shape).flat[excess]:.3g}"
            )
        worst = max(worst, float(error.max(initial=0.0)))
    return worst


# --- the cases of each operation ----------------------------------------------------------------


def forward_cases(plan: Plan, theta: Array, X: Array, Y: Array, twin: bool) -> list[Case]:
    """The first and the last row, as single samples."""
    rows = X[[0, -1]] if len(X) > 1 else np.stack([X[0], X[0] / 2])
    expected = outputs(plan, theta, rows, twin)
    cases = []
    for k, x in enumerate(rows):

        def call(plan: Plan, x: Array = x) -> list[Any]:
            return both_ways(plan.forward, x, plan.sizes[-1:], plan.dtype)

        part = Expected("the output", expected.value[k], at(expected.bound, k))
        cases.append(Case(call, (x,), [part, part]))
    return cases


def batch_cases(plan: Plan, theta: Array, X: Array, Y: Array, twin: bool) -> list[Case]:
    """All rows, all rows in reverse, and fewer rows (which leaves remainders in every tile)."""
    expected = outputs(plan, theta, X, twin)
    m = len(X)
    everything = np.arange(m)
    cases = []
    for pick in (everything, everything[::-1], everything[: max(1, m - 1)], everything[:7]):
        rows = X[pick]

        def call(plan: Plan, rows: Array = rows) -> list[Any]:
            return both_ways(plan.forward_batch, rows, (len(rows), plan.sizes[-1]), plan.dtype)

        part = Expected("the output", expected.value[pick], at(expected.bound, pick))
        cases.append(Case(call, (rows,), [part, part]))
    return cases


def gradient_cases(plan: Plan, theta: Array, X: Array, Y: Array, twin: bool) -> list[Case]:
    """All rows, and those rows with other targets."""
    cases = []
    for rows, targets in variants(X, Y):
        true = reference.gradient(plan.architecture, theta, rows, targets, plan.network.shift)
        scale, limits = tolerance(plan, theta, rows, targets, true)
        expected = [
            Expected("the cost", true.cost, scale if twin else limits.cost),
            Expected("the gradient", true.theta, scale if twin else limits.theta),
        ]
        direction = np.random.default_rng(len(rows)).choice([-1.0, 1.0], theta.size)
        if twin:
            slope = reference.slope_along(
                plan.architecture, theta, rows, targets, direction, plan.network.shift
            )
            bound = scale * np.sqrt(theta.size)  # of a sum of so many
            expected.append(Expected("the gradient (complex step)", slope, bound))

        def call(
            plan: Plan, rows: Array = rows, targets: Array = targets, direction: Array = direction
        ) -> list[Any]:
            result = plan.gradient(rows, targets)
            return [result.cost, result.theta] + ([result.theta @ direction] if twin else [])

        cases.append(Case(call, (rows, targets), expected))
    return cases


def train_cases(plan: Plan, theta: Array, X: Array, Y: Array, twin: bool) -> list[Case]:
    """A few iterations, after which the plan must still have its own parameters."""
    cases = []
    for rows, targets in variants(X, Y):
        final, cost, error = reference.train(
            plan.architecture, theta, rows, targets, TRAIN_ITERATIONS, ALPHA, plan.network.shift
        )
        true = reference.gradient(plan.architecture, theta, rows, targets, plan.network.shift)
        scale, limits = tolerance(plan, theta, rows, targets, true)
        rounding = conditioning.unit_roundoff(plan.dtype) * TRAIN_ITERATIONS * np.abs(final)
        steps = TRAIN_ITERATIONS * ALPHA * (scale if twin else 4 * limits.theta) + 4 * rounding
        before = outputs(plan, theta, rows[:1], twin)
        expected = [
            Expected("the cost", cost, 4 * (scale if twin else limits.cost + steps.sum())),
            Expected("the error", error, 4 * (scale if twin else limits.error + steps.sum())),
            Expected("the trained theta", final, steps),
            Expected("the plan's output after training", before.value[0], at(before.bound, 0)),
        ]

        def call(plan: Plan, rows: Array = rows, targets: Array = targets) -> list[Any]:
            result = plan.train(rows, targets, TRAIN_ITERATIONS, ALPHA)
            return [result.cost, result.error, result.network.theta, plan.forward(rows[0])]

        cases.append(Case(call, (rows, targets), expected))
    return cases


CASES = {
    "forward": forward_cases,
    "forward_batch": batch_cases,
    "gradient": gradient_cases,
    "train": train_cases,
}


def variants(X: Array, Y: Array) -> list[tuple[Array, Array]]:
    """The workload, and fewer of its rows with other targets."""
    few = max(1, min(len(X) - 1, 7))
    return [(X, Y), (X[:few].copy(), Y[::-1][:few].copy() / 2)]


def outputs(plan: Plan, theta: Array, X: Array, twin: bool) -> Expected:
    """What forward must give for the rows of X."""
    shift = plan.network.shift
    value = reference.forward(plan.architecture, theta, X, shift)
    if twin:
        allowed = FORWARD_TOLERANCE[plan.dtype.name] * unbounded(plan, value)
        return Expected("the output", value, allowed)
    bound = conditioning.bounds(plan.architecture, theta, X, None, plan.dtype, shift).outputs
    return Expected("the output", value, bound)


def tolerance(
    plan: Plan, theta: Array, X: Array, Y: Array, true: reference.Backward
) -> tuple[float, conditioning.Bounds]:
    """The twin's tolerance, and the error bounds for the workload."""
    norm = float((true.theta * true.theta).sum() ** 0.5)
    if not plan.architecture.is_article:
        norm += float(true.cost + true.error)  # the gradient of softmax with one node is 0
    limits = conditioning.bounds(plan.architecture, theta, X, Y, plan.dtype, plan.network.shift)
    return GRADIENT_TOLERANCE[plan.dtype.name] * unbounded(plan, true.cost) * norm, limits


def unbounded(plan: Plan, value: Any) -> float:
    """What tolerances are to be multiplied by where layers are not logistic.

    Outputs can be larger than 1 then, and rounding errors pass on undiminished.
    """
    if plan.architecture.is_article:
        return 1.0
    return 8 * max(1.0, float(np.abs(value).max()))


def both_ways(
    call: Callable[..., Array], source: Array, shape: tuple[int, ...], dtype: Any
) -> list[Array]:
    """The operation's result, written over NaN, and a fresh one."""
    out = np.full(shape, np.nan, dtype)
    if call(source, out) is not out:
        raise GateError(f"{call.__qualname__} did not return the out it was given")
    return [out, call(source)]


def at(bound: Any, index: Any) -> Any:
    """The bound of one element, where bounds are given elementwise."""
    return bound[index] if np.ndim(bound) else bound
