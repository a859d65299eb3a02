"""The type of NumPy arrays, defined here because the old `kernels` that asv times lack it."""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
