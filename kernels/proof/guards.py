"""Arrays for a kernel under examination, with guard zones around them.

One array serves all inputs of its shape, and its contents change in place, as a program's buffer
does: a kernel that recognises an array instead of reading it is found out. The guard zones before
and after every array must be unchanged after the calls. They hold NaN, so a kernel that reads
outside its input returns NaN.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kernels.support.aligned import LINE
from kernels.support.checks import Array

ZONE = 2048
"""Bytes of each guard zone."""
FILL = 0xFF
"""Byte that fills guard zones: numbers made of it are NaN in every dtype."""


class GateError(AssertionError):
    """A kernel is wrong; the message says where and by how much."""


class OverrunError(GateError):
    """A kernel wrote outside the arrays it was given; memory may be corrupt."""


class Memory:
    """Arrays between guard zones; or, if not `guarded`, arrays that own their memory.

    Guarded arrays begin one number after the start of a cache line, since a caller's arrays are
    aligned to a number and no more.
    """

    def __init__(self, dtype: np.dtype[Any], guarded: bool = True) -> None:
        self.dtype = dtype
        self.guarded = guarded
        self._inputs: dict[tuple[str, tuple[int, ...]], Array] = {}
        self._zones: list[tuple[str, Array]] = []

    def hand_over(self, name: str, contents: Array) -> Array:
        """The array for inputs of this name and shape, filled with new contents."""
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
        """Raise OverrunError if anything was written outside an array."""
        for place, zone in self._zones:
            if zone.min() != FILL:
                raise OverrunError(f"{where}: memory {place} was written to")
