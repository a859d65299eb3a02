"""Python's objects as compiled code sees them: fields at fixed places in memory.

The heads of objects are part of the binary interfaces of Python and NumPy (`PyArrayObject`).
Everything that compiled code relies on is verified once in every process (`are_known`). Where it
differs there are no native entries: Python checks arrays, and compiled code gets addresses only.
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import sys
from typing import Any

import numpy as np
from llvmlite import ir

from kernels.codegen.llvm.writing import BYTES, INDEX, INT, index
from kernels.results import Gradient

WORD = 8
"""Bytes of a pointer."""
COUNT, TYPE = 0, WORD
"""Where an object has its reference count and its type, in bytes."""
DATA, NDIM, SHAPE, STRIDES, DTYPE, FLAGS = (WORD * k for k in (2, 3, 4, 5, 7, 8))
"""Where an array has its fields."""
ITEMS = tuple.__basicsize__
"""Where a tuple has its first item."""
CONTIGUOUS, ALIGNED, WRITABLE = 0x1, 0x100, 0x400
"""Bits of an array's flags."""


def word(place: int, kind: Any = ctypes.c_ssize_t) -> int:
    """The number at an address in memory."""
    return int(kind.from_address(place).value or 0)


@functools.cache
def slots(kind: type) -> dict[str, int]:
    """Where instances of a class with `__slots__` have each of their attributes, in bytes."""
    found = {}
    for name in names_of(kind):
        one: Any = object.__new__(kind)
        mark = object()
        object.__setattr__(one, name, mark)
        places = range(2 * WORD, kind.__basicsize__, WORD)
        (found[name],) = (k for k in places if word(id(one) + k) == id(mark))
    return found


def names_of(kind: type) -> list[str]:
    """The names of a class's slots."""
    return [name for one in kind.__mro__ for name in getattr(one, "__slots__", ())]


@functools.cache
def are_known() -> bool:
    """True if objects of this Python and this NumPy lie in memory as expected.

    Without an interpreter lock, nothing could be relied on.
    """
    locked = getattr(sys, "_is_gil_enabled", lambda: True)()
    if not locked or sys.implementation.name != "cpython":
        return False
    if ctypes.sizeof(ctypes.c_void_p) != WORD or object.__basicsize__ != 2 * WORD:
        return False
    array, pair = np.zeros((3, 5))[1], (object(), object())
    head = id(array)
    try:
        known = set(slots(Gradient)) == set(Gradient.__slots__)
    except ValueError:
        return False
    return (
        known
        and is_counted(array)
        and np.ndarray.__basicsize__ > FLAGS
        and word(head + TYPE) == id(np.ndarray)
        and word(head + DATA) == array.ctypes.data
        and word(head + NDIM, ctypes.c_int) == 1
        and word(word(head + SHAPE)) == 5
        and word(word(head + STRIDES)) == 8
        and word(head + DTYPE) == id(array.dtype)
        and word(head + FLAGS, ctypes.c_int) == array.flags.num
        and [word(id(pair) + ITEMS + k * WORD) for k in (0, 1)] == list(map(id, pair))
        and numpy_function(NEW_ARRAY) is not None
    )


def address(array: Any) -> int:
    """The address of an array's first number: `array.ctypes.data`, but a microsecond faster."""
    if not are_known():
        return int(array.ctypes.data)
    found: int = ctypes.c_ssize_t.from_address(id(array) + DATA).value
    return found


def is_counted(one: Any) -> bool:
    """True if an object's references are counted as expected."""
    before = word(id(one))
    another = [one]
    return word(id(another[0])) == before + 1


NDARRAY_TYPE, NEW_ARRAY = 2, 94
"""Places in NumPy's table of functions for C: the type of arrays, `PyArray_NewFromDescr`."""


pointer_in: Any = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_char_p)(
    ("PyCapsule_GetPointer", ctypes.pythonapi)
)
"""pointer_in(capsule, name): the address that a capsule holds."""


def numpy_function(number: int) -> int | None:
    """The address of a function that NumPy offers to C; None if its table is not as expected."""
    try:
        module = importlib.import_module("numpy._core._multiarray_umath")
    except ImportError:
        return None
    table = pointer_in(module._ARRAY_API, None)
    if word(table + NDARRAY_TYPE * WORD) != id(np.ndarray):
        return None
    return word(table + number * WORD)


def field(builder: Any, head: Any, offset: int, kind: Any = INDEX) -> Any:
    """A field of an object."""
    return builder.load(place(builder, head, offset, kind))


def place(builder: Any, head: Any, offset: int, kind: Any = INDEX) -> Any:
    """Where an object has a field."""
    return builder.bitcast(builder.gep(head, [index(offset)], inbounds=True), kind.as_pointer())


def data(builder: Any, head: Any, scalar: Any) -> Any:
    """Where an array's numbers begin."""
    return field(builder, head, DATA, scalar.as_pointer())


def length(builder: Any, head: Any, axis: int) -> Any:
    """The length of an array along an axis."""
    return builder.load(
        builder.gep(field(builder, head, SHAPE, INDEX.as_pointer()), [index(axis)], inbounds=True)
    )


def dimensions(builder: Any, head: Any) -> Any:
    """The number of an array's axes."""
    return field(builder, head, NDIM, INT)


def retain(builder: Any, head: Any) -> None:
    """Count one more reference to an object that is not immortal."""
    count = place(builder, head, COUNT)
    builder.store(builder.add(builder.load(count), index(1)), count)


def apart(builder: Any, a: Any, a_bytes: Any, b: Any, b_bytes: Any) -> Any:
    """Whether two stretches of memory share no byte."""
    a, b = (builder.ptrtoint(start, INDEX) for start in (a, b))
    return builder.or_(
        builder.icmp_unsigned("<=", builder.add(a, a_bytes), b),
        builder.icmp_unsigned("<=", builder.add(b, b_bytes), a),
    )


def is_null(builder: Any, head: Any) -> Any:
    """Whether a pointer leads nowhere."""
    return builder.icmp_unsigned("==", builder.ptrtoint(head, INDEX), index(0))


NULL = BYTES(None)


def external_object(builder: Any, name: str) -> Any:
    """One of Python's own objects."""
    found = builder.module.globals.get(name)
    if found is None:
        found = ir.GlobalVariable(builder.module, ir.IntType(8), name)
        found.linkage = "external"
    return found
