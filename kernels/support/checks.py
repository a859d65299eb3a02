"""Checks and conversions of arguments, with all error messages about them.

Each function returns a value that kernels can rely on, or raises TypeError (wrong kind of object)
or ValueError (right kind, wrong value) with what was expected and what was passed. A check takes a
microsecond or two, so plans and `output` first make a faster test that accepts most arguments.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterable
from contextvars import Context
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kernels.support.tensors import plain

Array = NDArray[Any]
Shape = tuple[int | None, ...]
"""A shape in which None stands for any length."""

DTYPES = ("float64", "float32")
FLOAT64 = np.dtype(np.float64)

Result = TypeVar("Result")
SILENT = Context()
"""A context in which NumPy does not warn of overflow, NaN and the like."""
SILENT.run(np.seterr, all="ignore")


def silently(compute: Callable[..., Result], *arguments: Any) -> Result:
    """Call a function without NumPy's warnings; `np.errstate` takes ten times as long to set up."""
    return SILENT.copy().run(compute, *arguments)


def sizes(value: Iterable[int]) -> tuple[int, ...]:
    """Return nodes per layer as a tuple: at least two layers, at least one node in each."""
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise TypeError(f"sizes must be a sequence of integers such as (3, 3, 1), got {value!r}")
    result = tuple(integer(item, "a layer size", minimum=1) for item in value)
    if len(result) < 2:
        raise ValueError(f"sizes must name two layers or more, got {result}")
    return result


def integer(value: Any, name: str, minimum: int) -> int:
    """Return an integer that is at least `minimum`; floats and bools are TypeErrors."""
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    try:
        result = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}") from None
    if result < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {result}")
    return result


def real(value: Any, name: str, dtype: np.dtype[Any] | None = None) -> float:
    """Return a finite real number; with `dtype`, one that is finite in that dtype too."""
    if isinstance(value, str | bytes | bool):
        raise TypeError(f"{name} must be a real number, got {value!r}")
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name} must be a real number, got {value!r}") from None
    converted = result
    if dtype is not None and dtype.itemsize < FLOAT64.itemsize:
        with np.errstate(over="ignore"):
            converted = float(dtype.type(result))
    if not math.isfinite(converted):
        where = "" if math.isinf(converted) == math.isinf(result) else f" in {dtype}"
        raise ValueError(f"{name} must be finite{where}, got {result}")
    return result


def dtype(value: Any) -> np.dtype[Any]:
    """Return float64 or float32 as a NumPy dtype in native byte order."""
    try:
        result: np.dtype[Any] = np.dtype(value)
    except TypeError:
        raise TypeError(f"dtype must be one of {', '.join(DTYPES)}, got {value!r}") from None
    if result.name not in DTYPES or not result.isnative:
        raise ValueError(f"dtype must be one of {', '.join(DTYPES)}, got {named(result)}")
    return np.dtype(result.name)  # NumPy's own instance: unpickled dtypes are others


def named(dtype: np.dtype[Any]) -> str:
    """Return a dtype's name for a message: `float16`, not `<f2`."""
    return dtype.name if dtype.isnative else f"{dtype.name} in the other byte order"


def near(name: str, known: Iterable[str]) -> str:
    """Return the hint `: is tanh meant?` for a misspelt name; "" if no known name is similar."""
    import difflib

    found = difflib.get_close_matches(name.lower(), list(known), 1, 0.7)
    return f": is {found[0]} meant?" if found else ""


def matches(shape: tuple[int, ...], expected: Shape) -> bool:
    """Return True if `shape` is `expected`."""
    return shape == expected or (
        len(shape) == len(expected)
        and all(want is None or have == want for have, want in zip(shape, expected, strict=True))
    )


def describe(shape: Shape) -> str:
    """Return a shape for a message, with m for None: `(m, 3)` for `(None, 3)`."""
    inside = ", ".join("m" if length is None else str(length) for length in shape)
    return f"({inside},)" if len(shape) == 1 else f"({inside})"


