"""Finding the parts of networks: every module of a folder has one, named `PART`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import uuid
from collections.abc import Iterable
from typing import Any


def parts(package: str, path: Iterable[str]) -> dict[str, Any]:
    """The parts that a package's modules define, by the names the parts give themselves.

    They come in the order of `PART.rank`, equal ones by name: the article's first.
    """
    modules = (
        importlib.import_module(f"{package}.{one.name}") for one in pkgutil.iter_modules(path)
    )
    found = sorted((module.PART for module in modules), key=lambda part: (part.rank, part.name))
    return {part.name: part for part in found}


def source(thing: Any) -> str:
    """The name and the file's text of a class, function or module, a part of the keys of caches.

    What is in no file has another text every time, and so is found in no cache.
    """
    module = inspect.getmodule(thing)
    name = getattr(thing, "__qualname__", "")
    try:
        return f"{name}\n{inspect.getsource(module)}" if module else uuid.uuid4().hex
    except (OSError, TypeError):
        return uuid.uuid4().hex
