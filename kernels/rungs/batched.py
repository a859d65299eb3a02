"""Rung 3: one matrix product per layer for all samples, in NumPy.

Samples are the rows of a matrix H[l] (m, s_l), so a layer is one matrix product, which BLAS
computes near the machine's arithmetic limit, and NumPy's overhead per call is paid once for all
samples. The sigmoid then dominates: four passes over m s_l numbers, one of them exp. Workspaces are
kept for calls with as many samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from kernels.interface import Plan
from kernels.network import views
from kernels.parts.architecture import Architecture
from kernels.parts.sigmoid import sigmoid_in_place, softmax_in_place, without_warnings
from kernels.support import aligned
from kernels.support.checks import Array
from kernels.support.pool import SizedPool


class Buffers(NamedTuple):
    """The workspace of a gradient: outputs, deltas and f'(z) of each layer l+1, (m, s_{l+1})."""

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

    @without_warnings()
    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        H = self._forward_pool.take(len(X))
        try:
            propagate(self._activate, parameters, X, [*H, out])
        finally:
            self._forward_pool.give(len(X), H)

    @without_warnings()
    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        work = self._gradient_pool.take(len(X))
        try:
            return gradient(self.architecture, parameters, X, Y, work, views(out, self.sizes))
        finally:
            self._gradient_pool.give(len(X), work)


def matrices(dtype: np.dtype[Any], widths: tuple[int, ...], m: int) -> list[Array]:
    """An uninitialised matrix (m, width) for each of the widths."""
    return [aligned.empty((m, width), dtype) for width in widths]


def buffers(dtype: np.dtype[Any], widths: tuple[int, ...], m: int) -> Buffers:
    """The workspace of a gradient over m samples."""
    return Buffers(*(matrices(dtype, widths, m) for _ in Buffers._fields))


def propagate(
    activate: Sequence[Callable[[Array], object]], parameters: Any, X: Array, H: list[Array]
) -> None:
    """Compute H[l+1] = f(H[l] W[l]^T + b[l]) for all layers, from X to the last of H."""
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
    """Write the mean gradient to `out`, as W and b; return the means of the loss and ||y - h||."""
    weights = parameters[0]
    out_W, out_b = out
    functions = what.activations
    H, D, slopes = work
    m = len(X)
    last = functions[-1]
    names = [*functions[:-1], "identity" if what.loss == "log" else last]
    propagate([IN_PLACE[name] for name in names], parameters, X, H)
    total = 0.0
    if what.loss == "log":  # computed from z: log h has no digits left where h is near 1
        total = log_losses(last, H[-1], Y, D[-1])
        IN_PLACE[last](H[-1])
    # delta[L] = -(y - h[L]) f'(z[L]) / m: dividing here makes the mean for all layers
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
        # dJ/dW[l] = delta[l+1]^T H[l],  dJ/db[l] = sum of delta[l+1] over the samples
        np.matmul(D[l].T, H[l - 1] if l > 0 else X, out=out_W[l])
        np.add.reduce(D[l], axis=0, out=out_b[l])
        if l > 0:
            # delta[l] = (delta[l+1] W[l]) f'(z[l])
            np.matmul(D[l], weights[l], out=D[l - 1])
            multiply_by_slope(functions[l - 1], H[l - 1], D[l - 1], slopes[l - 1])
    return float(total / m), float(np.sqrt(squares).sum() / m)


def multiply_by_slope(name: str, h: Array, delta: Array, slope: Array) -> None:
    """Multiply delta by f'(z), computed from h, in place; `slope` is a workspace of that shape."""
    if name == "logistic":
        np.subtract(1, h, out=slope)
        slope *= h
        delta *= slope
    elif name == "tanh":
        np.subtract(1, h, out=slope)
        delta *= slope
        np.add(1, h, out=slope)
        delta *= slope
    elif name == "relu":
        np.greater(h, 0, out=slope)
        delta *= slope
    elif name == "softmax":
        delta -= np.einsum("ij,ij->i", delta, h)[:, np.newaxis]
        delta *= h


def log_losses(name: str, Z: Array, Y: Array, work: Array) -> float:
    """The sum of all samples' log-loss, from z of the outputs; `work` is a workspace like Z."""
    if name == "softmax":
        np.subtract(Z, Z.max(axis=1, keepdims=True), out=work)
        weighted = np.einsum("ij,ij->", Y, work)
        np.exp(work, out=work)
        return float((Y.sum(axis=1) * np.log(work.sum(axis=1))).sum() - weighted)
    np.abs(Z, out=work)
    np.negative(work, out=work)
    np.exp(work, out=work)
    np.log1p(work, out=work)
    return float(work.sum() + np.maximum(Z, 0).sum() - np.einsum("ij,ij->", Y, Z))


IN_PLACE: dict[str, Callable[[Array], object]] = {
    "logistic": sigmoid_in_place,
    "tanh": lambda z: np.tanh(z, out=z),
    "relu": lambda z: np.maximum(z, 0, out=z),
    "identity": lambda _: None,
    "softmax": softmax_in_place,
}
"""Functions that replace z by f(z)."""
