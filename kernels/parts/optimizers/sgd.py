"""Stochastic gradient descent, with or without momentum, as scikit-learn writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kernels.parts.optimizer import Optimizer, Step, not_negative, share
from kernels.support.checks import Array


@dataclass(frozen=True)
class SGD(Optimizer):
    """theta += v with v = momentum v - rate g.

    Parameters
    ----------
    learning_rate : the rate, from 0 on
    momentum : from 0 to below 1
    nesterov : theta += momentum v - rate g instead (Y. Nesterov, 1983)

    While the learning rate stays, PyTorch's SGD does the same.
    """

    learning_rate: float
    momentum: float = 0.0
    nesterov: bool = False

    name: ClassVar[str] = "sgd"
    formula: ClassVar[str] = (
        "v = momentum v - rate g; theta = theta + v; nesterov: theta = theta + momentum v - rate g"
    )
    libraries: ClassVar[dict[str, str]] = {"scikit-learn": "sgd", "torch": "SGD", "keras": "SGD"}

    def __post_init__(self) -> None:
        object.__setattr__(self, "learning_rate", not_negative(self.learning_rate, "learning_rate"))
        object.__setattr__(self, "momentum", share(self.momentum, "momentum"))
        object.__setattr__(self, "nesterov", bool(self.nesterov))

    @property
    def slots(self) -> int:
        return int(self.momentum > 0)

    @property
    def form(self) -> str:
        if not self.momentum:
            return self.name
        return "nesterov" if self.nesterov else "momentum"

    def rates(self, _first: int, count: int, learning_rate: float) -> Array:
        rates = [learning_rate, self.momentum] if self.momentum else [learning_rate]
        return np.tile(rates, (count, 1))

    @property
    def step(self) -> Step:
        return {"sgd": plain, "momentum": momentum, "nesterov": nesterov}[self.form]

    def emit(self, m: Any, theta: Any, g: Any, slots: list[Any], rates: list[Any]) -> list[Any]:
        less = m.negative(rates[0])
        if not self.momentum:
            return [m.fma(less, g, theta)]
        v = m.fma(rates[1], slots[0], m.mul(less, g))
        moved = m.fma(rates[1], v, m.mul(less, g)) if self.nesterov else v
        return [m.add(theta, moved), v]


def plain(theta: Any, g: Any, _slots: Any, rates: Any) -> tuple[Any, ...]:
    """Without momentum."""
    return (theta - rates[0] * g,)


def momentum(theta: Any, g: Any, slots: Any, rates: Any) -> tuple[Any, ...]:
    """With momentum."""
    v = rates[1] * slots[0] - rates[0] * g
    return theta + v, v


def nesterov(theta: Any, g: Any, slots: Any, rates: Any) -> tuple[Any, ...]:
    """With Nesterov's momentum."""
    v = rates[1] * slots[0] - rates[0] * g
    return theta + (rates[1] * v - rates[0] * g), v
