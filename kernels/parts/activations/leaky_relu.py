"""The leaky rectifier, with PyTorch's and ONNX's slope of 0.01 for negative z."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.support.checks import Array

LEAK = 0.01


def slope(z: Any, h: Any) -> Any:
    """f'(z) of one number."""
    return 1.0 if h > 0 else LEAK


class LeakyRelu(Activation):
    """f(z) = z where z > 0, else 0.01 z; f'(0) = 0.01."""

    name = "leaky_relu"
    formula = "z where z > 0, else 0.01 z"
    is_long = False
    libraries = {
        "torch": "LeakyReLU",
        "jax": "nn.leaky_relu",
        "keras": f"leaky_relu(negative_slope={LEAK})",
        "onnx": "LeakyRelu",
        "litert": f"LEAKY_RELU(alpha={LEAK})",
    }
    aliases = ("leakyrelu",)
    c, c_slope = f"z > 0 ? z : {LEAK} * z", f"h > 0 ? 1 : {LEAK}"

    @staticmethod
    def value(z: Any) -> Any:
        return np.maximum(z, LEAK * z)

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        return np.where(h > 0, 1, LEAK)

    @property
    def scalar_slope(self) -> Callable[[Any, Any], Any]:
        return slope

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        leak = a.wide(LEAK)
        return np.where(z < 0, leak * z, z), np.where(z > 0, 1 + 0 * z, leak + 0 * z)

    def complex_value(self, z: Array) -> Array:
        return np.where(z.real > 0, z, LEAK * z)

    def value_bound(self, z: Array, h: Array, slope: Array, z_bound: Array, u: float) -> Array:
        return np.asarray(z_bound + 4 * u * np.abs(h))

    def slope_bound(self, z: Array, h: Array, z_bound: Array, h_bound: Array, u: float) -> Array:
        return np.where(np.abs(z) <= z_bound, 1.0, u)

    def units(self, z: Array) -> Any:
        return 1.0

    def emit(self, m: Any, z: Any) -> Any:
        return m.where_less(z, m.constant(0.0), m.mul(z, m.constant(LEAK)), z)

    def emit_slope(self, m: Any, h: Any) -> Any:
        return m.where_less(m.constant(0.0), h, m.constant(1.0), m.constant(LEAK))


PART = LeakyRelu()
