"""Compile and run the code that an emitter writes, for tests of single emitters."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from llvmlite import ir

from kernels.codegen.emit.layout import Layout
from kernels.codegen.llvm import compiler
from kernels.codegen.llvm.library import Library
from kernels.codegen.llvm.target import Target
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import BIT, INDEX, subroutine
from kernels.parts import architecture

DTYPES = ("float64", "float32")
HOST = Target.host()
ELEMENTS = {"float64": ir.DoubleType(), "float32": ir.FloatType(), "int64": INDEX}
"""LLVM's types of the numbers in arrays, by dtype."""
RESULTS = {None: None, ctypes.c_bool: BIT, ctypes.c_double: ir.DoubleType()}
"""LLVM's types of results, by those of ctypes."""


def writer(dtype: str, target: Target = HOST) -> Vectors:
    """Return a writer of a new module, outside all functions."""
    module = ir.Module("test")
    module.triple = target.triple
    return Vectors(SimpleNamespace(module=module), dtype, target)


def compiled(
    write: Callable[..., Any], v: Vectors, *dtypes: str, result: Any = None
) -> Callable[..., Any]:
    """Return a function of arrays of these dtypes: the code that `write(v, *pointers)` emits."""
    kinds = [ELEMENTS[one].as_pointer() for one in dtypes]
    function = subroutine(
        v, "run", kinds, write, noalias=False, small=False, result=RESULTS[result]
    )
    function.linkage = "external"
    code = compiler.object_code(v.builder.module, v.target)
    library = Library(code, ("run",), {})
    run = library.function("run", result, *[ctypes.c_void_p] * len(dtypes))

    def call(*arrays: Any) -> Any:
        assert tuple(one.dtype.name for one in arrays) == dtypes
        return run(*(one.ctypes.data for one in arrays))

    return call


def run(write: Callable[..., Any], *arrays: Any, result: Any = None) -> Any:
    """Compile the code that `write(v, *pointers)` emits, in the first array's dtype, and run it."""
    dtypes = [one.dtype.name for one in arrays]
    return compiled(write, writer(dtypes[0]), *dtypes, result=result)(*arrays)


def lanes(dtype: str) -> int:
    """Return the numbers of a vector on this machine."""
    return HOST.lanes(dtype)


def layout(
    sizes: tuple[int, ...], dtype: str, activations: tuple[str, ...] | None = None, **others: Any
) -> Layout:
    """Return the layout of a network on this machine."""
    what = architecture.of(sizes)
    return Layout(what._replace(activations=activations or what.activations, **others), dtype, HOST)


def numbers(*shape: int, dtype: str, seed: int = 0) -> Any:
    """Return normal random numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)
