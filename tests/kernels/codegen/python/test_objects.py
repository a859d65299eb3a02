"""Fields of Python's objects, read by compiled code at the places where they were found."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kernels.codegen.llvm import compiler
from kernels.codegen.llvm.library import Library
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import BIT, BYTES, INDEX, index, subroutine
from kernels.codegen.python import objects
from tests.kernels.codegen.emitting import HOST, writer

FIELDS: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any], int]]] = {
    "data": (
        lambda b, head: b.ptrtoint(objects.data(b, head, INDEX), INDEX),
        lambda array: int(array.ctypes.data),
    ),
    "rows": (lambda b, head: objects.length(b, head, 0), lambda array: array.shape[0]),
    "columns": (lambda b, head: objects.length(b, head, 1), lambda array: array.shape[1]),
    "dimensions": (
        lambda b, head: b.zext(objects.dimensions(b, head), INDEX), lambda array: array.ndim
    ),
    "dtype": (
        lambda b, head: objects.field(b, head, objects.DTYPE), lambda array: id(array.dtype)
    ),
}  # fmt: skip
"""How compiled code reads a field of an array, and what it should find."""


def function(write: Callable[..., Any], kinds: list[Any], result: Any) -> Callable[..., Any]:
    """Return compiled code that takes objects, given by their addresses, and integers."""
    v = writer("float64")
    subroutine(v, "run", kinds, write, noalias=False, result=result).linkage = "external"
    library = Library(compiler.object_code(v.builder.module, HOST), ("run",), {})
    returned = ctypes.c_bool if result == BIT else ctypes.c_int64
    return library.function("run", returned, *[ctypes.c_int64] * len(kinds))


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_fields_of_arrays_are_read(name: str, dtype: str) -> None:
    read, true = FIELDS[name]

    def write(v: Vectors, head: Any) -> Any:
        return read(v.builder, head)

    array = np.zeros((3, 5), dtype)
    assert objects.are_known()
    assert function(write, [BYTES], INDEX)(id(array)) == true(array)


def test_slots_are_found_where_values_lie() -> None:
    class Pair:
        __slots__ = ("first", "second")

    class Triple(Pair):
        __slots__ = ("third",)

    found = objects.slots(Triple)
    assert set(found) == {"first", "second", "third"}
    one, marks = Triple(), {name: object() for name in found}
    for name, mark in marks.items():
        setattr(one, name, mark)
    assert {name: objects.word(id(one) + place) for name, place in found.items()} == {
        name: id(mark) for name, mark in marks.items()
    }


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [((0, 8), (8, 8), True), ((8, 8), (0, 8), True), ((0, 9), (8, 8), False),
     ((8, 8), (0, 9), False), ((0, 32), (8, 8), False), ((8, 0), (8, 8), True)],
)  # fmt: skip
def test_stretches_of_memory_are_apart_if_they_share_no_byte(
    a: tuple[int, int], b: tuple[int, int], expected: bool
) -> None:
    def write(v: Vectors, start: Any, other: Any) -> Any:
        return objects.apart(v.builder, start, index(a[1]), other, index(b[1]))

    assert function(write, [BYTES, BYTES], BIT)(4096 + a[0], 4096 + b[0]) is expected
