"""Softplus, a smooth rectifier; as an output, a positive number."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.parts.activations.logistic import PART as LOGISTIC
from kernels.support.checks import Array


class Softplus(Activation):
    """f(z) = log(1 + exp(z)), f'(z) = 1 - exp(-h), a sigmoid."""

    name = "softplus"
    formula = "log(1 + exp(z))"
    output = True
    libraries = {
        "torch": "Softplus(threshold=40)",  # from 20 on it would be z itself, which is off by 2e-9
        "jax": "nn.softplus",
        "keras": "softplus",
        "tensorflow": "nn.softplus",
        "onnx": "Softplus",
    }
    aliases = ("soft_plus",)
    c, c_slope = "(z < 0 ? 0 : z) + log1p(exp(-fabs(z)))", "-expm1(-h)"
    bend = 0.25

    @staticmethod
    def value(z: Any) -> Any:
        return np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        return -np.expm1(-h)

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        h = np.where(z < 0, 0 * z, z) + a.log1p(a.exp(-abs(z)))
        return h, LOGISTIC.exact(a, z)[0]

    def complex_value(self, z: Array) -> Array:
        folded = np.where(z.real > 0, -z, z)
        return np.where(z.real > 0, z, 0) + np.log1p(np.exp(folded))

    def value_bound(self, z: Array, h: Array, slope: Array, z_bound: Array, u: float) -> Array:
        # h(z + e) <= h(z) exp(e), and no slope is above 1
        grown = np.minimum(z_bound, h * np.expm1(np.minimum(z_bound, 1.0)))
        return np.asarray(np.where(z_bound < 1, grown, z_bound) + 8 * u * h)

    def slope_bound(self, z: Array, h: Array, z_bound: Array, h_bound: Array, u: float) -> Array:
        return np.asarray(np.minimum(h_bound, 1.0) + 4 * u)

    def emit(self, m: Any, z: Any) -> Any:
        power = m.exp_of_negative(m.negative(m.magnitude(z)))
        return m.add(m.greater(z, m.constant(0.0)), m.log1p_of_fraction(power))

    def emit_slope(self, m: Any, h: Any) -> Any:
        return m.negative(m.expm1_of_negative(m.negative(h)))


PART = Softplus()
