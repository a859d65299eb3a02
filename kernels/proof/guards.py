"""The arrays that a kernel under examination is given, and what it may not do to them.

An array of inputs is used again and again for everything of its shape: its contents change in
place, as those of a buffer do in a program, so a kernel that remembers an array instead of looking
at it is found out. Around every array lie guard zones, which must be as before after the calls;
they hold NaN, so a kernel that reads beside its input gives NaN.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kernels.support.aligned import LINE
from kernels.support.checks import Array

ZONE = 2048
"""Bytes before and after an array."""
FILL = 0xFF
"""A byte of which every number is NaN, in every dtype."""


class GateError(AssertionError):
    """A kernel is wrong; the message says where and by how much."""


class OverrunError(GateError):
    """A kernel writes where nobody let it: what it does next cannot be told."""


class Memory:
    """Arrays between guard zones; or, if not `guarded`, arrays that own their memory.

    The former begin one number after a cache line: nobody promised a kernel more alignment than
    that of a number.
    """

    def __init__(self, dtype: np.dtype[Any], guarded: bool = True) -> None:
        self.dtype = dtype
        self.guarded = guarded
        self._inputs: dict[tuple[str, tuple[int, ...]], Array] = {}
        self._zones: list[tuple[str, Array]] = []

    def hand_over(self, name: str, contents: Array) -> Array:
        """The array for inputs of this name and shape, with new contents."""
        key = (name, contents.shape)
        if key not in self._inputs:
            self._inputs[key] = self.blank(name, contents.shape, contents.dtype)
        array = self._inputs[key]
        array[...] = contents
        return array

    def blank(self, name: str, shape: tuple[int, ...], dtype: np.dtype[Any] | None = None) -> Array:
        """A fresh array of NaN, in the plan's dtype if no other is given."""
        dtype = dtype or self.dtype
        if not self.guarded:
            return np.full(shape, np.nan, dtype)
        size = math.prod(shape) * dtype.itemsize
        everything = np.full(size + 2 * ZONE + 2 * LINE, FILL, np.uint8)
        start = ZONE + -(everything.ctypes.data + ZONE) % LINE + dtype.itemsize
        self._zones += [(f"before {name}", everything[:start])]
        self._zones += [(f"after {name}", everything[start + size :])]
        array: Array = everything[start : start + size].view(dtype).reshape(shape)
        return array

    def check(self, where: str) -> None:
        """Raise OverrunError if anything was written beside an array."""
        for place, zone in self._zones:
            if zone.min() != FILL:
                raise OverrunError(f"{where}: memory {place} was written to")
