"""Arguments of the fuzz: arrays of every kind, and other things, that a plan accepts or refuses.

Each function makes a random argument for a `Caller`, and says whether it must be accepted. Those in
`INPUTS` take the shape that it should have, those in `OUTPUTS` also the input, and those in
`GRADIENTS` the input alone.
"""

from __future__ import annotations

import ctypes
import mmap
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

import kernels

if TYPE_CHECKING:
    from tests.kernels.rungs.fuzz import Caller

Made = tuple[Any, bool]
"""An argument, and whether it must be accepted."""


class Guarded:
    """Memory between two protected pages."""

    def __init__(self, pages: int = 4) -> None:
        page = mmap.PAGESIZE
        self.memory = mmap.mmap(-1, (pages + 2) * page)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        for guard in (start, start + (pages + 1) * page):
            if protect(guard, page, 0):
                raise OSError(ctypes.get_errno(), "mprotect")
        self.bytes = np.frombuffer(self.memory, np.uint8)[page:-page]

    def array(self, shape: tuple[int, ...], dtype: Any, at_end: bool) -> Any:
        """Return an array at the beginning or the end of the memory."""
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        place = self.bytes[self.bytes.size - size :] if at_end else self.bytes[:size]
        return place.view(dtype).reshape(shape)


def guarded(caller: Caller, shape: tuple[int, ...]) -> Made:
    array = caller.pages.array(shape, caller.plan.dtype, bool(caller.generator.integers(2)))
    array[...] = caller.numbers(shape)
    return array, True


def laid_out(caller: Caller, shape: tuple[int, ...]) -> Made:
    array = caller.numbers(shape)
    read_only = array.copy()
    read_only.flags.writeable = False
    misaligned = np.frombuffer(b"x" + array.tobytes(), np.uint8)[1:].view(array.dtype)
    return caller.pick(
        [
            np.asfortranarray(array),
            np.repeat(array, 2, axis=-1)[..., ::2],
            array[..., ::-1],
            array.astype(array.dtype.newbyteorder()),
            read_only,
            misaligned.reshape(shape),
            np.broadcast_to(array[..., :1], shape),
            array.view(Subclass),
        ]
    ), True


def converted(caller: Caller, shape: tuple[int, ...]) -> Made:
    array = caller.generator.integers(-3, 4, shape)
    kinds = [bool, np.int8, np.uint16, np.int64, np.float16, np.float32, np.float64, np.longdouble]
    kind = caller.pick(kinds)
    return (array != 0).astype(kind) if kind is np.uint16 else array.astype(kind), True


def listed(caller: Caller, shape: tuple[int, ...]) -> Made:
    array = caller.numbers(shape)
    return array.tolist(), 0 not in shape


def misshapen(caller: Caller, shape: tuple[int, ...]) -> Made:
    wrong = [
        (*shape[:-1], shape[-1] + 1),
        (*shape[:-1], shape[-1] - 1),
        (*shape[:-1], 0),
        (1, *shape) if len(shape) > 1 else (shape[-1], 1),
        (*shape, 1),
        (),
        (10**6,),
    ]
    return np.zeros(caller.pick(wrong), caller.plan.dtype), False


def resized(caller: Caller, shape: tuple[int, ...]) -> Made:
    array = np.zeros(int(np.prod(shape)) + 7, caller.plan.dtype)
    array.resize(shape, refcheck=False)
    if caller.generator.integers(2):
        array.resize(array.size + 1, refcheck=False)
        return array, False
    return array, True


def of_another_kind(caller: Caller, shape: tuple[int, ...]) -> Made:
    array = caller.numbers(shape)
    wrong: list[Any] = [
        array.astype(complex), array.astype("U8"), array.astype(object), array.astype("S8"),
        np.zeros(shape, "M8[s]"), np.zeros(shape, "m8[s]"), np.zeros(shape, "V8"),
        np.ma.masked_array(array, array > 0), None, "text", b"bytes", {}, object(), ...,
        [[1], [2, 3]], 3.0, np.float64(3.0), [None] * shape[-1],
    ]  # fmt: skip
    return caller.pick(wrong), False


def no_out(caller: Caller, shape: tuple[int, ...], given: Any) -> Made:
    return None, True


def guarded_out(caller: Caller, shape: tuple[int, ...], given: Any) -> Made:
    array = caller.outputs.array(shape, caller.plan.dtype, bool(caller.generator.integers(2)))
    array[...] = np.nan
    return array, True


def subclass_out(caller: Caller, shape: tuple[int, ...], given: Any) -> Made:
    return np.full(shape, np.nan, caller.plan.dtype).view(Subclass), True


