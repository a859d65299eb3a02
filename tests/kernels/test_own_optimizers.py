"""Optimizers of one's own, and learning rates that a plan refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from kernels import SGD, Adam
from kernels.codegen import loading
from tests.kernels.test_batches import CLASSES, X, small


class Doubled(Adam):
    """Adam with twice the learning rate."""

    def rates(self, first: int, count: int, learning_rate: float) -> Any:
        return super().rates(first, count, 2 * learning_rate)


class Signed(SGD):
    """Another step than the instructions that it inherits."""

    @property
    def step(self) -> Any:
        return signed


def signed(theta: Any, g: Any, slots: Any, rates: Any) -> tuple[Any, ...]:
    return theta - 0.01 * g / (np.sqrt(g * g) + 1e-300), slots[0]


@dataclass(frozen=True)
class Kept(SGD):
    """Keeps three numbers of each parameter."""

    @property
    def slots(self) -> int:
        return 3

    @property
    def step(self) -> Any:
        return kept


def kept(theta: Any, g: Any, slots: Any, rates: Any) -> tuple[Any, ...]:
    return theta - 0.1 * g, slots[1], slots[2], g


@pytest.mark.parametrize("kernel", ["batched", "jitted", "specialized"])
def test_optimizers_of_ones_own_train_on_every_rung(kernel: str) -> None:
    for own, same in ((Doubled(0.01), Adam(0.02)), (Kept(0.5), SGD(0.1))):
        options: Any = {"batch_size": 50, "l2": 0.1}
        found, expected = (
            small(kernel).train(X, CLASSES, 3, optimizer=one, **options) for one in (own, same)
        )
        np.testing.assert_allclose(found.network.theta, expected.network.theta, atol=1e-13)
    moved = small(kernel).train(X, CLASSES, 1, optimizer=Signed(0.5, 0.9), batch_size=150)
    distance = np.abs(moved.network.theta - small(kernel).network.theta)
    np.testing.assert_allclose(distance, 0.01, atol=1e-12)


def test_an_optimizer_of_ones_own_is_compiled_once() -> None:
    plan = small("specialized")
    plan.trainer(Doubled(0.01)).epoch(X, CLASSES, 50)
    before = len(loading.PASSES)
    for rate in (0.01, 0.02, 0.03):
        plan.trainer(Doubled(rate)).epoch(X, CLASSES, 50)
    assert len(loading.PASSES) == before


def test_learning_rates_are_finite_in_the_plans_dtype() -> None:
    plan = small("batched", dtype="float32")
    with pytest.raises(ValueError, match="learning_rate must be finite in float32"):
        plan.trainer(SGD(1e300))
    for alpha, message in ((1e300, "alpha must be finite in float32"), (-1.0, "alpha must be at")):
        with pytest.raises(ValueError, match=message):
            plan.train(X, CLASSES, 1, alpha, batch_size=50)
