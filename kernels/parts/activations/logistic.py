"""The sigmoid 1 / (1 + exp(-z)), the article's activation."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.parts.sigmoid import sigmoid, sigmoid_in_place
from kernels.support.checks import Array


class Logistic(Activation):
    """f(z) = 1 / (1 + exp(-z)), f'(z) = h (1 - h)."""

    name = "logistic"
    formula = "1 / (1 + exp(-z))"
    rank = 0
    output = True
    libraries = {
        "scikit-learn": "logistic",
        "torch": "Sigmoid",
        "jax": "nn.sigmoid",
        "keras": "sigmoid",
        "tensorflow": "sigmoid",
        "onnx": "Sigmoid",
        "litert": "LOGISTIC",
    }
    aliases = ("expit",)
    c, c_slope = "1 / (1 + exp(-z))", "h * (1 - h)"
    value = staticmethod(sigmoid)

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        return h * (1 - h)

    def in_place(self, z: Array) -> None:
        sigmoid_in_place(z)

    def through_in_place(self, delta: Array, z: Array | None, h: Array, work: Array) -> None:
        np.subtract(1, h, out=work)
        work *= h
        delta *= work

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        # with t = exp(-|z|) <= 1, f(z) = 1 / (1 + t) or t / (1 + t), f'(z) = t / (1 + t)^2
        t = a.exp(-abs(z))
        return np.where(z < 0, t, 1 + 0 * t) / (1 + t), t / ((1 + t) * (1 + t))

    def complex_value(self, z: Array) -> Array:
        return np.asarray(1 / (1 + np.exp(-z)))

    def value_bound(self, z: Array, h: Array, slope: Array, z_bound: Array, u: float) -> Array:
        near = np.minimum(z_bound, 1.0)
        return np.where(z_bound < 1, slope * np.expm1(near) + 4 * u * h, 1.0)

    def slope_bound(self, z: Array, h: Array, z_bound: Array, h_bound: Array, u: float) -> Array:
        return np.asarray(np.abs(1 - 2 * h) * h_bound + h_bound**2 + 2 * u * h)

    def units(self, z: Array) -> Any:
        return 2.5

    def emit(self, m: Any, z: Any) -> Any:
        return m.sigmoid(z)

    def emit_slope(self, m: Any, h: Any) -> Any:
        return m.fma(m.negative(h), h, h)


PART = Logistic()
