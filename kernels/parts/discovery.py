"""Find all activations or losses: every module of their folder has one, named `PART`."""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import uuid
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary


def parts(package: str, path: Iterable[str]) -> dict[str, Any]:
    """The parts that a package's modules define, by `PART.name`.

    They are sorted by `PART.rank`, which puts the article's first, then by name.
    """
    modules = (
        importlib.import_module(f"{package}.{one.name}") for one in pkgutil.iter_modules(path)
    )
    found = sorted((module.PART for module in modules), key=lambda part: (part.rank, part.name))
    for one, other in pairwise(sorted(found, key=lambda part: part.name)):
        if one.name == other.name:
            raise ValueError(f"{type(one)} and {type(other)} are both called {one.name!r}")
    return {part.name: part for part in found}


def source(thing: Any) -> str:
    """The name of a class, function or module, and the text of its file, for keys of caches.

    An object that is defined in no file gets a new text each time, so no cache has it.
    """
    module = inspect.getmodule(thing)
    name = getattr(thing, "__qualname__", "")
    try:
        return f"{name}\n{inspect.getsource(module)}" if module else uuid.uuid4().hex
    except (OSError, TypeError):
        return uuid.uuid4().hex


TOKENS: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
"""A text of its own for each part, or class of parts, from outside this package."""


def foreign(parts: Iterable[Any]) -> list[str]:
    """A text for each part that is not of this package: another one for each object and state.

    What such a part computes may depend on anything, so code that is kept on disk cannot be told to
    be its code.
    """
    return sorted(
        f"{TOKENS.setdefault(part, uuid.uuid4().hex)} {vars(part)!r}"
        for part in set(parts)
        if is_foreign(type(part))
    )


def foreign_kind(part: Any) -> tuple[str, ...]:
    """As `foreign`, of a part whose code does not depend on its state: another text for each class.

    It is empty for a class of this package.
    """
    kind = type(part)
    return (TOKENS.setdefault(kind, uuid.uuid4().hex),) if is_foreign(kind) else ()


def is_foreign(kind: type) -> bool:
    """True for a class that is not of this package."""
    return not kind.__module__.startswith(__name__.rpartition(".")[0] + ".")


@functools.cache
def files() -> list[str]:
    """The text of each file of this package; another one in every process if none can be read."""
    try:
        found = [path.read_text() for path in sorted(Path(__file__).parent.rglob("*.py"))]
    except OSError:
        found = []
    return found or [uuid.uuid4().hex]
