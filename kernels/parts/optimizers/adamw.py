"""Adam with decoupled weight decay (I. Loshchilov and F. Hutter, 2017), as PyTorch writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kernels.parts.optimizer import Step, not_negative
from kernels.parts.optimizers.adam import Adam
from kernels.support.checks import Array


@dataclass(frozen=True)
class AdamW(Adam):
    """`Adam`, after `theta *= 1 - learning_rate weight_decay`, of weights and biases alike.

    Parameters
    ----------
    learning_rate, beta_1, beta_2, epsilon : as for `Adam`
    epsilon_after_correction : as for `Adam`, but True unless given, as in PyTorch
    weight_decay : from 0 on
    """

    epsilon_after_correction: bool = True
    weight_decay: float = 1e-2

    name: ClassVar[str] = "adamw"
    formula: ClassVar[str] = "theta = theta (1 - rate decay), and then Adam's step"
    libraries: ClassVar[dict[str, str]] = {"torch": "AdamW", "keras": "AdamW"}

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "weight_decay", not_negative(self.weight_decay, "weight_decay"))

    def rates(self, first: int, count: int, learning_rate: float) -> Array:
        keep = np.full((count, 1), 1 - learning_rate * self.weight_decay)
        return np.hstack([super().rates(first, count, learning_rate), keep])

    @property
    def step(self) -> Step:
        return adamw

    def emit(self, m: Any, theta: Any, g: Any, slots: list[Any], rates: list[Any]) -> list[Any]:
        return super().emit(m, m.mul(rates[6], theta), g, slots, rates)


def adamw(theta: Any, g: Any, slots: Any, rates: Any) -> tuple[Any, ...]:
    """The step, which is Adam's after the decay."""
    m = rates[2] * slots[0] + rates[3] * g
    v = rates[4] * slots[1] + rates[5] * (g * g)
    return rates[6] * theta - rates[0] * m / (np.sqrt(v) + rates[1]), m, v
