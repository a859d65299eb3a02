"""The contract: what training is."""

from __future__ import annotations

import warnings

import numpy as np

import kernels
from kernels import gate
from kernels.interface import Plan
from kernels.network import Network
from kernels.proof import cases
from kernels.proof.samples import Twin
from kernels.proof.tools import Checks, require, samples

CHECKS = Checks()

TRAININGS = (
    ((3, 3, 1), 97, 60, 0.25),
    ((3, 3, 1), 2, 200, cases.ODD_ALPHA),
    ((3, 3, 1), 41, 25, cases.TINY_ALPHA),
    ((7, 13, 29, 5), 5, 20, 2.9),
    ((7, 13, 29, 5), 83, 9, -0.1),
    ((3, 3, 1), 7, 5, 0.0),
    ((3, 3, 1), 5, 3, 20.0),
    ((3, 3, 1), 11, 2, -20.0),
    ((3, 3, 1), 19, 2, 1e-9),
)
"""Sizes, rows, iterations and alpha."""


@CHECKS.add
def trains_step_by_step(kernel: type[Plan], dtype: str) -> None:
    """A training is as many single steps, however it is split; every alpha is taken as it is."""
    for sizes, m, iterations, alpha in TRAININGS if "train" in kernel.operations else ():
        plan = kernels.plan(Network.centred(sizes, seed=1), kernel, dtype)
        if kernel.by_sample:
            m, iterations = min(m, 3), min(iterations, 9)
        twin = Twin(plan, m)
        whole = cases.train_case(twin, f"{m} rows", twin.mixed, iterations, alpha)
        half = iterations // 2
        splits = ([1] * iterations, [half, iterations - half], [1, iterations - 1])
        parts = [cases.in_parts(whole, split, alpha) for split in splits]
        where = f"{kernel.name}, {iterations} iterations, alpha {alpha}"
        gate.run(plan, [whole, *parts], where)


@CHECKS.add
def train_gives_both_series(kernel: type[Plan], dtype: str) -> None:
    """One cost and one error an iteration, progress as it goes, and no step for none."""
    if "train" not in kernel.operations:
        return
    network = Network.centred((4, 3, 2), seed=1)
    plan = kernels.plan(network, kernel, dtype)
    X, Y = samples(plan, 3)
    seen: list[tuple[int, float, float]] = []
    result = plan.train(X, Y, 20, 0.25, progress=lambda *now: seen.append(now))
    require(result.cost.shape == result.error.shape == (20,), "the series have another length")
    require(seen and seen[-1] == (20, result.cost[-1], result.error[-1]), "progress is not told")
    require(plan.network == network, "training changed the plan's network")
    if "gradient" in plan.operations:
        cost = plan.gradient(X, Y).cost
        require(np.isclose(result.cost[0], cost), "cost[0] is not J before a step")
    none = plan.train(X, Y, 0)
    require(none.cost.size == 0, "no iterations gave a series")
    require(np.allclose(none.network.theta, network.theta), "no iterations changed theta")


@CHECKS.add
def says_when_a_training_diverges(kernel: type[Plan], dtype: str) -> None:
    """NaN is trained on as IEEE 754 says, with a warning, and given back."""
    if "train" not in kernel.operations:
        return
    plan = kernels.plan(Network.centred((4, 3, 2), seed=1), kernel, dtype)
    X, Y = samples(plan, 3)
    Y[1, 0] = np.nan
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        result = plan.train(X, Y, 3)
    require(any(issubclass(one.category, RuntimeWarning) for one in seen), "there is no warning")
    lost = np.isnan([*result.cost, *result.error])
    require(lost.all(), "NaN is lost from the series of cost and error")
    require(np.isnan(result.network.theta).any(), "NaN is lost from the trained theta")
    require(np.isfinite(plan.forward(X[0])).all(), "the plan itself has diverged")
