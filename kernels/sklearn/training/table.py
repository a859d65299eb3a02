"""Passes over the same samples, which compiled code makes one after the other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kernels.passes import SUMS, Passes
from kernels.rates import AHEAD
from kernels.sklearn.training.course import Course
from kernels.support.checks import Array

MOST_PLACES = 1 << 18
"""Numbers of the orders that are held at once, at most, if they are of several passes."""


class Table:
    """Passes over the same samples, of which one after the other is made.

    Parameters
    ----------
    X, Y, weights : as `Passes` has them
    passes : how many are prepared at once
    ordered : each gets an order
    """

    def __init__(
        self,
        course: Course,
        arrays: tuple[Array, Array, Array | None],
        batch_size: int,
        alpha: float,
        passes: int,
        ordered: bool,
    ) -> None:
        self._course, self._alpha, self._size = course, alpha, batch_size
        self._arrays = X, _, _ = arrays
        self._batches = -(-len(X) // batch_size)
        self._orders = np.empty((passes, len(X)), np.int64) if ordered else None
        self._found = np.zeros((passes, len(SUMS)))
        self._made, self._rate = passes, math.nan
        self._one: Passes

    @classmethod
    def fitting(
        cls, course: Course, arrays: Any, batch_size: int, alpha: float, ordered: bool
    ) -> Table:
        """A table for any number of passes."""
        m = len(arrays[0])
        steps = -(-m // batch_size)
        passes = max(1, min(AHEAD // steps, MOST_PLACES // m))
        return cls(course, arrays, batch_size, alpha, passes, ordered)

    def make(self, optimizer: Any, order: Array | None) -> float:
        """A pass over the samples; the mean of the batches' losses, as scikit-learn counts."""
        rate = optimizer.rate()
        if (
            self._made == len(self._found)
            or self._rate != rate
            or self._one.slots is not self._course.slots
        ):
            self._renew(optimizer, rate)
        k, first = self._made, self._made * self._batches
        if order is not None and self._orders is not None:
            self._orders[k] = order
        self._made += 1
        last = first + self._batches
        self._course.make_steps(self._one, first, last, self._found, optimizer)
        return self._course.loss(self._found[k], self._arrays[1])

    def _renew(self, optimizer: Any, rate: float) -> None:
        """Begin anew with the first pass."""
        X, Y, weights = self._arrays
        course, self._rate = self._course, rate
        rates = course.rates(optimizer, len(self._found) * self._batches)
        settings = self._alpha, course.ours, course.slots, rates, optimizer.steps_made(), rate
        self._one = Passes(X, Y, self._orders, weights, self._size, *settings)
        self._found[:] = 0
        self._made = 0
