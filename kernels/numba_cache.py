"""Functions compiled by Numba and kept on disk, where there is a place to keep them.

Numba's own `cache=True` ends in an error where no folder can be written, the disk is full, or a
file of the cache is broken, and a broken file does so in every later process. Here the function is
then compiled without the cache, and one warning a process says what to do.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from numba import config, njit

REASONS: list[str] = []
"""Why code was not kept, once that has been told."""


def missing() -> str | None:
    """Why Numba cannot compile, or None."""
    if config.DISABLE_JIT:
        return "Numba's compiler is switched off: unset NUMBA_DISABLE_JIT"
    return None


def compile_kept(function: Callable[..., Any], signature: Any, **options: Any) -> Any:
    """Numba's dispatcher of `function` for one signature, loaded from disk or compiled.

    Parameters
    ----------
    function : defined in a file
    signature : Numba's types of its arguments and its result; no others will be taken
    options : as Numba's `njit` has them
    """
    folder = None
    try:
        dispatcher = njit(cache=True, **options)(function)
        folder = dispatcher.stats.cache_path
        dispatcher.compile(signature)
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
    if folder is not None:
        remedy = f"free some space, or delete {folder}, or {remedy}"
    warnings.warn(
        f"compiled code is not kept, and compiled again in every process: {reason}; {remedy}",
        RuntimeWarning,
        stacklevel=2,
    )
