"""Tensors of PyTorch as arrays, for calls that take anything that converts to one."""

from __future__ import annotations

import sys
from typing import Any


def plain(value: Any, name: str = "x") -> Any:
    """A tensor of PyTorch as an array, without gradients; anything else as it is.

    Types of which NumPy has none, such as bfloat16, become float32, in which they are exact.

    Raises
    ------
    TypeError
        If it is complex, quantized, sparse, nested or without data.
    """
    kind = getattr(sys.modules.get("torch"), "Tensor", None)  # a changed package may have none
    if kind is None or not isinstance(value, kind):
        return value
    try:
        if not value.is_complex():
            is_short = value.is_floating_point() and value.dtype.itemsize < 4
            return (value.float() if is_short else value).numpy(force=True)
    except (RuntimeError, TypeError, NotImplementedError):
        pass  # whatever PyTorch says, the reason is one of these
    kinds = {
        "complex": value.is_complex(),
        "quantized": value.is_quantized,
        "nested": value.is_nested,
        "without data (on device meta)": value.is_meta,
    }
    found = next((one for one, is_this in kinds.items() if is_this), str(value.layout))
    raise TypeError(f"{name} must be a dense tensor of real numbers, got one that is {found}")
