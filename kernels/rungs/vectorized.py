"""Rung 2: one matrix-vector product per layer, one sample at a time (§3.4, §3.5, §4.7).

The loops of rung 1 move into NumPy's compiled code. What remains is NumPy's overhead of one to two
microseconds per call, some five calls per layer, whatever its width: a small network gains
little, 100-100-50-10 becomes hundreds of times as fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import views
from kernels.parts.activation import Activation
from kernels.parts.architecture import Architecture
from kernels.parts.sigmoid import sigmoid, without_warnings
from kernels.support.checks import Array


class Kernel(Plan):
    """The article's NumPy version."""

    name = "vectorized"
    max_threads = None
    uses_blas = True
    general = True

    def pack(self, theta: Array) -> list[tuple[Array, Array]]:
        return list(zip(*views(theta, self.sizes), strict=True))

    @without_warnings()
    def sample_forward(self, layers: Any, x: Array, out: Array) -> None:
        if not self.architecture.is_article:
            out[:] = other_layers(self.architecture.functions, layers, x)[1][-1]
            return
        h = x
        for W, b in layers:
            # z[l+1] = W[l] h[l] + b[l],  h[l+1] = f(z[l+1])
            h = sigmoid(W.dot(h) + b)
        out[:] = h

    @without_warnings()
    def sample_gradient(self, layers: Any, x: Array, y: Array, total: Array) -> tuple[float, float]:
        if not self.architecture.is_article:
            return other_gradient(self.architecture, layers, x, y, views(total, self.sizes))
        h = [x]
        for W, b in layers:
            h.append(sigmoid(W.dot(h[-1]) + b))
        miss = y - h[-1]
        square = float(miss.dot(miss))
        # delta[L] = -(y - h[L]) f'(z[L]),  f'(z) = h (1 - h)
        delta = -miss * h[-1] * (1 - h[-1])
        total_W, total_b = views(total, self.sizes)
        for l in range(len(layers) - 1, -1, -1):
            # dJ/dW[l] = delta[l+1] h[l]^T,  dJ/db[l] = delta[l+1]
            total_W[l][:] += np.outer(delta, h[l])
            total_b[l][:] += delta
            if l > 0:
                # delta[l] = (W[l]^T delta[l+1]) f'(z[l])
                W, _ = layers[l]
                delta = W.T.dot(delta) * h[l] * (1 - h[l])
        return square / 2, square**0.5


# --- networks of other activations and losses ----------------------------------------------------


def other_layers(
    functions: Sequence[Activation], layers: Any, x: Array
) -> tuple[list[Array], list[Array]]:
    """z[2] .. z[L] and h[1] .. h[L], each (s_l,)."""
    z, h = [], [x]
    for f, (W, b) in zip(functions, layers, strict=True):
        z.append(W.dot(h[-1]) + b)
        h.append(f.value(z[-1]))
    return z, h


def other_gradient(
    what: Architecture, layers: Any, x: Array, y: Array, total: Any
) -> tuple[float, float]:
    """Add one sample's gradient to total, as W and b; return its loss and ||y - h||."""
    functions, loss = what.functions, what.objective
    z, h = other_layers(functions, layers, x)
    miss = y - h[-1]
    delta = loss.delta(functions[-1], z[-1], h[-1], y)
    total_W, total_b = total
    for l in range(len(layers) - 1, -1, -1):
        total_W[l][:] += np.outer(delta, h[l])
        total_b[l][:] += delta
        if l > 0:
            delta = functions[l - 1].through(layers[l][0].T.dot(delta), z[l - 1], h[l])
    return float(loss.of(functions[-1], z[-1], h[-1], y)), float(miss.dot(miss)) ** 0.5
