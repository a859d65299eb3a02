"""Imports of this package's modules, whose own imports of other packages may fail with anything.

A package that is broken rather than absent raises what it likes: Numba an OSError if LLVM's library
is damaged, a SystemError or an AttributeError if it does not go with the NumPy that is there.
"""

from __future__ import annotations

import importlib
import traceback
from types import ModuleType

OWN = __name__.partition(".")[0]


def load(name: str) -> ModuleType:
    """The module of this name; an exception by which another package fails is an ImportError.

    An exception that another package did not raise while it was imported is passed on: it is a
    fault of ours.
    """
    try:
        return importlib.import_module(name)
    except ImportError:
        raise
    except Exception as error:
        package = failed(error)
        if package is None:
            raise
        reason = f"{package} cannot be imported: {described(error)}"
        raise ImportError(reason, name=package) from error


def described(error: BaseException) -> str:
    """An exception's kind and message, in one line; the kind alone if `str` of it raises."""
    kind = type(error).__name__
    try:
        text = " ".join(str(error).split())
    except KeyboardInterrupt:
        raise
    except BaseException:
        return kind
    return f"{kind}: {text}" if text else kind


def failed(error: Exception) -> str | None:
    """The other package whose import an exception has ended, or None."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        package = str(frame.f_globals.get("__name__")).partition(".")[0]
        if frame.f_code.co_name == "<module>" and package != OWN:
            return package
    return None
