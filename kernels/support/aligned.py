"""Arrays that begin where a cache line does.

Where NumPy's memory begins is a matter of luck, by 16 bytes; vectors that straddle two cache
lines take longer to load, and the same kernel would be up to a third slower in one process than
in the next.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kernels.support.checks import Array

LINE = 64


def empty(shape: tuple[int, ...], dtype: Any) -> Array:
    """An array of this shape, C-ordered, not initialised."""
    dtype = np.dtype(dtype)
    memory = np.empty(math.prod(shape) * dtype.itemsize + LINE, np.uint8)
    start = -memory.ctypes.data % LINE
    place = memory[start : start + math.prod(shape) * dtype.itemsize]
    result: Array = place.view(dtype).reshape(shape)
    return result


def copy(array: Array, dtype: Any = None) -> Array:
    """A copy of an array, converted to `dtype` if one is given."""
    result = empty(array.shape, dtype or array.dtype)
    result[...] = array
    return result
