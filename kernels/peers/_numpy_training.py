"""Gradients and optimizers' steps in place, for `kernels.peers.numpy_expert`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kernels.network import views
from kernels.parts.architecture import Architecture
from kernels.parts.optimizers import Adam, AdamW
from kernels.passes import Passes
from kernels.peers._in_place import Layers, matrix_function, through_function
from kernels.support import aligned
from kernels.support.checks import Array


class Block(NamedTuple):
    """Arrays for a block of samples; lists are of layers 2 to L, of (rows, s_l)."""

    rows: slice
    H: list[Array]
    D: list[Array]
    DT: list[Array]
    """Views of D, transposed."""
    work: list[Array]
    Z: list[Array | None]
    """z where f'(z) does not follow from h; else None."""
    squares: Array
    """(rows,): ||y - h||^2, as `sums` a number for each sample."""
    sums: Array
    ones: Array

    def cut(self, start: int, m: int) -> Block:
        """The same arrays for the block that begins at a sample, of m in all."""
        k = m - start
        H, D, work = ([one[:k] for one in some] for some in (self.H, self.D, self.work))
        Z = [None if one is None else one[:k] for one in self.Z]
        rows = slice(start, start + len(self.ones))
        DT = [one.T for one in D]
        return Block(rows, H, D, DT, work, Z, self.squares[:k], self.sums[:k], self.ones[:k])


class Gradient:
    """The gradient over m samples, block by block."""

    def __init__(self, what: Architecture, dtype: np.dtype[Any], most: int, m: int) -> None:
        functions = what.functions
        self._what, self._sizes = what, what.sizes
        self._last, self._loss = functions[-1], what.objective
        self._through = [through_function(f, dtype) for f in functions]
        k, widths = min(most, m), what.sizes[1:]
        self._functions = [
            matrix_function(f, one, dtype) for f, one in zip(functions, widths, strict=True)
        ]
        self._ones = np.ones(widths[-1], dtype)
        H, D, work = ([aligned.empty((k, one), dtype) for one in widths] for _ in range(3))
        Z = [
            aligned.empty((k, one), dtype) if f.needs_z else None
            for f, one in zip(functions, widths, strict=True)
        ]
        squares, sums = np.empty(k, dtype), np.empty(k, dtype)
        whole = Block(slice(0), H, D, [], work, Z, squares, sums, np.ones(k, dtype))
        self._blocks = [whole.cut(start, m) for start in range(0, m, most)]
        self._share = np.asarray(1 / m, dtype)
        self._m = m
        self._part = np.empty(0, dtype)
        self._parts: Layers = (), ()

    def fresh(self, layers: Layers, X: Array, Y: Array, out: Array) -> tuple[float, float]:
        """`of` for an array that has no views yet."""
        return self.of(layers, X, Y, out, views(out, self._sizes))

    def of(
        self, layers: Layers, X: Array, Y: Array, out: Array, slopes: Layers
    ) -> tuple[float, float]:
        """Write the mean gradient to `out`, of which `slopes` are views; the means of the loss and
        of ||y - h||."""
        first, *others = self._blocks
        total, error = self._block(first, layers, X[first.rows], Y[first.rows], slopes)
        if others and not self._part.size:
            self._part = aligned.empty(out.shape, out.dtype)
            self._parts = views(self._part, self._sizes)
        for one in others:
            more, far = self._block(one, layers, X[one.rows], Y[one.rows], self._parts)
            total, error = total + more, error + far
            np.add(out, self._part, out)
        return total / self._m, error / self._m

    def _block(
        self, one: Block, layers: Layers, X: Array, Y: Array, slopes: Layers
    ) -> tuple[float, float]:
        """A block's share of the gradient; the sums of its losses and of ||y - h||."""
        last, loss, D = self._last, self._loss, one.D[-1]
        total = self._propagate(one, layers, X, Y)
        h = one.H[-1]
        # delta[L] = -(y - h[L]) f'(z[L]) / m: dividing here makes the mean for all layers
        np.subtract(h, Y, D)
        # products with ones add up rows and columns faster than reductions
        np.multiply(D, D, one.work[-1])
        one.work[-1].dot(self._ones, one.squares)
        if not loss.canonical:
            total = float(np.add.reduce(one.squares)) / 2
            self._through[-1](D, None, h, one.work[-1])
        elif last.over_nodes:
            # delta[L] = h[L] sum y - y
            Y.dot(self._ones, one.sums)
            np.multiply(h, one.sums[:, np.newaxis], D)
            np.subtract(D, Y, D)
        np.multiply(D, self._share, D)
        (W, _), (dW, db) = layers, slopes
        for l in range(len(W) - 1, -1, -1):
            # dJ/dW[l] = delta[l+1]^T H[l],  dJ/db[l] = sum of delta[l+1] over the samples
            one.DT[l].dot(one.H[l - 1] if l else X, dW[l])
            one.ones.dot(one.D[l], db[l])
            if l:
                # delta[l] = (delta[l+1] W[l]) f'(z[l])
                one.D[l].dot(W[l], one.D[l - 1])
                self._through[l - 1](one.D[l - 1], one.Z[l - 1], one.H[l - 1], one.work[l - 1])
        np.sqrt(one.squares, one.squares)
        return total, float(np.add.reduce(one.squares))

    def _propagate(self, one: Block, layers: Layers, X: Array, Y: Array) -> float:
        """Compute all of `one.H`; the sum of a canonical loss, else 0."""
        source, total, output, loss = X, 0.0, one.H[-1], self._loss
        for W, b, f, target, z in zip(*layers, self._functions, one.H, one.Z, strict=True):
            source.dot(W.T, target)
            np.add(target, b, target)
            if z is not None:
                np.copyto(z, target)
            if target is output and loss.canonical:
                # from z: log h has no digits left where h is near 1
                total = loss.total(self._last, target, Y, one.D[-1])
            f(target)
            source = target
        return total


