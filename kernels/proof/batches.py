"""Contract checks: training in batches, with every optimizer, against extended precision.

The reference makes the same steps in wide arithmetic, from the same rates. How far rounding may
take theta is not known beforehand: Adam divides each derivative by a mean of its size, so that an
error counts by its share of the derivative. So `TOLERANCE` is wide against the bounds of a single
gradient (`bounds`), and narrow against a step that is left out or made otherwise.
"""

from __future__ import annotations

import pickle
from typing import Any, NamedTuple

import numpy as np

import kernels
from kernels.interface import Plan
from kernels.network import Network, views
from kernels.parts.architecture import Architecture
from kernels.parts.optimizer import Optimizer
from kernels.parts.optimizers import SGD, Adam, AdamW
from kernels.proof import effort, reference
from kernels.proof.tools import Checks, must_raise, require, samples
from kernels.support.checks import Array

CHECKS = Checks()
SIZES = (5, 4, 3)
SHAPES = ((SIZES, 23), ((9, 12, 3), 50))
"""Networks and numbers of samples: kernels may have other code for small networks and batches."""
PASSES = 4
OPTIMIZERS: tuple[Optimizer, ...] = (
    SGD(0.5),
    SGD(0.2, 0.9),
    SGD(0.2, 0.9, nesterov=True),
    Adam(0.02),
    Adam(0.02, 0.8, 0.95, 1e-6, epsilon_after_correction=True),
    AdamW(0.02, weight_decay=0.1),
)
TOLERANCE = {"float64": 1e-10, "float32": 2e-3}
"""What theta, of order 1, and the costs may be off by after a few passes."""


class Setting(NamedTuple):
    """Options of a training."""

    optimizer: Optimizer
    batch_size: int | None
    l2: float = 0.0
    ordered: bool = False
    weighted: bool = False


SETTINGS = (
    *(Setting(one, 7, 0.3 * (k % 2), bool(k % 3), k % 2 == 0) for k, one in enumerate(OPTIMIZERS)),
    Setting(Adam(0.02), 1, 0.0, True),
    Setting(Adam(0.02), None, 1.0, weighted=True),
    Setting(SGD(0.5, 0.5), 23, 0.1, True),
)


def trained(
    what: Architecture,
    theta: Array,
    X: Array,
    Y: Array,
    setting: Setting,
    orders: Array | None,
    weights: Array | None,
    passes: int = PASSES,
) -> tuple[Array, Array, Array]:
    """theta after so many passes, and cost and error of each pass, wide."""
    theta, m = reference.ARITHMETIC.wide(theta), len(X)
    size, optimizer = setting.batch_size or m, setting.optimizer
    slots = reference.ARITHMETIC.wide(np.zeros((optimizer.slots, theta.size)))
    series, t = [], 0
    for k in range(passes):
        order = np.arange(m) if orders is None else orders[k]
        found = reference.ARITHMETIC.wide(np.zeros(2))
        for start in range(0, m, size):
            chosen = order[start : start + size]
            counts = None if weights is None else weights[chosen]
            one = reference.gradient(what, theta, X[chosen], Y[chosen], counts=counts)
            total = len(chosen) if counts is None else reference.ARITHMETIC.wide(counts).sum()
            g, W = one.theta.copy(), views(theta, what.sizes)[0]
            penalty = sum((w * w).sum() for w in W) * setting.l2 / 2 / total
            for w, dW in zip(W, views(g, what.sizes)[0], strict=True):
                dW += w * setting.l2 / total
            t += 1
            rates = reference.ARITHMETIC.wide(optimizer.rates(t, 1, optimizer.learning_rate)[0])
            theta, *kept = optimizer.step(theta, g, slots, rates)
            slots = np.array(kept).reshape(slots.shape)
            found = found + np.array([one.cost + penalty, one.error]) * len(chosen)
        series.append(found / m)
    return theta, np.array(series)[:, 0], np.array(series)[:, 1]


def orders_of(setting: Setting, m: int) -> Array | None:
    """An order for each pass, with repeated samples in the last."""
    if not setting.ordered:
        return None
    generator = np.random.default_rng(5)
    found = np.array([generator.permutation(m) for _ in range(PASSES)])
    found[-1] = generator.integers(0, m, m)
    return found


