"""The rates of an optimizer's steps, computed for many steps at once."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from kernels.parts.optimizer import Optimizer
from kernels.support.checks import Array

AHEAD = 1 << 10
"""Steps for which rates are computed at once, at least."""


class Rates:
    """The rates of one training, step by step.

    Parameters
    ----------
    optimizer : its learning rate does not count, but the one that is asked for
    dtype : of the rates
    """

    def __init__(self, optimizer: Optimizer, dtype: np.dtype[Any]) -> None:
        self._optimizer, self._dtype = optimizer, dtype
        self._known = 0, math.nan, np.empty((0, 0))
        """Steps made, learning rate, and the rates of the steps that follow then."""

    def following(self, made: int, steps: int, learning_rate: float) -> Array:
        """The rates (steps, ...) of the steps that follow so many made ones."""
        first, rate, known = self._known
        start = made - first
        if rate != learning_rate or start < 0 or start + steps > len(known):
            count, start = max(steps, AHEAD), 0
            known = rates(self._optimizer, made + 1, count, learning_rate, self._dtype)
            self._known = made, learning_rate, known
        return known[start : start + steps]


def rates(
    optimizer: Optimizer, first: int, count: int, learning_rate: float, dtype: np.dtype[Any]
) -> Array:
    """An optimizer's rates in a dtype, remembered for the trainings that begin like this one."""
    given = optimizer, first, count, learning_rate, dtype
    try:
        return remembered(*given).copy()
    except TypeError:  # settings of an optimizer of its own that cannot be hashed
        return remembered.__wrapped__(*given)


@functools.lru_cache(maxsize=8)
def remembered(
    optimizer: Optimizer, first: int, count: int, learning_rate: float, dtype: np.dtype[Any]
) -> Array:
    """`rates`, which only copies of are handed out."""
    return np.ascontiguousarray(optimizer.rates(first, count, learning_rate), dtype)
