"""An activation that is made up here, in one file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.losses import LOSSES
from kernels.support.checks import Array


class Softsign(Activation):
    """f(z) = z / (1 + |z|), f'(z) = (1 - |h|)^2."""

    name = "softsign"
    formula = "z / (1 + |z|)"
    output = True
    bend = 2.0

    @staticmethod
    def value(z: Any) -> Any:
        return z / (1 + np.abs(z))

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        return (1 - np.abs(h)) * (1 - np.abs(h))

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        return z / (1 + abs(z)), 1 / ((1 + abs(z)) * (1 + abs(z)))

    def complex_value(self, z: Array) -> Array:
        return np.asarray(z / (1 + np.where(z.real < 0, -z, z)))

    def value_bound(self, z: Array, h: Array, slope: Array, z_bound: Array, u: float) -> Array:
        return np.asarray(np.minimum(z_bound, 2.0) + 4 * u * np.abs(h))

    def emit(self, m: Any, z: Any) -> Any:
        return m.div(z, m.add(m.constant(1.0), m.magnitude(z)))

    def emit_slope(self, m: Any, h: Any) -> Any:
        rest = m.sub(m.constant(1.0), m.magnitude(h))
        return m.mul(rest, rest)


SOFTSIGN = Softsign()


@contextmanager
def few_parts(part: Activation = SOFTSIGN) -> Iterator[str]:
    """Its name, in a list with few others, since `jitted` compiles for a whole list."""
    every: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (ACTIVATIONS, {**ACTIVATIONS}),
        (LOSSES, {**LOSSES}),
    ]
    for known, few in ((ACTIVATIONS, ("logistic", "relu", "identity")), (LOSSES, ("squared",))):
        for name in known.keys() - few:
            del known[name]
    ACTIVATIONS[part.name] = part
    try:
        yield part.name
    finally:
        for known, before in every:
            known.clear()
            known.update(before)
