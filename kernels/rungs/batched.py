"""Rung 3: one matrix product per layer for all samples, in NumPy.

Samples are the rows of a matrix H[l] (m, s_l), so a layer is one matrix product, which BLAS
computes near the machine's arithmetic limit, and NumPy's overhead per call is paid once for all
samples. The sigmoid then dominates: four passes over m s_l numbers, one of them exp. Workspaces are
kept for calls with as many samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from kernels.interface import Plan
from kernels.network import views
from kernels.parts.activation import Activation
from kernels.parts.activations.identity import PART as IDENTITY
from kernels.parts.architecture import Architecture
from kernels.parts.sigmoid import without_warnings
from kernels.support import aligned
from kernels.support.checks import Array
from kernels.support.pool import SizedPool


class Buffers(NamedTuple):
    """The workspace of a gradient: outputs, deltas and more of each layer l+1, (m, s_{l+1})."""

    H: list[Array]
    D: list[Array]
    work: list[Array]
    Z: list[Array | None]
    """z where f'(z) does not follow from h; else None."""


class Kernel(Plan):
    """Whole-batch NumPy."""

    name = "batched"
    max_threads = None
    uses_blas = True
    general = True

    def build(self) -> None:
        self._functions = self.architecture.functions
        self._forward_pool = SizedPool(partial(matrices, self.dtype, self.sizes[1:-1]))
        self._gradient_pool = SizedPool(partial(buffers, self.dtype, self.architecture))

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        self.batch_forward(parameters, x[np.newaxis], out[np.newaxis])

    @without_warnings()
    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        H = self._forward_pool.take(len(X))
        try:
            propagate(self._functions, parameters, X, [*H, out])
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


def buffers(dtype: np.dtype[Any], what: Architecture, m: int) -> Buffers:
    """The workspace of a gradient over m samples."""
    widths = what.sizes[1:]
    H, D, work = (matrices(dtype, widths, m) for _ in range(3))
    Z = [
        aligned.empty((m, width), dtype) if f.needs_z else None
        for f, width in zip(what.functions, widths, strict=True)
    ]
    return Buffers(H, D, work, Z)


def propagate(
    functions: Sequence[Activation],
    parameters: Any,
    X: Array,
    H: list[Array],
    Z: Sequence[Array | None] = (),
) -> None:
    """Compute H[l+1] = f(H[l] W[l]^T + b[l]) for all layers, from X to the last of H.

    Arrays of Z keep what f is computed of.
    """
    source = X
    W, b = parameters
    kept = Z or [None] * len(H)
    for f, weight, bias, target, z in zip(functions, W, b, H, kept, strict=True):
        np.matmul(source, weight.T, target)
        np.add(target, bias, target)
        if z is not None:
            z[:] = target
        f.in_place(target)
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
    functions, loss = what.functions, what.objective
    H, D, spare, Z = work
    m, last = len(X), functions[-1]
    total = 0.0
    if loss.canonical:  # computed from z: log h has no digits left where h is near 1
        propagate([*functions[:-1], IDENTITY], parameters, X, H, Z)
        total = loss.total(last, H[-1], Y, D[-1])
        last.in_place(H[-1])
    else:
        propagate(functions, parameters, X, H, Z)
    # delta[L] = -(y - h[L]) f'(z[L]) / m: dividing here makes the mean for all layers
    np.subtract(H[-1], Y, out=D[-1])
    squares = np.einsum("ij,ij->i", D[-1], D[-1])
    if not loss.canonical:
        total = squares.sum() / 2
        last.through_in_place(D[-1], None, H[-1], spare[-1])
    elif last.over_nodes:
        D[-1][:] = last.canonical_delta(H[-1], Y)
    D[-1] /= m
    for l in range(len(weights) - 1, -1, -1):
        # dJ/dW[l] = delta[l+1]^T H[l],  dJ/db[l] = sum of delta[l+1] over the samples
        np.matmul(D[l].T, H[l - 1] if l > 0 else X, out=out_W[l])
        np.add.reduce(D[l], axis=0, out=out_b[l])
        if l > 0:
            # delta[l] = (delta[l+1] W[l]) f'(z[l])
            np.matmul(D[l], weights[l], out=D[l - 1])
            functions[l - 1].through_in_place(D[l - 1], Z[l - 1], H[l - 1], spare[l - 1])
    return float(total / m), float(np.sqrt(squares).sum() / m)
