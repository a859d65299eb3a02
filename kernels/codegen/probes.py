"""Loops that do one thing as fast as the machine can, and a function that does nothing.

The loops are of multiply-adds, reads and activations; `benchmarks.measure.limits` times them. They
release the interpreter's lock, so that several threads can run at once. They are compiled once in a
process, in milliseconds, and not kept on disk.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

from llvmlite import ir

from kernels.codegen.emit.activations import write_activation, write_activations
from kernels.codegen.emit.mathematics import Mathematics
from kernels.codegen.llvm import compiler
from kernels.codegen.llvm.library import Library
from kernels.codegen.llvm.target import Target
from kernels.codegen.llvm.vectors import Registers, Vectors
from kernels.codegen.llvm.writing import (
    BYTES,
    INDEX,
    counting,
    index,
    repeat,
    subroutine,
)
from kernels.codegen.python.builtins import FASTCALL, Definition, new_builtin
from kernels.parts.activation import Activation
from kernels.parts.activations import ACTIVATIONS
from kernels.support.checks import Array

CHAINS = 12
"""Independent multiply-adds in flight: more than latency times units, fewer than registers."""
NUMBERS = {"float64": ctypes.c_double, "float32": ctypes.c_float}
POINTER, COUNT = ctypes.c_void_p, ctypes.c_int64
NONE_IS_IMMORTAL = sys.version_info >= (3, 12)
"""True if CPython does not count references to None."""


def multiply_add(turns: int, factor: Any, summand: Any) -> Any:
    """Repeat a = a factor + summand `turns` times on `CHAINS` vectors that start at 0.

    `factor` and `summand` are NumPy numbers of one dtype. Returns the sum of all lanes.
    """
    dtype = factor.dtype.type
    return dtype(functions(dtype.__name__).multiply_add(turns, factor, summand))


def multiply_adds_a_turn(dtype: str) -> int:
    """How many single multiply-adds a turn of `multiply_add` does."""
    return CHAINS * Target.host().lanes(dtype)


def read(array: Array, times: int) -> Any:
    """Read an array (n,) `times` times from one end to the other; the sum of what was read.

    A remainder of fewer than `CHAINS` vectors is left out. Raises as `activations` does.
    """
    (place,) = places(array)
    dtype = array.dtype.type
    return dtype(functions(array.dtype.name).read(place, array.size, times))


ARITHMETIC: dict[str, Callable[[Mathematics, Any], Any]] = {
    "root": lambda m, z: m.root(m.magnitude(z)),
    "division": lambda m, z: m.div(m.constant(1.0), z),
}
"""Functions that are no activations, of which optimizers are made."""


def activations(name: str, z: Array, out: Array, times: int) -> None:
    """An elementwise activation, or one of `ARITHMETIC`, of z (n,) into out (n,), `times` times.

    Raises KeyError for an unknown name, and TypeError or ValueError unless both are contiguous
    vectors of one length, and of one dtype, float64 or float32.
    """
    source, target = places(z, out)
    whole = z.size - z.size % Target.host().lanes(z.dtype.name)
    activation_function(name, z.dtype.name)(source, target, z.size, whole, times)


def activation(name: str, z: Array, out: Array) -> None:
    """`activations` once."""
    activations(name, z, out, 1)


def places(*arrays: Array) -> tuple[int, ...]:
    """Where the numbers of arrays begin, if compiled code can take these arrays together."""
    first = arrays[0]
    for one in arrays:
        if one.dtype.name not in NUMBERS or one.dtype != first.dtype:
            known = " or ".join(NUMBERS)
            raise TypeError(f"probes take arrays of {known}, got {first.dtype} and {one.dtype}")
        if one.ndim != 1 or one.shape != first.shape or not one.flags.carray:
            raise ValueError("probes take contiguous, aligned, writable vectors of one length")
    return tuple(one.ctypes.data for one in arrays)


@functools.cache
def nothing() -> Callable[..., None]:
    """A builtin function that takes any positional arguments, does nothing, and returns None.

    No other kind of function that takes several arguments is cheaper to call: CPython gives it the
    array in which the arguments are already (METH_FASTCALL).
    """
    module = ir.Module("nothing")
    kind = ir.FunctionType(BYTES, [BYTES, BYTES.as_pointer(), INDEX])
    b = ir.IRBuilder(ir.Function(module, kind, "nothing").append_basic_block("entry"))
    none = index(id(None)).inttoptr(BYTES)
    if not NONE_IS_IMMORTAL:
        count = b.bitcast(none, INDEX.as_pointer())
        b.store(b.add(b.load(count), index(1)), count)
    b.ret(none)
    code = linked(module)
    definition = Definition(b"nothing", code.address("nothing"), FASTCALL, None)
    code.definitions["nothing"] = definition  # read by Python as long as the function exists
    found: Callable[..., None] = new_builtin(ctypes.addressof(definition), code, None)
    return found


# --- compiled code --------------------------------------------------------------------------------


@functools.cache
def functions(dtype: str) -> SimpleNamespace:
    """The compiled functions for a dtype, by name; they take addresses and numbers."""
    module = ir.Module("probes")
    v = Vectors(SimpleNamespace(module=module), dtype, Target.host())
    number, pointer = NUMBERS[dtype], v.scalar.as_pointer()
    kinds: dict[str, tuple[Callable[..., Any], list[Any], Any, list[Any]]] = {
        "multiply_add": (
            write_multiply_add, [INDEX, v.scalar, v.scalar], number, [COUNT, number, number],
        ),
        "read": (write_read, [pointer, INDEX, INDEX], number, [POINTER, COUNT, COUNT]),
    }  # fmt: skip
    for name, (write, types, result, _) in kinds.items():
        returned = None if result is None else v.scalar
        subroutine(v, name, types, write, result=returned, small=False).linkage = "external"
    code = linked(module)
    return SimpleNamespace(
        **{name: code.function(name, result, *c) for name, (*_, result, c) in kinds.items()}
    )


@functools.cache
def activation_function(name: str, dtype: str) -> Callable[..., None]:
    """The compiled function of `activations`; it takes addresses and numbers."""
    module = ir.Module("activation")
    v = Vectors(SimpleNamespace(module=module), dtype, Target.host())
    emit = ARITHMETIC.get(name)
    part: Any = ACTIVATIONS[name] if emit is None else SimpleNamespace(emit=emit)
    pointer, write = v.scalar.as_pointer(), partial(write_activations_of, part)
    kinds = [pointer, pointer, INDEX, INDEX, INDEX]
    subroutine(v, "activations", kinds, write, small=False).linkage = "external"
    found: Callable[..., None] = linked(module).function(
        "activations", None, POINTER, POINTER, COUNT, COUNT, COUNT
    )
    return found


def linked(module: Any) -> Library:
    """The functions of a module, compiled and in memory."""
    target = Target.host()
    module.triple = target.triple
    return Library(compiler.object_code(module, target), compiler.exported(module), {})


def write_multiply_add(v: Vectors, turns: Any, factor: Any, summand: Any) -> Any:
    """Instructions for `multiply_add`."""
    x, y = v.splat(factor), v.splat(summand)
    registers = Registers(v, CHAINS)
    with repeat(v.builder, turns):
        for k in range(CHAINS):
            registers[k] = v.fma(registers[k], x, y)
    return registers.total()


def write_read(v: Vectors, data: Any, count: Any, times: Any) -> Any:
    """Instructions for `read`."""
    b = v.builder
    registers = Registers(v, CHAINS)
    group = index(CHAINS * v.lanes)
    with repeat(b, times), repeat(b, b.udiv(count, group)) as turn:
        start = b.mul(turn, group)
        for k in range(CHAINS):
            place = b.add(start, index(k * v.lanes))
            registers[k] = v.add(registers[k], v.load(data, place))
    return registers.total()


def write_activations_of(
    f: Activation, v: Vectors, z: Any, out: Any, count: Any, whole: Any, times: Any
) -> None:
    """Instructions for `activations`: of the `whole` vectors' numbers, then of those left."""
    b = v.builder
    with repeat(b, times):
        write_activations(v, f, z, out, b.udiv(whole, index(v.lanes)))
        with counting(b, whole, count) as place:
            one = write_activation(v, f, v.load_first(1, z, place))
            v.store_first(1, one, out, place)
