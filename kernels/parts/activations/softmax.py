"""Softmax, the one activation in which every output depends on all nodes of the layer.

Its instructions depend on how the nodes lie in memory, so `kernels.codegen.emit.activations` writes
them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kernels.parts.activation import Activation, Loops
from kernels.parts.activations.exp import PART as EXP
from kernels.support.checks import Array


def fill(z: Any, h: Any) -> None:
    """Write h of one sample."""
    top = z[0]
    for i in range(z.size):
        top = max(top, z[i])
    total = 0.0
    for i in range(z.size):
        h[i] = math.exp(z[i] - top)
        total += h[i]
    for i in range(z.size):
        h[i] /= total


def carry(delta: Any, z: Any, h: Any) -> None:
    """Replace delta, the derivative by h of one sample, by the derivative by z."""
    product = 0.0
    for i in range(h.size):
        product += delta[i] * h[i]
    for i in range(h.size):
        delta[i] = h[i] * (delta[i] - product)


def start(delta: Any, h: Any, y: Any) -> None:
    """Write delta = h sum y - y of one sample."""
    total = 0.0
    for i in range(y.size):
        total += y[i]
    for i in range(h.size):
        delta[i] = h[i] * total - y[i]


def logs(z: Any) -> None:
    """Replace z of one sample by log h."""
    top = z[0]
    for i in range(z.size):
        top = max(top, z[i])
    total = 0.0
    for i in range(z.size):
        total += math.exp(z[i] - top)
    shift = top + math.log(total)
    for i in range(z.size):
        z[i] -= shift


class Softmax(Activation):
    """h_i = exp(z_i) / sum exp(z_k). The last axis of arrays holds the nodes."""

    name = "softmax"
    formula = "exp(z_i) / sum exp(z_k)"
    rank = 1
    hidden = False
    output = True
    over_nodes = True
    is_long = False
    libraries = {
        "scikit-learn": "softmax",
        "torch": "Softmax(dim=-1)",
        "jax": "nn.softmax",
        "keras": "softmax",
        "tensorflow": "nn.softmax",
        "onnx": "Softmax",
        "litert": "SOFTMAX(beta=1.0)",
    }

    @staticmethod
    def value(z: Any) -> Any:
        powers = np.exp(z - z.max(axis=-1, keepdims=True))
        return powers / powers.sum(axis=-1, keepdims=True)

    def in_place(self, z: Array) -> None:
        z -= z.max(axis=1, keepdims=True)
        np.exp(z, out=z)
        z /= z.sum(axis=1, keepdims=True)

    @property
    def rated(self) -> Activation:
        return EXP

    def loops(self, compiled: Callable[[Any], Any] = lambda function: function) -> Loops:
        return Loops(*map(compiled, (fill, carry, start, logs)))

    def through(self, delta: Any, z: Any, h: Any) -> Any:
        return h * (delta - (delta * h).sum(axis=-1, keepdims=True))

    def through_in_place(self, delta: Array, z: Array | None, h: Array, work: Array) -> None:
        delta -= np.einsum("ij,ij->i", delta, h)[:, np.newaxis]
        delta *= h

    def canonical_delta(self, h: Any, y: Any) -> Any:
        return h * y.sum(axis=-1, keepdims=True) - y

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        powers = a.exp(z - z.max(axis=1)[:, np.newaxis])
        h = powers / powers.sum(axis=1)[:, np.newaxis]
        return h, h * (1 - h)

    def complex_value(self, z: Array) -> Array:
        powers = np.exp(z - z.real.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def value_bound(self, z: Array, h: Array, slope: Array, z_bound: Array, u: float) -> Array:
        most = z_bound.max(axis=1, keepdims=True)
        rounded = (h.shape[1] + 8 + z.max(axis=1, keepdims=True) - z) * u
        return np.where(most < 1, h * (np.expm1(2 * np.minimum(most, 1.0)) + rounded), 1.0)

    def slope_bound(self, z: Array, h: Array, z_bound: Array, h_bound: Array, u: float) -> Array:
        """Zeros: errors of the derivatives of softmax are bounded with the losses."""
        return np.zeros_like(z)

    def emit(self, m: Any, z: Any) -> Any:
        """z unchanged: softmax needs all nodes, so it is not written here."""
        return z


PART = Softmax()
