"""Arrays aligned to cache lines.

NumPy aligns memory to 16 bytes only. Vector loads that cross a cache line take longer, and whether
they do would change from process to process: the same kernel was up to a third slower in some.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kernels.support.checks import Array

LINE = 64
"""Bytes in a cache line."""


def empty(shape: tuple[int, ...], dtype: Any) -> Array:
    """Return an uninitialised C-ordered array that begins at a cache line."""
    dtype = np.dtype(dtype)
    memory = np.empty(math.prod(shape) * dtype.itemsize + LINE, np.uint8)
    start = -memory.__array_interface__["data"][0] % LINE
    result: Array = np.ndarray(shape, dtype, memory, start)
    return result


def copy(array: Array, dtype: Any = None) -> Array:
    """Return an aligned copy of an array, converted to `dtype` if one is given."""
    result = empty(array.shape, dtype or array.dtype)
    result[...] = array
    return result
