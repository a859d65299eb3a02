"""No activation: h = z."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.support.checks import Array


class Identity(Activation):
    """f(z) = z."""

    name = "identity"
    formula = "z"
    rank = 1
    output = True
    is_long = False
    libraries = {
        "scikit-learn": "identity",
        "torch": "Identity",
        "jax": "nn.identity",
        "keras": "linear",
        "tensorflow": "identity",
        "onnx": "Identity",
        "litert": "NONE",
    }
    aliases = ("none",)
    c, c_slope = "z", "1"

    @staticmethod
    def value(z: Any) -> Any:
        return z

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        return 1

    def in_place(self, z: Array) -> None:
        """Leave z as it is."""

    def through_in_place(self, delta: Array, z: Array | None, h: Array, work: Array) -> None:
        """Leave delta as it is."""

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        return z, 1 + 0 * z

    def complex_value(self, z: Array) -> Array:
        return z

    def value_bound(self, z: Array, h: Array, slope: Array, z_bound: Array, u: float) -> Array:
        return z_bound

    def slope_bound(self, z: Array, h: Array, z_bound: Array, h_bound: Array, u: float) -> Array:
        return np.zeros_like(z)

    def units(self, z: Array) -> Any:
        return 0.0

    def emit(self, m: Any, z: Any) -> Any:
        return z

    def emit_slope(self, m: Any, h: Any) -> Any:
        return m.constant(1.0)

    def emit_through(self, m: Any, delta: Any, h: Any) -> Any:
        return delta


PART = Identity()
