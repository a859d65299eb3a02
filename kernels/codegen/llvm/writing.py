"""Loops, local variables and functions in LLVM IR, which the emitters write with.

LLVM IR is the language that LLVM compiles, an assembly language for no processor in particular.
llvmlite's *builder* stands at a place in a function and writes one instruction after another there.
What it returns is an LLVM *value*: no number, but the name of one that will exist when the code
runs. So an `if` or a `for` in Python decides what is written; an `if_then` of the builder, or
`repeat` here, is written, and decides when the code runs.

    gep       the address of an element: start + index, in numbers (*get element pointer*)
    alloca    memory on the stack until the function returns
    phi       a value that depends on where the code came from, as a loop's index does
    select    one of two values, without a jump

Functions keep the code short, and with it the time it takes to compile, however deep or wide a
network is: they are written once and called for every layer that needs them, with the lengths of
their loops as arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from kernels.support.aligned import LINE

INDEX = ir.IntType(64)
"""Lengths, places and counts."""
BIT = ir.IntType(1)
"""False or true."""
INT = ir.IntType(32)
"""C's `int`."""
DOUBLE = ir.DoubleType()
BYTES = ir.IntType(8).as_pointer()
"""A pointer to whatever it may be: C's `void *`."""
FALSE, TRUE = BIT(0), BIT(1)


def index(value: int) -> Any:
    """A number known to the emitter, as an LLVM value."""
    return ir.Constant(INDEX, value)


def as_index(value: int | Any) -> Any:
    """A number as an LLVM value, which it may be already."""
    return index(value) if isinstance(value, int) else value


def at(builder: Any, data: Any, place: int) -> Any:
    """The address of `data[place]`."""
    return builder.gep(data, [index(place)], inbounds=True)


def variable(builder: Any, value: Any) -> Any:
    """A local variable of the function, set to a value here; LLVM keeps it in a register."""
    with builder.goto_entry_block():
        place = builder.alloca(value.type)
    builder.store(value, place)
    return place


def array(builder: Any, kind: Any, count: int) -> Any:
    """Memory on the stack for so many numbers, from a cache line on."""
    with builder.goto_entry_block():
        place = builder.alloca(ir.ArrayType(kind, count))
        place.align = LINE
    return builder.bitcast(place, kind.as_pointer())


@contextmanager
def counting(builder: Any, start: Any, stop: Any) -> Iterator[Any]:
    """A loop over the indices from `start` up to `stop`; gives the index."""
    check, body, end = (builder.append_basic_block(f"loop.{name}") for name in ("", "body", "end"))
    before = builder.basic_block
    builder.branch(check)
    builder.position_at_end(check)
    turn = builder.phi(INDEX)
    builder.cbranch(builder.icmp_signed("<", turn, stop), body, end)
    builder.position_at_end(body)
    yield turn
    following = builder.add(turn, index(1), flags=["nsw"])
    turn.add_incoming(start, before)
    turn.add_incoming(following, builder.basic_block)
    builder.branch(check)
    builder.position_at_end(end)


@contextmanager
def repeat(builder: Any, count: int | Any) -> Iterator[Any]:
    """A loop from 0 to `count`; gives the number of the turn. One turn is no loop."""
    if isinstance(count, int) and count == 1:
        yield index(0)
        return
    with counting(builder, index(0), as_index(count)) as turn:
        yield turn


def smaller(builder: Any, a: Any, b: Any) -> Any:
    """The smaller of two indices."""
    return builder.select(builder.icmp_signed("<", a, b), a, b)


def external(builder: Any, name: str, result: Any, *kinds: Any) -> Any:
    """A function from outside the module: of LLVM, the C library, Python or NumPy."""
    found = builder.module.globals.get(name)
    if found is None:
        found = ir.Function(builder.module, ir.FunctionType(result, kinds), name)
    return found


def subroutine(
    v: Any,
    name: str,
    kinds: list[Any],
    write: Callable[..., Any],
    *,
    noalias: bool = True,
    result: Any = None,
    small: bool = True,
) -> Any:
    """The function `name` of the module that `v` writes in.

    Parameters
    ----------
    v : Vectors
    name : unique in the module; a function of this name that exists is returned as it is
    kinds : the types of its arguments
    write : `write(v, *arguments)` writes it, with a `v` that writes inside, and returns the
        function's result if it has one
    noalias : True if no two of its pointers lead to the same number
    result : the type of the result; None for none
    small : True if short code counts more than fast code
    """
    module = v.builder.module
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(result or ir.VoidType(), kinds), name)
    function.linkage = "internal"
    for attribute in ("nounwind", "noinline", *["optsize"] * small):
        function.attributes.add(attribute)
    for argument in function.args:
        if noalias and isinstance(argument.type, ir.PointerType):
            argument.add_attribute("noalias")
    inside = v.inside(function)
    value = write(inside, *function.args)
    if result is None:
        inside.builder.ret_void()
    else:
        inside.builder.ret(value)
    return function


def vectors_of(v: Any, width: int) -> Iterator[tuple[Any, int]]:
    """A loop over the vectors of a layer: where each begins, and how many of its lanes count."""
    whole, left = divmod(width, v.lanes)
    if whole:
        with repeat(v.builder, whole) as turn:
            yield v.builder.mul(turn, index(v.lanes)), v.lanes
    if left:
        yield index(whole * v.lanes), left
