"""The gate: nothing is timed that has not just been shown right, on the very workload.

The article's weights, uniform in [0, 1), saturate the sigmoid: at 100-100-50-10 every output is 1
to the last digit, and a kernel that drops a bias, transposes W or ignores x still agrees with a
correct one. So a plan is examined twice: first on a *twin*, which has the same sizes, as many
samples and centred weights, so that nothing saturates; then on the workload itself.

    parameters   must agree with the reference to
    workload     the running error bound of `kernels.proof.bounds`
    twin         forward: 1e-13 absolute; cost, error, gradient: 1e-12 of the gradient's norm
                 (float32: 1e-6 and 1e-5); the gradient also with a complex-step derivative;
                 other activations than the article's: 8 times that, more for outputs above 1

The twin is called in many ways (`kernels.proof.cases`): with all samples in two orders, one and few
samples, one element changed, large inputs, trainings with several step sizes, whole and in parts.
The sequence of calls is made twice, so that stale workspaces and results that alias each other
show. Inputs change in place (`kernels.proof.guards`), lie between guard zones the first time, and
are compared with copies afterwards; outputs are filled with NaN first, so that unwritten elements
show; and several threads share the plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import Network
from kernels.parts.optimizer import Optimizer
from kernels.proof import batches, cases, effort
from kernels.proof.cases import Case
from kernels.proof.guards import GateError, Memory
from kernels.proof.samples import FORWARD_TOLERANCE, TWIN_SEED
from kernels.support.checks import Array

__all__ = ["FORWARD_TOLERANCE", "GateError", "check", "run"]

THREADS = 4
CALLS_PER_THREAD = 2


def check(plan: Plan, operation: str, X: Array, Y: Array) -> float:
    """Examine one operation of a plan; return its largest error on X, Y ("forward": on X[0]).

    Parameters
    ----------
    plan : its parameters are replaced during the examination and restored afterwards
    operation : one of `kernels.OPERATIONS`
    X, Y : (m, s_1) and (m, s_L), the workload; "forward" is given the first and the last sample

    Raises
    ------
    GateError
        If the plan computes something wrong, changes its input, writes outside the arrays it was
        given or changes earlier results.
    """
    # a shift is subtracted in float64: inputs converted to float32 before would lose digits
    X = np.asarray(X, plan.dtype if plan.network.shift is None else np.float64)
    Y = np.asarray(Y, plan.dtype)
    where = f"{plan.name}.{operation}, {'-'.join(map(str, plan.sizes))}, {plan.dtype}"
    with parameters(plan, Network.centred(plan.sizes, TWIN_SEED).theta):
        # the twin has inputs of its own, of order 1, so that z stays of order 1, too
        asked = cases.twin_cases(plan, operation, len(X))
        cheap = (
            [case for case in asked if case.cheap] if effort.is_one_by_one(type(plan)) else asked
        )
        run(plan, asked, f"{where}, twin")
        run(plan, cheap, f"{where}, twin", guarded=False)
        run_in_threads(plan, [case for case in cheap if case.shared], f"{where}, twin")
    # the plan has the workload's parameters again, and keeps them until it is timed
    return run(plan, cases.workload_cases(plan, operation, X, Y), where)


def check_batches(
    plan: Plan, optimizer: Optimizer, batch_size: int, l2: float, X: Array, Y: Array
) -> float:
    """Examine a training in batches over the first of these samples; return theta's largest error.

    Raises
    ------
    GateError
        If a pass over three batches, the last of them smaller, is not the optimizer's, on a twin or
        on the workload.
    """
    rows = min(len(X), 2 * batch_size + max(1, batch_size // 2))
    setting = batches.Setting(optimizer, min(batch_size, rows), l2, ordered=True)
    X, Y = (np.asarray(one[:rows], plan.dtype) for one in (X, Y))
    orders = np.random.default_rng(TWIN_SEED).permutation(rows)[np.newaxis]
    where = f"{plan.name}, {setting.optimizer!r}, batches of {setting.batch_size}"
    found = []
    for theta in (Network.centred(plan.sizes, TWIN_SEED).theta, plan.network.theta):
        with parameters(plan, theta):
            result = plan.train(
                X, Y, 1, batch_size=setting.batch_size, optimizer=optimizer, l2=l2, shuffle=orders
            )
            rounded = theta.astype(plan.dtype)
            expected = batches.trained(
                plan.architecture, rounded, X, Y, setting, orders, None, passes=1
            )
        for name, one, other in zip(
            ("theta", "cost", "error"),
            (result.network.theta, result.cost, result.error),
            expected,
            strict=True,
        ):
            off = float(np.abs(one - other).max())
            if not off <= batches.TOLERANCE[plan.dtype.name] * max(1.0, float(abs(other).max())):
                raise GateError(f"{where}: {name} is off by {off:.3g}")
            found += [off] * (name == "theta")
    return found[-1]


@contextmanager
def parameters(plan: Plan, theta: Array) -> Iterator[None]:
    """Give the plan other parameters for the length of a `with` block."""
    own = plan.network.theta
    plan.update(theta)
    try:
        yield
    finally:
        plan.update(own)


def run(plan: Plan, asked: list[Case], where: str, guarded: bool = True) -> float:
    """Call every case, then compare all results; return the largest error of the first case."""
    memory = Memory(plan.dtype, guarded)
    results = [call(case, plan, memory, where) for case in asked]
    memory.check(where)
    errors = [compare(*pair, where) for pair in zip(asked, results, strict=True)]
    return errors[0]


def run_in_threads(plan: Plan, asked: list[Case], where: str) -> None:
    """Call cases from several threads at once, one case per thread."""
    where = f"{where}, {THREADS} threads on one plan"

    def work(index: int) -> None:
        case, memory = asked[-1 - index % len(asked)], Memory(plan.dtype, guarded=False)
        for result in [call(case, plan, memory, where) for _ in range(CALLS_PER_THREAD)]:
            compare(case, result, where)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))


def call(case: Case, plan: Plan, memory: Memory, where: str) -> list[Any]:
    """The results of one call; raise GateError if it changed its inputs."""
    inputs = [memory.hand_over(name, a) for name, a in zip("XY", case.inputs, strict=False)]
    result = case.call(plan, memory, *inputs)
    if not all(map(np.array_equal, inputs, case.inputs)):
        raise GateError(f"{where}: {case.what}: the input was changed")
    return result


def compare(case: Case, result: list[Any], where: str) -> float:
    """Compare a result with the expected one; return its largest error."""
    worst = 0.0
    where = f"{where}: {case.what}"
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
