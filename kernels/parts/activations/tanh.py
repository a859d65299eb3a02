"""The hyperbolic tangent."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.support.checks import Array


class Tanh(Activation):
    """f(z) = tanh(z), f'(z) = (1 - h) (1 + h)."""

    name = "tanh"
    formula = "tanh(z)"
    rank = 1
    output = True
    libraries = {
        "scikit-learn": "tanh",
        "torch": "Tanh",
        "jax": "nn.tanh",
        "keras": "tanh",
        "tensorflow": "tanh",
        "onnx": "Tanh",
        "litert": "TANH",
    }
    aliases = ("hyperbolic",)
    c, c_slope = "tanh(z)", "(1 - h) * (1 + h)"

    @staticmethod
    def value(z: Any) -> Any:
        return np.tanh(z)

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        return (1 - h) * (1 + h)

    def in_place(self, z: Array) -> None:
        np.tanh(z, out=z)

    def through_in_place(self, delta: Array, z: Array | None, h: Array, work: Array) -> None:
        np.subtract(1, h, out=work)
        delta *= work
        np.add(1, h, out=work)
        delta *= work

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        t = a.exp(-2 * abs(z))  # f'(z) = 4t / (1 + t)^2
        return a.tanh(z), 4 * t / ((1 + t) * (1 + t))

    def complex_value(self, z: Array) -> Array:
        return np.asarray(np.tanh(z))

    def value_bound(self, z: Array, h: Array, slope: Array, z_bound: Array, u: float) -> Array:
        # tanh(z) = 2 f(2z) - 1, with f the logistic function
        near = np.minimum(z_bound, 1.0)
        return np.where(z_bound < 1, slope / 2 * np.expm1(2 * near) + 4 * u * np.abs(h), 2.0)

    def slope_bound(self, z: Array, h: Array, z_bound: Array, h_bound: Array, u: float) -> Array:
        return np.asarray(2 * np.abs(h) * h_bound + h_bound**2 + 2 * u)

    def units(self, z: Array) -> Any:
        return 3.0

    def emit(self, m: Any, z: Any) -> Any:
        return m.tanh(z)

    def emit_slope(self, m: Any, h: Any) -> Any:
        one = m.constant(1.0)
        return m.mul(m.sub(one, h), m.add(one, h))


PART = Tanh()
