"""Who called this package."""

from __future__ import annotations

import sys


def stack_level() -> int:
    """The `stacklevel` for `warnings.warn` at which a warning names the line that called `kernels`.

    It counts from the function that calls this one.
    """
    level, frame = 1, sys._getframe(1)
    package = __name__.partition(".")[0]
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] == package:
        level, frame = level + 1, frame.f_back
    return level
