"""Rung 3: all samples in one matrix product a layer, NumPy.

The samples are the rows of a matrix H[l] (m, s_l), so a layer is one product of matrices, which
BLAS computes near the machine's arithmetic limit, and NumPy's cost of a call is paid once for all
samples. What then dominates is the sigmoid: four passes over m s_l numbers, one of them exp.
The buffers are made once for a number of rows and kept, as nothing in here needs to be allocated
twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from kernels.interface import Plan
from kernels.network import views
from kernels.parts.architecture import Architecture
from kernels.parts.sigmoid import quiet, sigmoid_in_place, softmax_in_place
from kernels.support import aligned
from kernels.support.checks import Array
from kernels.support.pool import SizedPool


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
    general = True

    def build(self) -> None:
        hidden, layers = self.sizes[1:-1], self.sizes[1:]
        self._activate = [IN_PLACE[name] for name in self.architecture.activations]
        self._forward_pool = SizedPool(partial(matrices, self.dtype, hidden))
        self._gradient_pool = SizedPool(partial(buffers, self.dtype, layers))

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        self.batch_forward(parameters, x[np.newaxis], out[np.newaxis])

    @quiet()
    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        H = self._forward_pool.take(len(X))
        try:
            propagate(self._activate, parameters, X, [*H, out])
        finally:
            self._forward_pool.give(len(X), H)

    @quiet()
    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        work = self._gradient_pool.take(len(X))
        try:
            return gradient(self.architecture, parameters, X, Y, work, views(out, self.sizes))
        finally:
            self._gradient_pool.give(len(X), work)


def matrices(dtype: np.dtype[Any], widths: tuple[int, ...], m: int) -> list[Array]:
    """A matrix (m, width) for each of the widths."""
    return [aligned.empty((m, width), dtype) for width in widths]


def buffers(dtype: np.dtype[Any], widths: tuple[int, ...], m: int) -> Buffers:
    """What a gradient over m samples is computed in."""
    return Buffers(*(matrices(dtype, widths, m) for _ in Buffers._fields))


def propagate(
    activate: Sequence[Callable[[Array], object]], parameters: Any, X: Array, H: list[Array]
) -> None:
    """H[l+1] = f(H[l] W[l]^T + b[l]) for all layers, with X as H[0]."""
    source = X
    W, b = parameters
    for f, weight, bias, target in zip(activate, W, b, H, strict=True):
        np.matmul(source, weight.T, target)
        np.add(target, bias, target)
        f(target)
        source = target


def gradient(
    what: Architecture,
    parameters: Any,
    X: Array,
    Y: Array,
    work: Buffers,
    out: tuple[tuple[Array, ...], tuple[Array, ...]],
) -> tuple[float, float]:
    """The mean gradient into `out`, W and b; returns the means of the loss and of ||y-h||."""
    weights = parameters[0]
    out_W, out_b = out
    functions = what.activations
    H, D, slopes = work
    m = len(X)
    last = functions[-1]
    names = [*functions[:-1], "identity" if what.loss == "log" else last]
    propagate([IN_PLACE[name] for name in names], parameters, X, H)
    total = 0.0
    if what.loss == "log":  # which is told from z
        total = log_losses(last, H[-1], Y, D[-1])
        IN_PLACE[last](H[-1])
    # delta[L] = -(y - h[L]) f'(z[L]) / m: the mean is taken here, once for all layers
    np.subtract(H[-1], Y, out=D[-1])
    squares = np.einsum("ij,ij->i", D[-1], D[-1])
    if what.loss == "squared":
        total = squares.sum() / 2
        multiply_by_slope(last, H[-1], D[-1], slopes[-1])
    elif last == "softmax":
        np.multiply(H[-1], Y.sum(axis=1, keepdims=True), out=D[-1])
        D[-1] -= Y
    D[-1] /= m
    for l in range(len(weights) - 1, -1, -1):
        # dJ/dW[l] = delta[l+1]^T H[l],  dJ/db[l] = the sum of delta[l+1] over the samples
        np.matmul(D[l].T, H[l - 1] if l > 0 else X, out=out_W[l])
        np.add.reduce(D[l], axis=0, out=out_b[l])
        if l > 0:
            # delta[l] = (delta[l+1] W[l]) f'(z[l])
            np.matmul(D[l], weights[l], out=D[l - 1])
            multiply_by_slope(functions[l - 1], H[l - 1], D[l - 1], slopes[l - 1])
    return float(total / m), float(np.sqrt(squares).sum() / m)


def multiply_by_slope(name: str, h: Array, delta: Array, room: Array) -> None:
    """delta times f'(z), which is known from h, in place; `room` is as large as both."""
    if name == "logistic":
        np.subtract(1, h, out=room)
        room *= h
        delta *= room
    elif name == "tanh":
        np.subtract(1, h, out=room)
        delta *= room
        np.add(1, h, out=room)
        delta *= room
    elif name == "relu":
        np.greater(h, 0, out=room)
        delta *= room
    elif name == "softmax":
        delta -= np.einsum("ij,ij->i", delta, h)[:, np.newaxis]
        delta *= h


def log_losses(name: str, Z: Array, Y: Array, room: Array) -> float:
    """The log-loss of all rows together, from z of the outputs."""
    if name == "softmax":
        np.subtract(Z, Z.max(axis=1, keepdims=True), out=room)
        weighted = np.einsum("ij,ij->", Y, room)
        np.exp(room, out=room)
        return float((Y.sum(axis=1) * np.log(room.sum(axis=1))).sum() - weighted)
    np.abs(Z, out=room)
    np.negative(room, out=room)
    np.exp(room, out=room)
    np.log1p(room, out=room)
    return float(room.sum() + np.maximum(Z, 0).sum() - np.einsum("ij,ij->", Y, Z))


IN_PLACE: dict[str, Callable[[Array], object]] = {
    "logistic": sigmoid_in_place,
    "tanh": lambda z: np.tanh(z, out=z),
    "relu": lambda z: np.maximum(z, 0, out=z),
    "identity": lambda _: None,
    "softmax": softmax_in_place,
}
"""z becomes f(z)."""
