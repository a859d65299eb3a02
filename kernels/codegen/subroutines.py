"""Functions within the compiled code: written once, called for every layer that needs them.

They keep the code short, and with it the time it takes to compile, however deep or wide a network
is. The loops in them have lengths that are constants of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba.core import cgutils

INDEX = cgutils.intp_t


def index(value: int) -> Any:
    """A constant index."""
    return ir.Constant(INDEX, value)


def at(builder: Any, data: Any, place: int) -> Any:
    """The memory from a place on."""
    return builder.gep(data, [index(place)], inbounds=True)


@contextmanager
def repeat(builder: Any, count: int | Any) -> Iterator[Any]:
    """A loop from 0 to `count`; gives the number of the turn. One turn is no loop."""
    if isinstance(count, int):
        if count == 1:
            yield index(0)
            return
        count = index(count)
    with cgutils.for_range(builder, count) as loop:
        yield loop.index


def vectors_of(v: Any, width: int) -> Iterator[tuple[Any, int]]:
    """A loop over the vectors of a layer: where each begins, and how many of its lanes count."""
    whole, left = divmod(width, v.lanes)
    if whole:
        with repeat(v.builder, whole) as turn:
            yield v.builder.mul(turn, index(v.lanes)), v.lanes
    if left:
        yield index(whole * v.lanes), left


def smaller(builder: Any, a: Any, b: Any) -> Any:
    """The smaller of two indices."""
    return builder.select(builder.icmp_signed("<", a, b), a, b)


def subroutine(
    builder: Any, name: str, kinds: list[Any], write: Callable[..., None], apart: bool = True
) -> Any:
    """The function `name` of the module that `builder` writes in.

    When it is first asked for, `write(builder, *arguments)` writes it. It returns nothing, and no
    two of the pointers it is given lead to the same number, if they are `apart`.
    """
    module = builder.module
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
    function.linkage = "internal"
    for attribute in ("nounwind", "noinline", "optsize"):
        function.attributes.add(attribute)
    for argument in function.args:
        if apart and isinstance(argument.type, ir.PointerType):
            argument.add_attribute("noalias")
    inside = ir.IRBuilder(function.append_basic_block("entry"))
    write(inside, *function.args)
    inside.ret_void()
    return function
