"""GELU in its exact form: z times the probability that a standard normal number is below z."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.parts.erfc import erfc
from kernels.support.checks import Array

ROOT_HALF = math.sqrt(0.5)
DENSITY = 1 / math.sqrt(2 * math.pi)


def value(z: Any) -> Any:
    """f of one number."""
    return 0.5 * z * math.erfc(-ROOT_HALF * z)


def slope(z: Any, h: Any) -> Any:
    """f'(z) of one number."""
    return 0.5 * math.erfc(-ROOT_HALF * z) + z * (DENSITY * math.exp(-0.5 * z * z))


class Gelu(Activation):
    """f(z) = z P(z), f'(z) = P(z) + z exp(-z^2/2) / sqrt(2 pi); P(z) = erfc(-z/sqrt(2)) / 2."""

    name = "gelu"
    formula = "z (1 + erf(z / sqrt(2))) / 2"
    needs_z = True
    libraries = {
        "torch": "GELU",
        "jax": "nn.gelu(approximate=False)",
        "keras": "gelu",
        "litert": "GELU(approximate=False)",
    }
    c = f"0.5 * z * erfc(-{ROOT_HALF!r} * z)"
    c_slope = f"0.5 * erfc(-{ROOT_HALF!r} * z) + {DENSITY!r} * z * exp(-0.5 * z * z)"
    steepest, bend = 1.13, 0.8

    @staticmethod
    def value(z: Any) -> Any:
        return 0.5 * z * erfc(-ROOT_HALF * z)

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        return 0.5 * erfc(-ROOT_HALF * z) + z * (DENSITY * np.exp(-0.5 * z * z))

    @property
    def scalar_value(self) -> Callable[[Any], Any]:
        return value

    @property
    def scalar_slope(self) -> Callable[[Any, Any], Any]:
        return slope

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        probability = a.erfc(-z / a.wide(2) ** 0.5) / 2
        return z * probability, probability + z * a.exp(-z * z / 2) / (2 * a.pi) ** 0.5

    def complex_value(self, z: Array) -> Array:
        # erf(a + ib) = erf(a) + 2ib exp(-a^2) / sqrt(pi), with terms in b^2 neglected: b is tiny
        a, b = ROOT_HALF * z.real, ROOT_HALF * z.imag
        real = np.vectorize(math.erf, otypes=[float])(a)
        return np.asarray(z / 2 * (1 + real + 2j * b * np.exp(-a * a) / math.sqrt(math.pi)))

    def units(self, z: Array) -> Any:
        return 8 + 0.6 * z**2  # exp multiplies the relative rounding error of z^2/2 by z^2/2

    def emit(self, m: Any, z: Any) -> Any:
        return self.emit_both(m, z)[0]

    def emit_both(self, m: Any, z: Any) -> tuple[Any, Any]:
        half, size = m.constant(0.5), m.magnitude(z)
        power = m.exp_of_negative(m.mul(m.mul(size, size), m.constant(-0.5)))
        beyond = m.mul(half, m.mul(m.scaled_erfc(m.mul(size, m.constant(ROOT_HALF))), power))
        below = m.sub(m.constant(1.0), beyond)
        probability = m.where_less(z, m.constant(0.0), beyond, below)
        slope = m.fma(z, m.mul(power, m.constant(DENSITY)), probability)
        return m.mul(z, probability), slope


PART = Gelu()
