"""Numba's on-disk cache of compiled functions, made safe against failures and races.

Failures: with `cache=True` Numba raises an exception if no folder can be written, the disk is full,
or a cache file is damaged (then in every later process too). Here the function is compiled without
the cache instead, and one warning per process says how to repair it.

Races: Numba keeps one index file per function name. Processes that compile the function for
different signatures at the same time can choose the same data file for both, and one then loads the
other's code. Here every signature has a function name, and so an index file, of its own.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from types import FunctionType
from typing import Any

from numba import config, njit

from kernels.support import callers

WARNED: list[str] = []
"""The reason why code was not cached, once this process has warned of it."""


def missing() -> str | None:
    """Return the reason why Numba cannot compile, or None if it can."""
    if config.DISABLE_JIT:
        return "Numba's compiler is switched off: unset NUMBA_DISABLE_JIT"
    return None


def renamed(function: Callable[..., Any], key: str) -> Any:
    """Return a copy of a function whose qualified name ends with a digest of `key`."""
    code = (function.__code__, function.__globals__, function.__name__)
    copied = FunctionType(*code, function.__defaults__, function.__closure__)
    copied.__module__ = function.__module__
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    copied.__qualname__ = f"{function.__name__}_{digest}"
    return copied


def compile_cached(
    function: Callable[..., Any], signature: Any, key: str = "", keep: bool = True, **options: Any
) -> Any:
    """Return Numba's dispatcher of a function for one signature, from the cache or compiled.

    Parameters
    ----------
    function : a function that is defined in a file
    signature : Numba's types of the result and the arguments; the dispatcher takes no others
    key : a text that differs wherever the code does, apart from what is in the function's file
    keep : False for code that is compiled in every process
    options : options of Numba's `njit`
    """
    function, folder = renamed(function, str(signature) + key), None
    try:
        dispatcher = njit(cache=keep, **options)(function)
        folder = dispatcher.stats.cache_path
        dispatcher.compile(signature)
        if list(dispatcher.signatures) != [signature.args]:
            raise ValueError("a file has the code of another function")
    except Exception as error:  # reading a damaged cache can raise anything
        dispatcher = njit(**options)(function)
        dispatcher.compile(signature)  # raises again if the function itself is at fault
        warn_once(folder, " ".join(str(error).split()) or type(error).__name__)
    dispatcher.disable_compile()
    return dispatcher


def warn_once(folder: str | None, reason: str) -> None:
    """Warn, once per process, that compiled code is not cached, and say how to repair it."""
    if WARNED:
        return
    WARNED.append(reason)
    remedy = "set NUMBA_CACHE_DIR to a folder that can be written"
    where = ""
    if folder is not None:
        where = f" in {folder}"
        remedy = f"delete that folder if a file in it is damaged, free some space, or {remedy}"
    warnings.warn(
        f"compiled code cannot be read or kept{where}, and is compiled again in every process "
        f"({reason}): {remedy}",
        RuntimeWarning,
        stacklevel=callers.stack_level(),
    )
