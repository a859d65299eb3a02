"""The exponential, as an output: the mean of a Poisson regression, or another positive number."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.support.checks import Array


class Exp(Activation):
    """f(z) = exp(z) = f'(z)."""

    name = "exp"
    formula = "exp(z)"
    hidden = False
    output = True
    libraries = {
        "scikit-learn": "exp",
        "jax": "numpy.exp",
        "keras": "exponential",
        "tensorflow": "exp",
        "onnx": "Exp",
    }
    aliases = ("exponential",)
    c, c_slope = "exp(z)", "h"

    @staticmethod
    def value(z: Any) -> Any:
        return np.exp(z)

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        return h

    def in_place(self, z: Array) -> None:
        np.exp(z, out=z)

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        h = a.exp(z)
        return h, h

    def complex_value(self, z: Array) -> Array:
        return np.asarray(np.exp(z))

    def value_bound(self, z: Array, h: Array, slope: Array, z_bound: Array, u: float) -> Array:
        return np.asarray(h * (np.expm1(z_bound) + 4 * u))

    def slope_bound(self, z: Array, h: Array, z_bound: Array, h_bound: Array, u: float) -> Array:
        return h_bound

    def emit(self, m: Any, z: Any) -> Any:
        return m.exp(z)

    def emit_slope(self, m: Any, h: Any) -> Any:
        return h


PART = Exp()
