"""The package that a conversion needs, or that an object comes from: none is imported early."""

from __future__ import annotations

import importlib
import importlib.util
import sys
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
