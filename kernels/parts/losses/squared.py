"""The squared loss, the article's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kernels.parts.activation import Activation
from kernels.parts.loss import Loss
from kernels.support.checks import Array


def share(z: Any, h: Any, y: Any) -> Any:
    """Half of the squared difference of one node."""
    return 0.5 * ((h - y) * (h - y))


class Squared(Loss):
    """1/2 ||y - h||^2."""

    name = "squared"
    formula = "1/2 ||y - h||^2"
    rank = 0
    canonical = False
    libraries = {"scikit-learn": "squared_error", "torch": "MSELoss", "keras": "mse"}
    aliases = ("mean_squared_error",)

    def of(self, f: Activation, z: Any, h: Any, y: Any) -> Any:
        return ((y - h) * (y - h)).sum(axis=-1) / 2

    def scalar(self, over_nodes: bool) -> Callable[[Any, Any, Any], Any]:
        return share

    def c(self, over_nodes: bool) -> str:
        return "(h - y) * (h - y) / 2"

    def exact(self, a: Any, f: Activation, z: Array, h: Array, y: Array) -> Array:
        return self.of(f, z, h, y)  # type: ignore[no-any-return]

    def complex_total(self, f: Activation, h: Array, y: Array) -> Any:
        return ((h - y) ** 2).sum() / 2

    def bound(
        self, f: Activation, z: Array, z_bound: Array, h: Array, h_bound: Array, y: Array
    ) -> tuple[float, float]:
        miss = abs(y - h)
        return float((miss * miss).sum()), float((miss * h_bound + h_bound**2).sum())


PART = Squared()