def wrong_out(caller: Caller, shape: tuple[int, ...], given: Any) -> Made:
    dtype = caller.plan.dtype
    read_only = np.zeros(shape, dtype)
    read_only.flags.writeable = False
    other = np.float32 if dtype == np.float64 else np.float64
    misaligned = np.zeros(int(np.prod(shape)) * dtype.itemsize + 1, np.uint8)[1:].view(dtype)
    wrong: list[Any] = [
        np.zeros(shape, other), np.zeros(shape, dtype.newbyteorder()), np.zeros(shape, "i8"),
        np.zeros((*shape, 1), dtype), np.zeros((*shape[:-1], shape[-1] + 1), dtype),
        np.zeros((), dtype), np.zeros(shape, complex), [0.0] * shape[-1], "out", 0.0,
        np.ma.zeros(shape, dtype),
    ]  # fmt: skip
    if 0 not in shape:
        wrong += [read_only, misaligned.reshape(shape)]
    if shape[-1] > 1:
        wrong += [np.zeros((*shape[:-1], 2 * shape[-1]), dtype)[..., ::2]] * (0 not in shape)
    return caller.pick(wrong), False


def overlapping_out(caller: Caller, shape: tuple[int, ...], given: Any) -> Made:
    """Return a part of the input's memory, if the input is an array of the right dtype."""
    if not isinstance(given, np.ndarray) or given.dtype != caller.plan.dtype:
        return None, True
    count = int(np.prod(shape))
    if not given.flags.carray or given.size < count or not count:
        return None, True
    flat = given.view(np.ndarray).reshape(-1)
    start = caller.generator.integers(given.size - count + 1)
    return flat[start : start + count].reshape(shape), False


def not_finite(caller: Caller, shape: tuple[int, ...]) -> Made:
    array, _ = guarded(caller, shape)
    array[caller.generator.integers(array.size)] = caller.pick([np.nan, np.inf, -np.inf])
    return array, False


def no_gradient(caller: Caller, given: Any) -> Made:
    return None, True


def guarded_gradient(caller: Caller, given: Any) -> Made:
    at_end = bool(caller.generator.integers(2))
    theta = caller.pages.array(caller.theta.shape, caller.plan.dtype, at_end)
    kind = caller.pick([kernels.Gradient, kernels.Gradient, GradientOfMine])
    sizes = caller.pick([caller.sizes, (*caller.sizes[:1], *caller.sizes[1:])])
    return kind(caller.pick([0.5, None, "cost"]), theta, sizes), True


def wrong_gradient(caller: Caller, given: Any) -> Made:
    n, dtype = caller.theta.size, caller.plan.dtype
    theta = np.zeros(n, dtype)
    read_only = np.zeros(n, dtype)
    read_only.flags.writeable = False
    other = np.float32 if dtype == np.float64 else np.float64
    misaligned = np.zeros(n * dtype.itemsize + 1, np.uint8)[1:].view(dtype)
    wrong_thetas: list[Any] = [
        read_only, misaligned, np.zeros(2 * n, dtype)[::2], np.zeros(n, other),
        np.zeros(n - 1, dtype),
        np.zeros(n + 1, dtype), np.zeros((n, 1), dtype), np.zeros((), dtype), theta.tolist(), None,
        np.zeros(n, dtype.newbyteorder()), np.ma.zeros(n, dtype), "theta",
    ]  # fmt: skip
    made = [kernels.Gradient(0.0, one, caller.plan.sizes) for one in wrong_thetas]
    sizes: list[Any] = [caller.sizes[::-1], (*caller.sizes, 1), (), None, 7, "sizes"]
    made += [kernels.Gradient(0.0, theta, one) for one in sizes]
    never_filled = object.__new__(kernels.Gradient)
    return caller.pick([*made, never_filled, theta, "gradient", 0.0, kernels.Gradient]), False


def overlapping_gradient(caller: Caller, given: Any) -> Made:
    """Return a gradient whose theta has a part of the input's memory."""
    n, dtype = caller.theta.size, caller.plan.dtype
    if not isinstance(given, np.ndarray) or given.dtype != dtype or not given.flags.carray:
        return None, True
    if np.ma.isMaskedArray(given) or given.size < n:
        return None, True
    flat = given.view(np.ndarray).reshape(-1)
    start = caller.generator.integers(given.size - n + 1)
    return kernels.Gradient(0.0, flat[start : start + n], caller.plan.sizes), False


class GradientOfMine(kernels.Gradient):
    """A subclass of Gradient, which counts as a gradient."""


class Subclass(np.ndarray):
    """A subclass of ndarray, which counts as an array."""


INPUTS: list[Callable[..., Made]] = [
    guarded, guarded, guarded, laid_out, laid_out, converted, listed, resized, misshapen,
    of_another_kind,
]  # fmt: skip
OUTPUTS: list[Callable[..., Made]] = [
    no_out, guarded_out, guarded_out, guarded_out, subclass_out, wrong_out, overlapping_out,
]  # fmt: skip
GRADIENTS: list[Callable[..., Made]] = [
    no_gradient, guarded_gradient, guarded_gradient, guarded_gradient, wrong_gradient,
    overlapping_gradient,
]  # fmt: skip
