"""Loops that do nothing but one thing, as fast as the machine can: multiply-adds, reads, sigmoids,
calls.

`benchmarks.measure.limits` times them. They release the interpreter's lock, so that several
threads can run at once. None is kept on disk: Numba would not notice that what they are written
with has changed.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from numba import njit, types
from numba.extending import intrinsic

from kernels.codegen.activations import write_activations
from kernels.codegen.objects import python_object
from kernels.codegen.subroutines import index, repeat
from kernels.codegen.vectors import Registers, Vectors, lanes
from kernels.support import numba_cache

CHAINS = 12
"""Independent multiply-adds in flight: more than latency times units, fewer than registers."""


@intrinsic
def _chains(typingctx: Any, turns: Any, factor: Any, summand: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        v = Vectors(builder, factor)
        count, x, y = arguments[0], v.splat(arguments[1]), v.splat(arguments[2])
        registers = Registers(v, CHAINS)
        with repeat(builder, count):
            for k in range(CHAINS):
                registers[k] = v.fma(registers[k], x, y)
        return registers.total()

    return factor(types.intp, factor, factor), code


@njit(nogil=True)
def multiply_add(turns: int, factor: Any, summand: Any) -> Any:
    """`turns` times `CHAINS` vectors of a = a factor + summand; their sum."""
    return _chains(turns, factor, summand)


def multiply_adds_a_turn(dtype: str) -> int:
    """How many single multiply-adds a turn of `multiply_add` does."""
    return CHAINS * lanes(getattr(types, dtype))


@intrinsic
def _sum(typingctx: Any, array: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        v = Vectors(builder, array.dtype)
        source = context.make_array(signature.args[0])(context, builder, arguments[0])
        registers = Registers(v, CHAINS)
        group = CHAINS * v.lanes
        count = builder.extract_value(source.shape, 0)
        with repeat(builder, builder.udiv(count, index(group))) as turn:
            start = builder.mul(turn, index(group))
            places = [builder.add(start, index(k * v.lanes)) for k in range(CHAINS)]
            for k, place in enumerate(places):
                registers[k] = v.add(registers[k], v.load(source.data, place))
        return registers.total()

    return array.dtype(array), code


@njit(nogil=True)
def read(array: Any, times: int) -> Any:
    """Read an array (n,) `times` times from one end to the other; the sum of what was read.

    A remainder of fewer than `CHAINS` vectors is left out.
    """
    total = array.dtype.type(0)
    for _ in range(times):
        total += _sum(array)
    return total


@functools.cache
def nothing() -> Callable[[Any, Any, Any], None]:
    """Compiled code that does nothing, called in the cheapest way there is.

    Its arguments, parameters, input and output, are handed over unseen (`kernels.codegen.objects`).
    """
    signature = types.void(*(python_object,) * 3)
    (code,) = numba_cache.compile_cached(_ignore, signature, _nrt=False).overloads.values()
    entry: Callable[[Any, Any, Any], None] = code.entry_point
    return entry


def _ignore(_a: Any, _b: Any, _c: Any) -> None:
    pass


@njit
def nothing_0() -> None:
    """What a call of compiled code through Numba's dispatcher costs by itself."""


@njit
def nothing_1(_a: Any) -> None:
    """The same with an array."""


@njit
def nothing_3(_a: Any, _b: Any, _c: Any) -> None:
    """The same with three arrays: parameters, input and output."""


@njit
def nothing_5(_a: Any, _b: Any, _c: Any, _d: Any, _e: Any) -> None:
    """The same with five arrays."""


@intrinsic
def _whole_vectors(typingctx: Any, z: Any, out: Any) -> Any:
    """The sigmoid of as many leading elements as fill whole vectors; how many they are."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        v = Vectors(builder, z.dtype)
        source, target = (
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args, arguments, strict=True)
        )
        count = builder.udiv(builder.extract_value(source.shape, 0), index(v.lanes))
        write_activations(v, "logistic", source.data, target.data, count)
        return builder.mul(count, index(v.lanes))

    return types.intp(z, out), code


@njit(error_model="numpy")
def sigmoid(z: Any, out: Any) -> None:
    """The sigmoid of z (n,) into out (n,), both contiguous and of one dtype."""
    one = z.dtype.type(1)
    for k in range(_whole_vectors(z, out), z.size):
        out[k] = one / (one + math.exp(-z[k]))


@njit(nogil=True)
def sigmoids(z: Any, out: Any, times: int) -> None:
    """The sigmoid of z (n,) into out (n,), `times` times."""
    for _ in range(times):
        sigmoid(z, out)
