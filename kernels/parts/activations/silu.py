"""SiLU, also called swish: z times its sigmoid."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.parts.activations.logistic import PART as LOGISTIC
from kernels.support.checks import Array


class Silu(Activation):
    """f(z) = z s, f'(z) = s + h (1 - s), with s = 1 / (1 + exp(-z))."""

    name = "silu"
    formula = "z / (1 + exp(-z))"
    needs_z = True
    libraries = {
        "torch": "SiLU",
        "jax": "nn.silu",
        "keras": "silu",
        "tensorflow": "nn.silu",
    }
    aliases = ("swish",)
    c = "z / (1 + exp(-z))"
    c_slope = "1 / (1 + exp(-z)) + h * (1 - 1 / (1 + exp(-z)))"
    steepest, bend = 1.1, 0.5

    @staticmethod
    def value(z: Any) -> Any:
        return z / (1 + np.exp(-z))

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        s = 1 / (1 + np.exp(-z))
        return s + h * (1 - s)

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        s, steep = LOGISTIC.exact(a, z)
        return z * s, s + z * steep

    def complex_value(self, z: Array) -> Array:
        return np.asarray(z / (1 + np.exp(-z)))

    def emit(self, m: Any, z: Any) -> Any:
        return m.mul(z, m.sigmoid(z))

    def emit_both(self, m: Any, z: Any) -> tuple[Any, Any]:
        s = m.sigmoid(z)
        h = m.mul(z, s)
        return h, m.fma(h, m.sub(m.constant(1.0), s), s)


PART = Silu()