def weights_of(setting: Setting, m: int, dtype: np.dtype[Any]) -> Array | None:
    """Weights from 0 on, one of them 0."""
    if not setting.weighted:
        return None
    found: Array = np.random.default_rng(6).random(m).astype(dtype) + dtype.type(0.25)
    found[m // 2] = 0
    return found


@CHECKS.of("train")
def trains_in_batches_as_in_extended_precision(kernel: type[Plan], dtype: str) -> None:
    """Every optimizer, batch size, penalty, order and weight; the same in parts as whole."""
    few = effort.is_one_by_one(kernel)
    networks = [Network.centred(sizes, seed=1) for sizes, _ in SHAPES]
    plans = [
        kernels.plan(one, kernel, dtype, operations=operations)
        for one, operations in zip(networks, (None, "train"), strict=True)
    ]
    for k, setting in list(enumerate(SETTINGS))[:: 4 if few else 1]:
        plan, network, m = plans[k % 2], networks[k % 2], SHAPES[k % 2][1]
        X, Y = samples(plan, m)
        orders = orders_of(setting, m)
        weights = weights_of(setting, m, plan.dtype)
        rounded = network.theta.astype(plan.dtype)
        expected = trained(network.architecture, rounded, X, Y, setting, orders, weights)
        trainer = plan.trainer(setting.optimizer, setting.l2)
        costs = [
            trainer.epoch(X, Y, setting.batch_size, None if orders is None else orders[k], weights)
            for k in range(PASSES)
        ]
        where = f"with {setting}"
        near(trainer.theta, expected[0], dtype, f"theta {where}")
        near(np.array(costs), expected[1], dtype, f"the cost {where}")
        if weights is not None:
            continue
        result = plan.train(
            X, Y, PASSES, batch_size=setting.batch_size, optimizer=setting.optimizer,
            l2=setting.l2, shuffle=orders,
        )  # fmt: skip
        same = (result.network.theta == trainer.theta).all() and (result.cost == costs).all()
        require(same, f"train and epoch differ {where}")
        near(result.error, expected[2], dtype, f"the error {where}")


def near(found: Array, expected: Array, dtype: str, what: str) -> None:
    """Raise ContractError unless numbers agree."""
    off = float(np.abs(found - expected).max())
    require(off <= TOLERANCE[dtype], f"{what} is off by {off:.3g}, allowed {TOLERANCE[dtype]}")


@CHECKS.of("train")
def a_training_goes_on_from_its_state(kernel: type[Plan], dtype: str) -> None:
    """Copied, pickled or put back, it makes the same steps to the last bit."""
    plan = kernels.plan(Network.centred(SIZES, seed=1), kernel, dtype)
    X, Y = samples(plan, 9)
    before = plan.forward(X[0])
    trainer = plan.trainer(Adam(0.02), l2=0.1)
    trainer.epoch(X, Y, 4)
    require((plan.forward(X[0]) == before).all(), "the plan computes with the trained parameters")
    state, copy = trainer.state, pickle.loads(pickle.dumps(trainer))
    trainer.learning_rate = copy.learning_rate = 0.01
    costs = [one.epoch(X, Y, 4) for one in (trainer, copy)]
    trainer.state = state
    trainer.learning_rate = 0.01
    costs.append(trainer.epoch(X, Y, 4))
    require(len(set(costs)) == 1, f"copies give other costs: {costs}")
    require((trainer.theta == copy.theta).all(), "copies end elsewhere")
    require((trainer.network.theta == trainer.theta).all(), "the network has other parameters")
    require(plan.network == Network.centred(SIZES, seed=1), "the plan's own network changed")


@CHECKS.of("train")
def bad_batches_are_refused_and_change_nothing(kernel: type[Plan], dtype: str) -> None:
    """Batch sizes, orders and weights."""
    plan = kernels.plan(Network.centred(SIZES, seed=1), kernel, dtype)
    X, Y = samples(plan, 5)
    trainer = plan.trainer(SGD(0.1, 0.9))
    before = trainer.state
    for kind, options in (
        (ValueError, {"batch_size": 0}),
        (TypeError, {"batch_size": 2.5}),
        (ValueError, {"order": [0, 1, 2, 3, 5]}),
        (ValueError, {"order": [0, 1]}),
        (TypeError, {"order": [0.0, 1, 2, 3, 4]}),
        (ValueError, {"sample_weight": [1, 1, -1, 1, 1]}),
        (ValueError, {"sample_weight": [1, 1, np.nan, 1, 1]}),
        (ValueError, {"sample_weight": [1, 1]}),
        (ValueError, {"sample_weight": [1, 0, 0, 1, 1], "batch_size": 1}),
    ):
        must_raise(kind, lambda options=options: trainer.epoch(X, Y, **options))
    after = trainer.state
    same = (after["theta"] == before["theta"]).all() and after["steps"] == before["steps"]
    require(same, "a refused pass changed theta")
