"""The exponential linear unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.support.checks import Array


def value(z: Any) -> Any:
    """f of one number."""
    return z if z > 0 else np.expm1(z)


def slope(z: Any, h: Any) -> Any:
    """f'(z) of one number."""
    return 1.0 if h > 0 else h + 1


class Elu(Activation):
    """f(z) = z where z > 0, else exp(z) - 1; f'(z) = 1 or h + 1; alpha is 1."""

    name = "elu"
    formula = "z where z > 0, else exp(z) - 1"
    libraries = {
        "torch": "ELU",
        "jax": "nn.elu",
        "keras": "elu",
        "tensorflow": "nn.elu",
        "onnx": "Elu",
        "litert": "ELU",
    }
    c, c_slope = "z > 0 ? z : expm1(z)", "h > 0 ? 1 : h + 1"

    @staticmethod
    def value(z: Any) -> Any:
        return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        return np.where(h > 0, 1, h + 1)

    @property
    def scalar_value(self) -> Callable[[Any], Any]:
        return value

    @property
    def scalar_slope(self) -> Callable[[Any, Any], Any]:
        return slope

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        below = np.where(z < 0, z, 0 * z)
        return np.where(z > 0, z, a.expm1(below)), a.exp(below)

    def complex_value(self, z: Array) -> Array:
        return np.where(z.real > 0, z, np.expm1(np.where(z.real > 0, 0, z)))

    def value_bound(self, z: Array, h: Array, slope: Array, z_bound: Array, u: float) -> Array:
        return np.asarray(z_bound + 4 * u * np.abs(h))

    def slope_bound(self, z: Array, h: Array, z_bound: Array, h_bound: Array, u: float) -> Array:
        return np.asarray(np.minimum(z_bound, 1.0) + 4 * u)

    def emit(self, m: Any, z: Any) -> Any:
        zero = m.constant(0.0)
        return m.where_less(zero, z, z, m.expm1_of_negative(m.lesser(z, zero)))

    def emit_slope(self, m: Any, h: Any) -> Any:
        return self.emit_through(m, m.constant(1.0), h)

    def emit_through(self, m: Any, delta: Any, h: Any) -> Any:
        slope = m.add(h, m.constant(1.0))
        return m.where_less(m.constant(0.0), h, delta, m.mul(delta, slope))


PART = Elu()
