"""Functions compiled by Numba and kept on disk, where there is a place to keep them.

Numba's own `cache=True` ends in an error where no folder can be written, the disk is full, or a
file of the cache is broken, and a broken file does so in every later process. Here the function is
then compiled without the cache, and one warning a process says what to do.

It also keeps an index for each function's name, in which processes that compile it for different
signatures or networks at the same time can take the same file for both: one then loads the code of
the other. Here each of these has a name, and so an index, of its own.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from types import FunctionType
from typing import Any

from numba import config, njit

REASONS: list[str] = []
"""Why code was not kept, once that has been told."""


def missing() -> str | None:
    """Why Numba cannot compile, or None."""
    if config.DISABLE_JIT:
        return "Numba's compiler is switched off: unset NUMBA_DISABLE_JIT"
    return None


def named(function: Callable[..., Any], key: str) -> Any:
    """A copy of a function whose name has a digest of `key` in it."""
    code = (function.__code__, function.__globals__, function.__name__)
    copied = FunctionType(*code, function.__defaults__, function.__closure__)
    copied.__module__ = function.__module__
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    copied.__qualname__ = f"{function.__name__}_{digest}"
    return copied


def compile_kept(
    function: Callable[..., Any], signature: Any, key: str = "", **options: Any
) -> Any:
    """Numba's dispatcher of `function` for one signature, loaded from disk or compiled.

    Parameters
    ----------
    function : defined in a file
    signature : Numba's types of its arguments and its result; no others will be taken
    key : what the code depends on besides the function's text and the signature
    options : as Numba's `njit` has them
    """
    function, folder = named(function, f"{signature} {key}"), None
    try:
        dispatcher = njit(cache=True, **options)(function)
        folder = dispatcher.stats.cache_path
        dispatcher.compile(signature)
        if list(dispatcher.signatures) != [signature.args]:
            raise ValueError("a file has the code of another function")
    except Exception as error:  # whatever reading or writing a cache can raise
        dispatcher = njit(**options)(function)
        dispatcher.compile(signature)  # what is wrong with the function itself is raised here
        warn_once(folder, " ".join(str(error).split()) or type(error).__name__)
    dispatcher.disable_compile()
    return dispatcher


def warn_once(folder: str | None, reason: str) -> None:
    """Say once a process why compiled code is not kept."""
    if REASONS:
        return
    REASONS.append(reason)
    remedy = "set NUMBA_CACHE_DIR to a folder that can be written"
    where = ""
    if folder is not None:
        where = f" in {folder}"
        remedy = f"delete that folder if a file in it is damaged, free some space, or {remedy}"
    warnings.warn(
        f"compiled code cannot be read or kept{where}, and is compiled again in every process "
        f"({reason}): {remedy}",
        RuntimeWarning,
        stacklevel=2,
    )
