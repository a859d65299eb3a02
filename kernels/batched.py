"""Rung 3: all samples in one matrix product a layer, NumPy.

The samples are the rows of a matrix H[l] (m, s_l), so a layer is one product of matrices, which
BLAS computes near the machine's arithmetic limit, and NumPy's cost of a call is paid once for all
samples. What then dominates is the sigmoid: four passes over m s_l numbers, one of them exp.
The buffers are made once for a number of rows and kept, as nothing in here needs to be allocated
twice.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kernels import aligned
from kernels.checks import Array
from kernels.interface import Plan
from kernels.network import views
from kernels.pool import Pool
from kernels.sigmoid import quiet, sigmoid_in_place


class Buffers(NamedTuple):
    """Matrices (m, s_{l+1}) for l = 0 .. L-2: outputs, deltas and f'(z) of layer l+1."""

    H: list[Array]
    D: list[Array]
    slopes: list[Array]


class Kernel(Plan):
    """Whole-batch NumPy."""

    name = "batched"
    max_threads = None
    uses_blas = True

    def build(self) -> None:
        hidden, layers = self.sizes[1:-1], self.sizes[1:]
        self._forward_pool = Pool(lambda m: self._matrices(m, hidden))
        self._gradient_pool = Pool(lambda m: Buffers(*(self._matrices(m, layers) for _ in "HDs")))

    def _matrices(self, m: int, widths: tuple[int, ...]) -> list[Array]:
        return [aligned.empty((m, width), self.dtype) for width in widths]

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        self.batch_forward(parameters, x[np.newaxis], out[np.newaxis])

    @quiet()
    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        H = self._forward_pool.take(len(X))
        try:
            propagate(parameters, X, [*H, out])
        finally:
            self._forward_pool.give(len(X), H)

    @quiet()
    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        buffers = self._gradient_pool.take(len(X))
        try:
            return gradient(parameters, X, Y, buffers, *views(out, self.sizes))
        finally:
            self._gradient_pool.give(len(X), buffers)


def propagate(parameters: Any, X: Array, H: list[Array]) -> None:
    """H[l+1] = f(H[l] W[l]^T + b[l]) for all layers, with X as H[0]."""
    source = X
    for W, b, target in zip(*parameters, H, strict=True):
        np.matmul(source, W.T, out=target)
        target += b
        sigmoid_in_place(target)
        source = target


def gradient(
    parameters: Any,
    X: Array,
    Y: Array,
    buffers: Buffers,
    out_W: tuple[Array, ...],
    out_b: tuple[Array, ...],
) -> tuple[float, float]:
    """The mean gradient into out_W and out_b; returns the means of 1/2 ||y-h||^2 and ||y-h||."""
    weights = parameters[0]
    H, D, slopes = buffers
    m = len(X)
    propagate(parameters, X, H)
    # delta[L] = -(y - h[L]) f'(z[L]) / m: the mean is taken here, once for all layers
    np.subtract(H[-1], Y, out=D[-1])
    squares = np.einsum("ij,ij->i", D[-1], D[-1])
    cost, error = squares.sum() / (2 * m), np.sqrt(squares).sum() / m
    D[-1] *= derivative(H[-1], slopes[-1])
    D[-1] /= m
    for l in range(len(weights) - 1, -1, -1):
        # dJ/dW[l] = delta[l+1]^T H[l],  dJ/db[l] = the sum of delta[l+1] over the samples
        np.matmul(D[l].T, H[l - 1] if l > 0 else X, out=out_W[l])
        np.add.reduce(D[l], axis=0, out=out_b[l])
        if l > 0:
            # delta[l] = (delta[l+1] W[l]) f'(z[l])
            np.matmul(D[l], weights[l], out=D[l - 1])
            D[l - 1] *= derivative(H[l - 1], slopes[l - 1])
    return float(cost), float(error)


def derivative(h: Array, out: Array) -> Array:
    """f'(z) = h (1 - h)."""
    np.subtract(1, h, out=out)
    out *= h
    return out
