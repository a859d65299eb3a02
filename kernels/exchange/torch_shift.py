"""The layer that subtracts a network's shift; this file alone imports PyTorch when it is imported.

Its class is in a module, so that pickles find it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


class Shift(torch.nn.Module):  # type: ignore[misc]
    """The layer x - shift, which subtracts in float64 and gives the dtype of the next layer.

    Parameters
    ----------
    shift : (s_1,) float64
        It stays float64 in `.float()` and its like: it is there to keep digits.
    dtype : torch.dtype of the result, which `.float()` and its like change
    """

    def __init__(self, shift: Any, dtype: Any) -> None:
        super().__init__()
        self.shift: Any
        self.register_buffer("shift", shift)
        self.dtype = dtype

    def forward(self, x: Any) -> Any:
        """x (..., s_1) less the shift."""
        return (x - self.shift).to(self.dtype)

    def _apply(self, fn: Callable[[Any], Any], recurse: bool = True) -> Shift:
        kept = self.shift
        super()._apply(fn, recurse)
        if self.shift.dtype != kept.dtype:
            self.shift = kept.to(self.shift.device)
        self.dtype = fn(torch.empty(0, dtype=self.dtype)).dtype
        return self
