"""The type of NumPy arrays; asv's old commits have no place for it."""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
