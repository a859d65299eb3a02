"""GELU in its approximate form, which PyTorch calls `approximate="tanh"`.

(1 + tanh(g)) / 2 is the sigmoid of 2g, which loses no digits where tanh(g) is near -1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.parts.activations.logistic import PART as LOGISTIC
from kernels.support.checks import Array

SCALE = 2 * math.sqrt(2 / math.pi)
CUBE = 0.044715
LARGE = 1e4
"""Upper limit for z^2, which must stay finite; beyond it f'(z) is 0 or 1."""


class GeluTanh(Activation):
    """f(z) = z s with s = 1 / (1 + exp(-2g)), g = sqrt(2/pi) (z + 0.044715 z^3)."""

    name = "gelu_tanh"
    formula = "z (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3))) / 2"
    needs_z = True
    libraries = {
        "torch": "GELU(approximate='tanh')",
        "jax": "nn.gelu(approximate=True)",
        "keras": "gelu(approximate=True)",
        "litert": "GELU(approximate=True)",
    }
    aliases = ("gelu_new", "gelu_approximate")
    c = f"z / (1 + exp(-{SCALE!r} * (z + {CUBE} * z * z * z)))"
    c_slope = (
        f"h == 0 ? (z > -1 ? 0.5 : 0) : h / z + h * (1 - h / z) * {SCALE!r} * "
        f"(1 + {3 * CUBE!r} * fmin(z * z, {LARGE!r}))"
    )
    steepest, bend = 1.13, 0.8

    @staticmethod
    def value(z: Any) -> Any:
        return z / (1 + np.exp(-SCALE * (z + CUBE * z * z * z)))

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        s = 1 / (1 + np.exp(-SCALE * (z + CUBE * z * z * z)))
        steep = SCALE * (1 + 3 * CUBE * np.minimum(z * z, LARGE))
        return s + h * (1 - s) * steep

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        scale, cube = 2 * (2 / a.pi) ** 0.5, a.wide(CUBE)
        s, steep = LOGISTIC.exact(a, scale * (z + cube * z * z * z))
        return z * s, s + z * steep * scale * (1 + 3 * cube * z * z)

    def complex_value(self, z: Array) -> Array:
        return np.asarray(z / (1 + np.exp(-SCALE * (z + CUBE * z * z * z))))

    def slope_bound(self, z: Array, h: Array, z_bound: Array, h_bound: Array, u: float) -> Array:
        return np.asarray(np.minimum(self.bend * z_bound, 2.0) + 16 * u * (1 + np.abs(z) ** 3))

    def units(self, z: Array) -> Any:
        # exp multiplies the relative rounding error of 2g by |2g|
        return 8 + 2.5 * np.abs(SCALE * (z + CUBE * z**3))

    def emit(self, m: Any, z: Any) -> Any:
        return m.mul(z, self._sigmoid(m, z, self._square(m, z)))

    def emit_both(self, m: Any, z: Any) -> tuple[Any, Any]:
        square = self._square(m, z)
        s = self._sigmoid(m, z, square)
        h = m.mul(z, s)
        steep = m.fma(square, m.constant(3 * CUBE * SCALE), m.constant(SCALE))
        return h, m.fma(m.mul(h, m.sub(m.constant(1.0), s)), steep, s)

    def _square(self, m: Any, z: Any) -> Any:
        """z^2, but at most `LARGE`, where the sigmoid is 0 or 1 already."""
        return m.lesser(m.mul(z, z), m.constant(LARGE))

    def _sigmoid(self, m: Any, z: Any, square: Any) -> Any:
        """The sigmoid of 2g."""
        factor = m.fma(square, m.constant(CUBE * SCALE), m.constant(SCALE))
        return m.sigmoid(m.mul(z, factor))


PART = GeluTanh()
