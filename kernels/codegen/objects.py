"""NumPy arrays as Python hands them over, checked by the compiled code itself.

Numba's dispatcher finds out the type of each argument before it calls compiled code, which costs
30 ns an array, and its wrapper copies what it knows of the array, another 25: for the smallest
network that is more than all arithmetic. Here compiled code gets the objects as they are. It looks
whether each is a plain array of the plan's dtype, one-dimensional, contiguous, aligned, long enough
and, for the result, writable: a dozen comparisons of numbers that stand in the array's head, whose
order is part of NumPy's binary interface (`PyArrayObject`). Whatever it does not know it refuses,
untouched, and Python explains or converts. Nothing is trusted but the parameters, which are ours.
"""

from __future__ import annotations

import ctypes
import functools
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import NativeValue, models, register_model, unbox

from kernels.codegen.subroutines import INDEX, index

WORD = 8
TYPE, DATA, NDIM, SHAPE, DTYPE, FLAGS = (WORD * k for k in (1, 2, 3, 4, 7, 8))
"""Where in an array's head its fields stand, in bytes."""
CONTIGUOUS, ALIGNED, WRITABLE = 0x1, 0x100, 0x400
INT = ir.IntType(32)


class PythonObject(types.Type):  # type: ignore[misc]
    """Any object, as a pointer to its head."""

    def __init__(self) -> None:
        super().__init__(name="python_object")


python_object = PythonObject()
register_model(PythonObject)(models.OpaqueModel)


@unbox(PythonObject)
def _as_it_is(typ: Any, obj: Any, c: Any) -> Any:
    return NativeValue(obj)


@functools.cache
def head_is_known() -> bool:
    """Whether arrays of this NumPy and this Python lie in memory as expected."""
    array = np.zeros((3, 5))[1]

    def at(offset: int, kind: Any = ctypes.c_ssize_t) -> int:
        return int(kind.from_address(id(array) + offset).value)

    return (
        ctypes.sizeof(ctypes.c_void_p) == WORD
        and np.ndarray.__basicsize__ > FLAGS
        and object.__basicsize__ == 2 * WORD
        and at(TYPE) == id(np.ndarray)
        and at(DATA) == array.ctypes.data
        and at(NDIM, ctypes.c_int) == 1
        and ctypes.c_ssize_t.from_address(at(SHAPE)).value == 5
        and at(DTYPE) == id(array.dtype)
        and at(FLAGS, ctypes.c_int) == array.flags.num
    )


def field(builder: Any, head: Any, offset: int, kind: Any = INDEX) -> Any:
    """A field of an array's head."""
    place = builder.gep(head, [index(offset)])
    return builder.load(builder.bitcast(place, kind.as_pointer()))


def data(builder: Any, head: Any, scalar: Any) -> Any:
    """Where an array's numbers begin."""
    return field(builder, head, DATA, scalar.as_pointer())


def is_array(
    builder: Any, head: Any, like: Any, shapes: tuple[tuple[int, ...], ...], flags: int
) -> Any:
    """Whether an object is a plain array of one of these shapes, with the type and dtype of `like`.

    Its fields are looked at only once it is known to be an array.
    """
    result = cgutils.alloca_once_value(builder, cgutils.false_bit)
    has_type = builder.icmp_unsigned("==", field(builder, head, TYPE), field(builder, like, TYPE))
    with builder.if_then(has_type, likely=True):
        has_dtype = builder.icmp_unsigned(
            "==", field(builder, head, DTYPE), field(builder, like, DTYPE)
        )
        flagged = builder.and_(field(builder, head, FLAGS, INT), INT(flags))
        lies_right = builder.icmp_signed("==", flagged, INT(flags))
        plain = builder.and_(has_dtype, lies_right)
        for shape in shapes:
            there = builder.icmp_signed("==", field(builder, head, NDIM, INT), INT(len(shape)))
            with builder.if_then(builder.and_(plain, there), likely=shape == shapes[0]):
                counts = builder.inttoptr(field(builder, head, SHAPE), INDEX.as_pointer())
                fits = cgutils.true_bit
                for axis, count in enumerate(shape):
                    found = builder.load(builder.gep(counts, [index(axis)]))
                    fits = builder.and_(fits, builder.icmp_signed("==", found, index(count)))
                builder.store(fits, result)
    return builder.load(result)


def alike(builder: Any, one: Any, other: Any) -> Any:
    """Whether two arrays have as many dimensions."""
    counts = (field(builder, head, NDIM, INT) for head in (one, other))
    return builder.icmp_signed("==", *counts)


def apart(builder: Any, a: Any, a_bytes: int, b: Any, b_bytes: int) -> Any:
    """Whether two stretches of memory share no byte."""
    a, b = (builder.ptrtoint(start, INDEX) for start in (a, b))
    return builder.or_(
        builder.icmp_unsigned("<=", builder.add(a, index(a_bytes)), b),
        builder.icmp_unsigned("<=", builder.add(b, index(b_bytes)), a),
    )
