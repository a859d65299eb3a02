"""Annotations of dataclasses: which dataclasses they name, and which values fit them.

What is read from a file is checked against them (`kernels.sklearn.files.plain`).
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Any


def dataclasses_of(root: type) -> dict[str, type[Any]]:
    """Return the dataclasses that values of dataclass `root` may consist of, by name.

    They are named in the annotations of its fields, at any depth, or derive from one of them.

    Raises
    ------
    TypeError
        If two of them have the same name.
    """
    found: dict[str, type[Any]] = {}
    waiting = [root]
    while waiting:
        one = waiting.pop()
        if found.get(one.__name__) is one:
            continue
        if one.__name__ in found:
            raise TypeError(f"two dataclasses are called {one.__name__}")
        found[one.__name__] = one
        for hint in typing.get_type_hints(one).values():
            waiting += named_in(hint)
        waiting += one.__subclasses__()
    return found


def named_in(hint: Any) -> Iterator[type]:
    """Yield the dataclasses in an annotation such as `tuple[Step, ...] | None`."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        yield hint
    for inner in typing.get_args(hint):
        yield from named_in(inner)


def fits(value: Any, hint: Any) -> bool:
    """Return True if a value fits an annotation; arrays may have any shape and dtype."""
    if hint is Any:
        return True
    kind = typing.get_origin(hint) or hint
    generic = GENERIC.get(kind)
    if generic is not None and hint is not kind:
        return generic(value, typing.get_args(hint))
    if kind in (int, float):  # bool is a subclass of int
        return isinstance(value, int | kind) and not isinstance(value, bool)
    return isinstance(value, types.NoneType if kind is None else kind)


def fits_union(value: Any, hints: tuple[Any, ...]) -> bool:
    """Return True if a value fits one of several annotations."""
    return any(fits(value, hint) for hint in hints)


def fits_literal(value: Any, values: tuple[Any, ...]) -> bool:
    """Return True if a value is one of several, and of the same type."""
    return any(type(value) is type(one) and value == one for one in values)


def fits_tuple(value: Any, hints: tuple[Any, ...]) -> bool:
    """Return True if a value fits `tuple[hints]`."""
    if not isinstance(value, tuple):
        return False
    if hints[-1:] == (Ellipsis,):
        hints = hints[:1] * len(value)
    return len(value) == len(hints) and all(map(fits, value, hints))


def fits_list(value: Any, hints: tuple[Any, ...]) -> bool:
    """Return True if a value fits `list[hint]`."""
    return isinstance(value, list) and all(fits(one, hints[0]) for one in value)


def fits_dict(value: Any, hints: tuple[Any, ...]) -> bool:
    """Return True if a value fits `dict[hint of keys, hint of values]`."""
    return isinstance(value, dict) and all(fits_tuple(pair, hints) for pair in value.items())


GENERIC: dict[Any, Callable[[Any, tuple[Any, ...]], bool]] = {
    typing.Union: fits_union,
    types.UnionType: fits_union,
    typing.Literal: fits_literal,
    tuple: fits_tuple,
    list: fits_list,
    dict: fits_dict,
    Mapping: fits_dict,
}
"""How the arguments of a generic annotation are checked; those of others are not."""


def described(hint: Any) -> str:
    """Return an annotation for a message."""
    return hint.__name__ if isinstance(hint, type) else str(hint)
