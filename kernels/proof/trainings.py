"""Contract checks: a training is gradient descent, step by step, with both series."""

from __future__ import annotations

import warnings

import numpy as np

import kernels
from kernels.interface import Plan
from kernels.network import Network
from kernels.proof import bounds as error_bounds
from kernels.proof import cases, effort, gate
from kernels.proof.samples import GRADIENT_TOLERANCE, Expected, Twin
from kernels.proof.tools import Checks, require, samples
from kernels.support.checks import Array

CHECKS = Checks()

TRAININGS = (
    ((3, 3, 1), 97, 60, 0.25),
    ((3, 3, 1), 2, 200, cases.ODD_ALPHA),
    ((3, 3, 1), 41, 25, cases.TINY_ALPHA),
    ((7, 13, 29, 5), 5, 20, 2.9),
    ((7, 13, 29, 5), 83, 9, -0.1),
    ((3, 3, 1), 7, 5, 0.0),
    ((3, 3, 1), 5, 3, 20.1),
    ((3, 3, 1), 11, 2, -20.1),
    ((3, 3, 1), 19, 2, 1e-9),
)
"""Sizes, samples, iterations and alpha of each training."""
MANY_ITERATIONS = 2500
NUDGE = 1e-6
"""Distance between the parameters from which the two trainings of `long_training` start."""
SAFETY = 4
"""Factor on a long training's bound: other directions may grow more than the one tried."""


@CHECKS.add
def trains_step_by_step(kernel: type[Plan], dtype: str) -> None:
    """A training equals as many single steps, however it is split, for any step size."""
    for sizes, m, iterations, alpha in TRAININGS if "train" in kernel.operations else ():
        plan = kernels.plan(Network.centred(sizes, seed=1), kernel, dtype)
        m = effort.samples(kernel, sizes, m)
        iterations = effort.iterations(kernel, iterations)
        twin = Twin(plan, m)
        whole = cases.train_case(twin, f"{m} samples", twin.mixed, iterations, alpha)
        half = iterations // 2
        splits = ([1] * iterations, [half, iterations - half], [1, iterations - 1])
        parts = [cases.in_parts(whole, split, alpha) for split in splits]
        where = f"{kernel.name}, {iterations} iterations, alpha {alpha}"
        gate.run(plan, [whole, *parts], where)


@CHECKS.of("train")
def trains_for_long(kernel: type[Plan], dtype: str) -> None:
    """Thousands of iterations agree with the article's equations in NumPy."""
    plan = kernels.plan(Network.centred((3, 3, 1), seed=1), kernel, dtype)
    X, Y = samples(plan, 4)
    result = plan.train(X, Y, MANY_ITERATIONS, 0.25)
    found = (result.network.theta, result.cost, result.error)
    expected = long_training(plan, X, Y, 0.25)
    for name, value, one in zip(("theta", "cost", "error"), found, expected, strict=True):
        off = float(np.abs(value - one.value).max())
        require(off <= one.bound, f"the {name} is off by {off:.3g}, allowed {one.bound:.3g}")


def long_training(plan: Plan, X: Array, Y: Array, alpha: float) -> list[Expected]:
    """Expected theta, cost and error of a network of three layers, by the article's equations.

    Each step adds a rounding error: what one gradient may be off by, and the rounding of theta.
    How much it has grown by the end is seen from a second training, which starts NUDGE away. The
    bound is the sum over all steps, each grown by the largest factor seen, times SAFETY.
    """
    s, generator = plan.sizes, np.random.default_rng(8)
    theta = np.stack([plan.network.theta.astype(plan.dtype)] * 2).astype(np.float64)
    theta[1] += generator.choice([-NUDGE, NUDGE], theta.shape[1])
    x, y = X.astype(np.float64), Y.astype(np.float64)
    ends = np.cumsum([s[0] * s[1], s[1], s[1] * s[2]])
    costs, errors, distances, norms = [], [], [], []
    for _ in range(MANY_ITERATIONS):
        first, b, second, c = np.split(theta, ends, axis=1)
        V, W = first.reshape(2, s[1], s[0]), second.reshape(2, s[2], s[1])
        h = sigmoid(x @ V.transpose(0, 2, 1) + b[:, np.newaxis])
        output = sigmoid(h @ W.transpose(0, 2, 1) + c[:, np.newaxis])
        miss = y - output
        delta = -miss * output * (1 - output) / len(x)
        before = (delta @ W) * h * (1 - h)
        parts = (before.transpose(0, 2, 1) @ x, before.sum(1), delta.transpose(0, 2, 1) @ h)
        step = np.concatenate([*(part.reshape(2, -1) for part in parts), delta.sum(1)], axis=1)
        squares = (miss * miss).sum(axis=2)
        costs.append(squares.mean(axis=1) / 2)
        errors.append(np.sqrt(squares).mean(axis=1))
        norms.append(np.linalg.norm(step[0]))
        distances.append(np.abs(theta[1] - theta[0]).max())
        theta = theta - alpha * step
    roundoff = error_bounds.unit_roundoff(plan.dtype) * float(np.abs(theta).max())
    tolerance = GRADIENT_TOLERANCE[plan.dtype.name]
    added = MANY_ITERATIONS * (alpha * tolerance * max(norms) + roundoff)
    bound = SAFETY * added * max(1.0, max(distances) / NUDGE)
    # the slopes of cost and error along theta are less than the number of parameters
    series = theta.shape[1] * bound
    return [
        Expected("theta", theta[0], bound),
        Expected("cost", np.array(costs)[:, 0], series),
        Expected("error", np.array(errors)[:, 0], series),
    ]


def sigmoid(z: Array) -> Array:
    """f(z) = 1 / (1 + exp(-z)), for z of order 1."""
    value: Array = 1 / (1 + np.exp(-z))
    return value


@CHECKS.of("train")
def train_gives_both_series(kernel: type[Plan], dtype: str) -> None:
    """Each iteration has a cost and an error and is reported; no iterations change nothing."""
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


@CHECKS.of("train")
def says_when_a_training_diverges(kernel: type[Plan], dtype: str) -> None:
    """NaN passes through a training as IEEE 754 says; a warning is given, the plan is unharmed."""
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
