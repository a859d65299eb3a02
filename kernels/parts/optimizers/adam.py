"""Adam (D. Kingma and J. Ba, *Adam: A Method for Stochastic Optimization*, 2014)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from kernels.parts.optimizer import Optimizer, Step, not_negative, positive, share
from kernels.support.checks import Array


@dataclass(frozen=True)
class Adam(Optimizer):
    """theta -= rate_t m / (sqrt(v) + epsilon), with means m of g and v of g^2.

    m = beta_1 m + (1 - beta_1) g and v = beta_2 v + (1 - beta_2) g^2 start at 0, which the rate of
    step t corrects: rate_t = learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t).

    Parameters
    ----------
    learning_rate : from 0 on
    beta_1, beta_2 : from 0 to below 1
    epsilon : above 0
    epsilon_after_correction : epsilon is added to the root of the corrected v, v / (1 - beta_2^t),
        as in PyTorch and JAX; else to the root of v, as in scikit-learn and in Section 2 of the
        paper. For tiny derivatives they differ.
    """

    learning_rate: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    epsilon_after_correction: bool = False

    name: ClassVar[str] = "adam"
    formula: ClassVar[str] = (
        "m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; "
        "theta = theta - rate_t m / (sqrt(v) + epsilon), rate_t = rate sqrt(1 - b2^t) / (1 - b1^t)"
    )
    costly: ClassVar[tuple[str, ...]] = ("root", "division")
    libraries: ClassVar[dict[str, str]] = {"scikit-learn": "adam", "torch": "Adam", "keras": "Adam"}

    def __post_init__(self) -> None:
        object.__setattr__(self, "learning_rate", not_negative(self.learning_rate, "learning_rate"))
        for name in ("beta_1", "beta_2"):
            object.__setattr__(self, name, share(getattr(self, name), name))
        object.__setattr__(self, "epsilon", positive(self.epsilon, "epsilon"))
        object.__setattr__(self, "epsilon_after_correction", bool(self.epsilon_after_correction))

    @property
    def slots(self) -> int:
        return 2

    def rates(self, first: int, count: int, learning_rate: float) -> Array:
        t = np.arange(first, first + count, dtype=np.float64)
        root = np.sqrt(1 - self.beta_2**t)
        found = np.empty((count, 6))
        found[:, 0] = learning_rate * root / (1 - self.beta_1**t)
        found[:, 1] = self.epsilon * (root if self.epsilon_after_correction else 1)
        found[:, 2:] = self.beta_1, 1 - self.beta_1, self.beta_2, 1 - self.beta_2
        return found

    @property
    def step(self) -> Step:
        return adam

    def emit(self, m: Any, theta: Any, g: Any, slots: list[Any], rates: list[Any]) -> list[Any]:
        rate, epsilon, keep_m, add_m, keep_v, add_v = rates[:6]
        mean = m.fma(keep_m, slots[0], m.mul(add_m, g))
        square = m.fma(keep_v, slots[1], m.mul(add_v, m.mul(g, g)))
        moved = m.div(m.mul(rate, mean), m.add(m.root(square), epsilon))
        return [m.sub(theta, moved), mean, square]


def adam(theta: Any, g: Any, slots: Any, rates: Any) -> tuple[Any, ...]:
    """The step."""
    m = rates[2] * slots[0] + rates[3] * g
    v = rates[4] * slots[1] + rates[5] * (g * g)
    return theta - rates[0] * m / (np.sqrt(v) + rates[1]), m, v


def with_epsilon(optimizer: Optimizer, after_correction: bool) -> Optimizer:
    """Adam, or what derives from it, with epsilon added where a library adds it; others as they
    are."""
    if isinstance(optimizer, Adam):
        return replace(optimizer, epsilon_after_correction=after_correction)
    return optimizer
