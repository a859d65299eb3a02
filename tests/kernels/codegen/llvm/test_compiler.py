"""From LLVM IR to object code, and from object code to functions."""

from __future__ import annotations

import ctypes
import gc
import weakref
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kernels.codegen.llvm import compiler
from kernels.codegen.llvm.library import Library
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import DOUBLE, INDEX, external, index, repeat, subroutine
from tests.kernels.codegen.emitting import HOST, writer


def module_of_two() -> Any:
    """Return a module with a function `twice` for Python, which calls one of its own."""
    v = writer("float64")

    def write_sum(v: Vectors, a: Any, b: Any) -> Any:
        return v.builder.add(a, b)

    def write_twice(v: Vectors, a: Any) -> Any:
        inner = subroutine(v, "sum", [INDEX, INDEX], write_sum, result=INDEX)
        return v.builder.call(inner, [a, a])

    function = subroutine(v, "twice", [INDEX], write_twice, result=INDEX)
    function.linkage = "external"
    return v.builder.module


def test_exported_functions_are_those_that_can_be_called_from_outside() -> None:
    module = module_of_two()
    external(SimpleNamespace(module=module), "llvm.sqrt.f64", DOUBLE, DOUBLE)
    assert compiler.exported(module) == ("twice",)


def test_object_code_is_linked_and_called() -> None:
    module = module_of_two()
    library = Library(compiler.object_code(module, HOST), compiler.exported(module), {})
    twice = library.function("twice", ctypes.c_int64, ctypes.c_int64)
    assert [twice(k) for k in (0, 21, -4)] == [0, 42, -8]
    assert library.names == {"twice"}


def test_equal_modules_give_equal_code() -> None:
    first, second = (compiler.object_code(module_of_two(), HOST) for _ in range(2))
    assert first == second


def test_code_exists_as_long_as_one_of_its_functions() -> None:
    module = module_of_two()
    library = Library(compiler.object_code(module, HOST), ("twice",), {})
    twice = library.function("twice", ctypes.c_int64, ctypes.c_int64)
    alive = weakref.ref(library)
    del library
    gc.collect()
    assert alive() is not None
    assert twice(4) == 8
    del twice
    gc.collect()
    assert alive() is None


def test_a_listing_is_llvm_ir_or_assembly() -> None:
    module = module_of_two()
    assert "define i64 @twice(i64" in compiler.listing(module, HOST, assembly=False)
    assembly = compiler.listing(module, HOST, assembly=True)
    assert "twice:" in assembly
    assert "define" not in assembly


def test_loops_are_not_vectorized_again() -> None:
    """A loop over single numbers stays one: vectors are written, never found."""
    v = writer("float64")

    def write(v: Vectors, data: Any, count: Any) -> None:
        with repeat(v.builder, count) as k:
            place = v.builder.gep(data, [k])
            v.builder.store(v.builder.fadd(v.builder.load(place), v.scalar(1.0)), place)

    function = subroutine(v, "add", [v.scalar.as_pointer(), INDEX], write, small=False)
    function.linkage = "external"
    text = compiler.listing(v.builder.module, HOST, assembly=False)
    assert "fadd double" in text
    assert "x double>" not in text
    code = compiler.object_code(v.builder.module, HOST)
    call = Library(code, ("add",), {}).function("add", None, ctypes.c_void_p, ctypes.c_int64)
    data = np.zeros(9)
    call(data.ctypes.data, 8)
    assert data.tolist() == [1] * 8 + [0]


def test_wrong_ir_is_refused() -> None:
    v = writer("float64")

    def write(v: Vectors) -> Any:
        return index(1)

    subroutine(v, "wrong", [], write, result=v.scalar)
    with pytest.raises(RuntimeError, match="parsing"):
        compiler.object_code(v.builder.module, HOST)
