"""Affine maps x -> A (x - shift) + c in extended precision, to be folded into a layer.

::

    W (A x + c) + b = (W A) x + (W c + b)

Folding loses digits where a feature's mean is large compared with its deviation (temperatures in
kelvin, seconds since 1970). The mean is then subtracted from each sample before the first layer,
W A (x - shift) + (W c + b).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kernels.support.checks import Array

MAX_FOLDED_MEAN = 256.0
"""Largest mean, in standard deviations of its feature, that is folded into the bias."""


def extended(value: Any) -> Array:
    """Copy an array in extended precision (in double, on platforms without a wider type)."""
    return np.array(value, np.longdouble)


@dataclass(frozen=True)
class Affine:
    """The map x -> A (x - shift) + c of n features to k; None stands for the identity or zero."""

    A: Array | None = None
    """(k, n), or (n,) for a diagonal matrix."""
    c: Array | None = None
    """(k,)"""
    shift: Array | None = None
    """(n,), in float64."""

    @property
    def is_diagonal(self) -> bool:
        """True if every output depends on the one feature of its index."""
        return self.A is None or self.A.ndim == 1

    def parts(self, n: int) -> tuple[Array, Array, Array]:
        """The diagonal of A, c and shift of a diagonal map of n features, (n,) each."""
        given = (self.A, 1), (self.c, 0), (self.shift, 0)
        A, c, shift = (
            extended(np.full(n, default) if one is None else one) for one, default in given
        )
        return A, c, shift

    def scaled(self, factors: Array) -> Affine:
        """Append a multiplication of each output by a factor (k,)."""
        if self.A is None:
            A = factors
        else:
            A = self.A * (factors if self.A.ndim == 1 else factors[:, np.newaxis])
        return replace(self, A=A, c=None if self.c is None else self.c * factors)

    def less(self, means: Array, deviations: Any) -> Affine:
        """Append a subtraction of the outputs' means (k,).

        `deviations` are the outputs' standard deviations (k,), or 0 if they are not known. If a
        mean is too large to be folded, all means are subtracted from x itself, before A::

            A (x - shift) + c - means = A (x - (shift + (means - c) / A))

        That needs a diagonal A. Of another matrix, only rows with a single entry are treated so;
        means of projections are folded whatever their size.
        """
        left = means if self.c is None else means - self.c
        large = np.abs(means) > MAX_FOLDED_MEAN * deviations
        if not large.any():
            return replace(self, c=-left)
        if not self.is_diagonal:
            return self._less_single(left, large)
        factors = 1 if self.A is None else self.A
        exact = left / factors + (0 if self.shift is None else self.shift)
        shift = exact.astype(np.float64)
        return Affine(self.A, factors * (shift - exact), shift)  # c: the shift's rounding error

    def _less_single(self, left: Array, large: Array) -> Affine:
        """Append a subtraction: of large means from x, where an output depends on one feature."""
        assert self.A is not None
        rows = np.flatnonzero(large & ((self.A != 0).sum(axis=1) == 1))
        if not len(rows):
            return replace(self, c=-left)
        features = (self.A[rows] != 0).argmax(axis=1)
        before = extended(np.zeros(self.A.shape[1]) if self.shift is None else self.shift)
        shift = before.copy()
        shift[features] += left[rows] / self.A[rows, features]
        rounded = shift.astype(np.float64)
        return Affine(self.A, self.A @ (rounded - before) - left, rounded)

    def projected(self, matrix: Array) -> Affine:
        """Append a multiplication by a matrix (new k, k) from the left."""
        A = matrix
        if self.A is not None:
            A = matrix * self.A if self.is_diagonal else matrix @ self.A
        return replace(self, A=A, c=None if self.c is None else matrix @ self.c)

    def selected(self, chosen: Array) -> Affine:
        """The outputs of these indices; a diagonal map keeps the features of these indices too."""
        A, c, shift = (None if one is None else one[chosen] for one in (self.A, self.c, self.shift))
        return Affine(A, c, shift if self.is_diagonal else self.shift)

    def fold(self, W: Array, b: Array) -> tuple[Array, Array]:
        """Return a layer's W and b with A and c folded in; the shift is left out."""
        bias = b if self.c is None else b + W @ self.c
        if self.A is None:
            return W, bias
        return (W * self.A if self.A.ndim == 1 else W @ self.A), bias


def beside(maps: Sequence[Affine], widths: Sequence[int]) -> Affine:
    """Maps of different features as one map of all features, in order; `widths` are their n."""
    pairs = list(zip(maps, widths, strict=True))
    shift = None
    if any(one.shift is not None for one in maps):
        shift = np.concatenate(
            [np.zeros(n) if one.shift is None else one.shift for one, n in pairs]
        )
    if all(one.is_diagonal for one in maps):
        parts = [one.parts(n) for one, n in pairs]
        A = None
        if any(one.A is not None for one in maps):
            A = np.concatenate([diagonal for diagonal, _, _ in parts])
        return Affine(A, joined_constants([one.c for one in maps], widths), shift)
    blocks = []
    for one, n in pairs:
        A = one.A if one.A is not None else np.ones(n, np.longdouble)
        blocks.append(np.diag(A) if A.ndim == 1 else A)
    constants = joined_constants([one.c for one in maps], [len(block) for block in blocks])
    return Affine(block_diagonal(blocks), constants, shift)


def joined_constants(constants: Sequence[Array | None], widths: Sequence[int]) -> Array | None:
    """Vectors of these lengths as one; None stands for zeros."""
    if all(one is None for one in constants):
        return None
    return np.concatenate(
        [
            np.zeros(n, np.longdouble) if one is None else one
            for one, n in zip(constants, widths, strict=True)
        ]
    )


def block_diagonal(blocks: Sequence[Array]) -> Array:
    """A matrix with these matrices along its diagonal, zero elsewhere, in extended precision."""
    shape = np.sum([block.shape for block in blocks], axis=0)
    found = np.zeros(shape, np.longdouble)
    row = column = 0
    for block in blocks:
        height, width = block.shape
        found[row : row + height, column : column + width] = block
        row, column = row + height, column + width
    return found