class Penalty:
    """The penalty on weights, and its gradient."""

    def __init__(self, l2: float, theta: Array, g: Array, sizes: tuple[int, ...]) -> None:
        self._l2, self._theta, self._g = l2, theta, g
        self._weights, self._work = np.ones_like(theta), np.empty_like(theta)
        for bias in views(self._weights, sizes)[1]:
            bias[:] = 0

    def add(self, m: int) -> float:
        """Add the gradient of a batch of m samples to g; the penalty."""
        work, share = self._work, self._l2 / m
        np.multiply(self._theta, self._weights, work)
        penalty = share / 2 * float(work.dot(work))
        np.multiply(work, share, work)
        np.add(self._g, work, self._g)
        return penalty


def mover(one: Passes, theta: Array, g: Array) -> Callable[[int], None]:
    """A function that makes a step from the gradient in g, which may change."""
    if type(one.optimizer) not in (Adam, AdamW):
        return lambda step: one.optimizer.move(theta, g, one.slots, one.rates[step])
    (mean, square), work = one.slots, np.empty_like(theta)
    # an array for each number, which NumPy would convert in each call: see `Adam.rates`
    rate, epsilon, *rest = (one.rates[:, k : k + 1] for k in range(one.rates.shape[1]))
    keep_m, add_m, keep_v, add_v, *keep = (column[:1, 0] for column in rest)

    def move(step: int) -> None:
        # m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
        np.multiply(mean, keep_m, mean)
        np.multiply(g, add_m, work)
        np.add(mean, work, mean)
        np.multiply(g, g, g)
        np.multiply(g, add_v, g)
        np.multiply(square, keep_v, square)
        np.add(square, g, square)
        # theta - rate m / (sqrt(v) + epsilon)
        np.sqrt(square, work)
        np.add(work, epsilon[step], work)
        np.divide(mean, work, work)
        np.multiply(work, rate[step], work)
        for factor in keep:
            np.multiply(theta, factor, theta)
        np.subtract(theta, work, theta)

    return move
