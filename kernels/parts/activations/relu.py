"""The rectifier max(z, 0)."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.support.checks import Array


class Relu(Activation):
    """f(z) = max(z, 0), f'(z) = 1 where z > 0, else 0."""

    name = "relu"
    formula = "max(z, 0), f'(0) = 0"
    rank = 1
    output = True
    is_long = False
    libraries = {
        "scikit-learn": "relu",
        "torch": "ReLU",
        "jax": "nn.relu",
        "keras": "relu",
        "tensorflow": "nn.relu",
        "onnx": "Relu",
        "litert": "RELU",
    }
    aliases = ("rectifier",)
    c, c_slope = "z < 0 ? 0 : z", "h > 0"

    @staticmethod
    def value(z: Any) -> Any:
        return np.maximum(z, 0)

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        return h > 0

    def in_place(self, z: Array) -> None:
        np.maximum(z, 0, out=z)

    def through_in_place(self, delta: Array, z: Array | None, h: Array, work: Array) -> None:
        np.greater(h, 0, out=work)
        delta *= work

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        return np.where(z < 0, 0 * z, z), np.where(z > 0, 1 + 0 * z, 0 * z)

    def complex_value(self, z: Array) -> Array:
        return np.where(z.real > 0, z, 0)

    def value_bound(self, z: Array, h: Array, slope: Array, z_bound: Array, u: float) -> Array:
        return z_bound

    def slope_bound(self, z: Array, h: Array, z_bound: Array, h_bound: Array, u: float) -> Array:
        return np.where(np.abs(z) <= z_bound, 1.0, 0.0)

    def units(self, z: Array) -> Any:
        return 0.0

    def emit(self, m: Any, z: Any) -> Any:
        zero = m.constant(0.0)
        return m.where_less(z, zero, zero, z)

    def emit_slope(self, m: Any, h: Any) -> Any:
        return self.emit_through(m, m.constant(1.0), h)

    def emit_through(self, m: Any, delta: Any, h: Any) -> Any:
        zero = m.constant(0.0)
        return m.where_equal(h, zero, zero, delta)  # delta where h is NaN


PART = Relu()
