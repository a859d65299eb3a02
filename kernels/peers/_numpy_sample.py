"""The gradient over one sample, on vectors, for `kernels.peers.numpy_expert`.

NumPy's calls for one row of a matrix cost more than those for a vector, and of one sample there is
nothing to be added up.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kernels.network import parameter_count, views
from kernels.parts.architecture import Architecture
from kernels.peers._in_place import Layers, through_function, vector_function
from kernels.support import aligned
from kernels.support.checks import Array

MOST_COPIED = 1 << 13
"""Parameters of the largest gradient of which a copy takes less time than views of its place."""


class Nodes:
    """The arrays of a layer: vectors, and the same as a row or a column."""

    def __init__(self, width: int, dtype: np.dtype[Any]) -> None:
        self.z, self.h, self.delta, self.work = (aligned.empty((width,), dtype) for _ in range(4))
        self.kept = aligned.empty((width,), dtype)
        """z where f'(z) does not follow from h."""
        self.row, self.column = self.h[np.newaxis], self.delta[:, np.newaxis]
        delta, kept, work = (one[np.newaxis] for one in (self.delta, self.kept, self.work))
        self.rows = delta, kept, self.row, work
        """What `Activation.through_in_place` takes."""


class SampleGradient:
    """The gradient over one sample, with the methods of `_numpy_training.Gradient`."""

    def __init__(self, what: Architecture, dtype: np.dtype[Any]) -> None:
        *_, self._last = what.functions
        self._sizes, self._loss, widths = what.sizes, what.objective, what.sizes[1:]
        self._input, *self._layers = (Nodes(width, dtype) for width in what.sizes)
        self._functions = [
            vector_function(f, width, dtype)
            for f, width in zip(what.functions, widths, strict=True)
        ]
        self._through = [through_function(f, dtype) for f in what.functions]
        self._keeps = [f.needs_z for f in what.functions]
        self._ones = np.ones(widths[-1], dtype)
        self._flat = aligned.empty((parameter_count(what.sizes),), dtype)
        self._slopes = views(self._flat, what.sizes)

    def fresh(self, layers: Layers, X: Array, Y: Array, out: Array) -> tuple[float, float]:
        """`of` for an array that has no views yet."""
        if out.size > MOST_COPIED:
            return self.of(layers, X, Y, out, views(out, self._sizes))
        found = self.of(layers, X, Y, self._flat, self._slopes)
        np.copyto(out, self._flat)
        return found

    def of(
        self, layers: Layers, X: Array, Y: Array, _out: Array, slopes: Layers
    ) -> tuple[float, float]:
        """Write the gradient to the views `slopes`; the loss, and ||y - h||."""
        W, b = layers
        total = self._propagate(W, b, X[0], Y)
        top, loss, y = self._layers[-1], self._loss, Y[0]
        delta = top.delta
        # delta[L] = -(y - h[L]) f'(z[L])
        np.subtract(top.h, y, delta)
        squares = float(delta.dot(delta))
        if not loss.canonical:
            total = squares / 2
            self._through[-1](*top.rows)
        elif self._last.over_nodes:
            # delta[L] = h[L] sum y - y
            np.multiply(top.h, self._ones.dot(y), delta)
            np.subtract(delta, y, delta)
        for l in range(len(W) - 1, -1, -1):
            nodes = self._layers[l]
            below = self._layers[l - 1] if l else self._input
            # dJ/dW[l] = delta[l+1] h[l]^T,  dJ/db[l] = delta[l+1]
            nodes.column.dot(below.row, slopes[0][l])
            np.copyto(slopes[1][l], nodes.delta)
            if l:
                # delta[l] = (delta[l+1] W[l]) f'(z[l])
                nodes.delta.dot(W[l], below.delta)
                self._through[l - 1](*below.rows)
        return total, math.sqrt(squares)

    def _propagate(self, W: tuple[Array, ...], b: tuple[Array, ...], x: Array, Y: Array) -> float:
        """Compute h of all layers; a canonical loss, else 0."""
        total, top = 0.0, self._layers[-1]
        np.copyto(self._input.h, x)
        source = self._input.h
        for weight, bias, f, keeps, nodes in zip(
            W, b, self._functions, self._keeps, self._layers, strict=True
        ):
            z = nodes.z
            weight.dot(source, z)
            np.add(z, bias, z)
            if keeps:
                np.copyto(nodes.kept, z)
            if nodes is top and self._loss.canonical:
                # from z: log h has no digits left where h is near 1
                total = self._loss.total(self._last, z[np.newaxis], Y, top.rows[-1])
            source = nodes.h
            f(z, source)
        return total