def is_masked(value: Any) -> bool:
    """Return True for a masked array, whose mask a plain conversion would silently drop."""
    masked = sys.modules.get("numpy.ma")
    return masked is not None and isinstance(value, masked.MaskedArray)


def array(
    value: Any, dtype: np.dtype[Any], shape: Shape, name: str, other: str | None = None
) -> Array:
    """Return `value` as a plain array of `dtype`, C-ordered, aligned and writable.

    Parameters
    ----------
    value : booleans, integers or real floating-point numbers, of any width, byte order and layout
    dtype : the result's dtype
    shape : the shape that is required
    name : the argument's name, for messages
    other : the operation that takes one dimension more or less, for a hint in the message

    Returns
    -------
    array
        It may share memory with `value`. A read-only array is copied, because compiled code has
        another type for it.

    Raises
    ------
    TypeError
        If `value` holds complex numbers, text, objects or dates, or is a masked array.
    ValueError
        If it is ragged or has another shape.
    """
    if is_masked(value):
        raise TypeError(f"{name} must be a plain array, got a masked one: fill it first")
    try:
        raw = np.asarray(plain(value, name))
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array of numbers: {error}") from None
    if raw.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold real numbers, got dtype {named(raw.dtype)}")
    if not matches(raw.shape, shape):
        hint = ""
        if other is not None and {raw.ndim, len(shape)} == {1, 2} and raw.shape[-1:] == shape[-1:]:
            what = "one sample" if raw.ndim == 1 else "samples as rows"
            hint = f": {other} takes {what}"
        raise ValueError(f"{name} must have shape {describe(shape)}, got {raw.shape}{hint}")
    if raw.dtype != dtype or not raw.flags.carray:
        return raw.astype(dtype, "C")
    # unpickled arrays have a dtype of their own, which compiled code does not know
    return raw if raw.dtype is dtype else raw.view(dtype)


def output(
    out: Any, dtype: np.dtype[Any], shape: tuple[int, ...], source: Array, name: str = "out"
) -> Array:
    """Return `out` if a result can be written into it, or a new array if it is None.

    It must be a plain, C-ordered, aligned, writable array of exactly this dtype and shape that does
    not overlap the input `source`; anything else is a TypeError or ValueError.
    """
    if out is None:
        return np.empty(shape, dtype)
    if (
        type(out) is np.ndarray
        and out.dtype is dtype
        and out.shape == shape
        and out.flags.carray
        and out.base is None  # two arrays that own their memory cannot overlap
        and source.base is None
        and out is not source
    ):
        return out
    if not isinstance(out, np.ndarray):
        raise TypeError(f"{name} must be a NumPy array, got {type(out).__name__}")
    if is_masked(out):
        raise TypeError(f"{name} must be a plain array, got a masked one")
    if out.dtype != dtype or not out.dtype.isnative:
        raise TypeError(f"{name} must have dtype {dtype}, got {named(out.dtype)}")
    if out.shape != shape:
        raise ValueError(f"{name} must have shape {describe(shape)}, got {out.shape}")
    if not out.flags.carray:
        raise ValueError(f"{name} must be C-ordered, aligned and writable")
    if overlap(source, out):
        raise ValueError(f"{name} must not overlap the input")
    return out


def overlap(first: Array, second: Array) -> bool:
    """Return True if two arrays share an element."""
    return np.may_share_memory(first, second) and np.shares_memory(first, second)


def parameters(value: Any, count: int, name: str = "theta") -> Array:
    """Return `count` finite parameters as a new flat float64 array."""
    result = array(value, np.dtype(np.float64), (count,), name)
    lost = count - np.count_nonzero(np.isfinite(result))
    if lost:
        raise ValueError(f"{name} must be finite, got NaN or infinity in {lost} of {count} numbers")
    return result.copy()
