"""Packages of other libraries: imported late, and what they raise as errors of a conversion."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kernels.errors import NotInstalledError


def needed(package: str, what: str) -> Any:
    """Import a package; raises NotInstalledError, which begins with `what`, if it is not there."""
    if importlib.util.find_spec(package) is None:
        raise NotInstalledError(f"{what} needs {package}, which is not installed", name=package)
    return importlib.import_module(package)


def is_a(thing: Any, package: str, kind: str) -> bool:
    """True if an object's class derives from class `kind` of a package, which is not imported."""
    return package in sys.modules and any(
        one.__name__ == kind and one.__module__.partition(".")[0] == package
        for one in type(thing).__mro__
    )


def require(thing: Any, package: str, kind: str, what: str) -> None:
    """Raise TypeError, which names `what`, for anything but an object of that class."""
    if not is_a(thing, package, kind):
        got = f"the class {thing.__name__}" if isinstance(thing, type) else type(thing).__name__
        raise TypeError(f"expected {what}, got {got}")


@contextmanager
def placed(place: str) -> Iterator[None]:
    """Raise ValueError, which begins with `place`, for errors of kinds that no reader raises.

    Damaged files and layers in odd states make other libraries raise anything.
    """
    try:
        yield
    except (ValueError, ImportError, OSError, MemoryError):
        raise
    except Exception as error:
        text = " ".join(str(error).split())
        raise ValueError(
            f"{place}: it cannot be read: {type(error).__name__}: {text or 'no reason given'}"
        ) from error
