"""Functions of the generated code whose arguments are structs.

A function in LLVM takes numbers and pointers. What the emitters pass around belongs together: a
matrix is where it begins and how far apart its rows are. `call` takes such a struct apart where the
function is called, one argument for each LLVM value, and puts it together inside the function, from
the values that arrive there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import Any

from llvmlite import ir

from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import subroutine


class Struct:
    """Base of frozen dataclasses that functions take as arguments.

    Fields are LLVM values, which become the function's arguments; other structs; the `Vectors`
    which writes; and constants of the function, such as a number of vectors or a name.
    """


def call(
    name: str, write: Callable[..., Any], *arguments: Any, noalias: bool = True, result: Any = None
) -> Any:
    """Write a call of the function `name`, and at its first call the function; its result.

    Parameters
    ----------
    name : unique in the module for `write` and all constants among the arguments
    write : `write(*arguments)` writes the function, from the arguments as it receives them
    arguments : structs, LLVM values, constants; a `Vectors` or a struct with one among them
    noalias : True if no two pointers lead to the same number
    result : the type of what `write` returns; None for nothing

    Raises ValueError if the function has been written for other constants.
    """
    v = next(writers(arguments))
    values = [value for one in arguments for value in values_of(one)]

    def write_inside(inside: Vectors, *received: Any) -> Any:
        remaining = iter(received)
        return write(*(rebuilt(one, inside, remaining) for one in arguments))

    kinds = [one.type for one in values]
    function = subroutine(v, name, kinds, write_inside, noalias=noalias, result=result)
    form = [form_of(one) for one in arguments]
    written = vars(function).setdefault("form", form)
    if written != form:
        raise ValueError(f"the function {name} was written for {written}, and called with {form}")
    return v.builder.call(function, values)


def writers(arguments: Iterable[Any]) -> Iterator[Vectors]:
    """Every `Vectors` among the arguments, and in them."""
    for one in arguments:
        if isinstance(one, Vectors):
            yield one
        elif isinstance(one, Struct):
            yield from writers(parts(one))


def values_of(argument: Any) -> Iterator[Any]:
    """The LLVM values of an argument, in the order of its fields."""
    if isinstance(argument, ir.Value):
        yield argument
    elif isinstance(argument, Struct):
        for field in parts(argument):
            yield from values_of(field)


def rebuilt(argument: Any, v: Vectors, values: Iterator[Any]) -> Any:
    """An argument inside the function, where `v` writes and these values arrive."""
    if isinstance(argument, ir.Value):
        return next(values)
    if isinstance(argument, Struct):
        return type(argument)(*(rebuilt(one, v, values) for one in parts(argument)))
    return v if isinstance(argument, Vectors) else argument


def form_of(argument: Any) -> Any:
    """All that the code of a function depends on: types of LLVM values, and constants."""
    if isinstance(argument, ir.Value):
        return str(argument.type)
    if isinstance(argument, Struct):
        return type(argument).__name__, *map(form_of, parts(argument))
    return Vectors if isinstance(argument, Vectors) else argument


def parts(struct: Any) -> list[Any]:
    """The fields of a struct."""
    return [getattr(struct, field.name) for field in fields(struct)]
