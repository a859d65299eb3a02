"""Rung 1: the article's nested loops over layers, nodes and inputs (§3.2, §4.5, §4.6).

Each multiplication is a Python operation of about a quarter of a microsecond; the 15,500 of
100-100-50-10 take 41 ms in the article (§3.5). There are two costs: Python interprets the loop, and
every `W[l][i][j]` makes a NumPy row and a NumPy scalar before anything is multiplied. Our copy of
the article has lost its listing; we take it to have been written like this, and leave it so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import views
from kernels.parts import loops
from kernels.parts.activation import Activation
from kernels.parts.architecture import Architecture
from kernels.parts.sigmoid import sigmoid, without_warnings
from kernels.support.checks import Array


class Kernel(Plan):
    """The article's loops."""

    name = "looped"
    general = True

    @without_warnings()
    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        if self.architecture.is_article:
            out[:] = activations(parameters, x)[-1]
        else:
            out[:] = other_activations(self.architecture.functions, parameters, x)[1][-1]

    @without_warnings()
    def sample_gradient(
        self, parameters: Any, x: Array, y: Array, total: Array
    ) -> tuple[float, float]:
        if not self.architecture.is_article:
            return other_gradient(self.architecture, parameters, x, y, views(total, self.sizes))
        W, _ = parameters
        total_W, total_b = views(total, self.sizes)
        h = activations(parameters, x)
        square = sum((y[i] - h[-1][i]) ** 2 for i in range(len(y)))
        # delta[L] = -(y - h[L]) f'(z[L])
        delta = np.zeros_like(h[-1])
        for i in range(len(y)):
            delta[i] = -(y[i] - h[-1][i]) * h[-1][i] * (1 - h[-1][i])
        for l in range(len(W) - 1, -1, -1):
            # dJ/dW[l] = delta[l+1] h[l]^T,  dJ/db[l] = delta[l+1]
            for i in range(len(delta)):
                for j in range(len(h[l])):
                    total_W[l][i][j] += delta[i] * h[l][j]
                total_b[l][i] += delta[i]
            if l > 0:
                delta = hidden_delta(W[l], delta, h[l])
        return square / 2, square**0.5


def activations(parameters: Any, x: Array) -> list[Array]:
    """h[1] .. h[L], each (s_l,)."""
    W, b = parameters
    h = [x]
    for l in range(len(W)):
        node_out = np.zeros_like(b[l])
        for i in range(W[l].shape[0]):
            # z_i = sum_j W_ij h_j + b_i
            z = 0
            for j in range(W[l].shape[1]):
                z += W[l][i][j] * h[l][j]
            z += b[l][i]
            node_out[i] = sigmoid(z)
        h.append(node_out)
    return h


def hidden_delta(weight: Array, delta: Array, h: Array) -> Array:
    """delta[l] = (W[l]^T delta[l+1]) f'(z[l]), with f'(z) = h (1 - h)."""
    result = np.zeros_like(h)
    for j in range(len(h)):
        total = 0
        for i in range(len(delta)):
            total += weight[i][j] * delta[i]
        result[j] = total * h[j] * (1 - h[j])
    return result


# --- networks of other activations and losses ----------------------------------------------------


def other_activations(
    functions: Sequence[Activation], parameters: Any, x: Array
) -> tuple[list[Array], list[Array]]:
    """z[2] .. z[L] and h[1] .. h[L], each (s_l,)."""
    W, b = parameters
    z, h = [], [x]
    for l, f in enumerate(functions):
        z.append(np.zeros_like(b[l]))
        for i in range(W[l].shape[0]):
            total = 0
            for j in range(W[l].shape[1]):
                total += W[l][i][j] * h[l][j]
            z[l][i] = total + b[l][i]
        h.append(np.zeros_like(b[l]))
        f.loops().fill(z[l], h[l + 1])
    return z, h


def other_gradient(
    what: Architecture, parameters: Any, x: Array, y: Array, total: Any
) -> tuple[float, float]:
    """Add one sample's gradient to total, as W and b; return its loss and ||y - h||."""
    W, _ = parameters
    total_W, total_b = total
    functions, loss = what.functions, what.objective
    z, h = other_activations(functions, parameters, x)
    square = sum((y[i] - h[-1][i]) ** 2 for i in range(len(y)))
    last = functions[-1].loops()
    delta = np.zeros_like(h[-1])
    if loss.canonical:
        last.start(delta, h[-1], y)
    else:
        loops.differ(delta, h[-1], y)
        last.carry(delta, z[-1], h[-1])
    last.logs(z[-1])
    cost = loops.summing(loss.scalar(functions[-1].over_nodes))(z[-1], h[-1], y)
    for l in range(len(W) - 1, -1, -1):
        below = np.zeros_like(h[l])
        for i in range(len(delta)):
            for j in range(len(h[l])):
                total_W[l][i][j] += delta[i] * h[l][j]
                below[j] += W[l][i][j] * delta[i]
            total_b[l][i] += delta[i]
        if l > 0:
            functions[l - 1].loops().carry(below, z[l - 1], h[l])
        delta = below
    return cost, square**0.5
