"""A number that one process leaves for the next, in the user's own cache folder.

What is read back may have been left by anybody who could write there, or by a clock that was
wrong: only a plain file of the user's own counts, which nobody else may write to, with a plausible
number that is not too old. Whatever cannot be read or written is as good as not there.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from pathlib import Path

from benchmarks.measure import files

NAME = "mlp-ladder"
WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
LONGEST_TEXT = 64


def cache_folder() -> Path | None:
    """The folder of this user and this project, which is made if it is not there.

    None if it cannot be made, or is not the user's alone.
    """
    try:
        folder = base() / NAME
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = folder.lstat()
    except (OSError, RuntimeError):  # the latter where there is no home
        return None
    return folder if stat.S_ISDIR(about.st_mode) and is_own(about) else None


def base() -> Path:
    """Where this system keeps what programs may lose."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    variable = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    chosen = Path(os.environ.get(variable, ""))
    return chosen if chosen.is_absolute() else Path.home() / ".cache"


def is_own(about: os.stat_result) -> bool:
    """True if it belongs to this user, and nobody else may write to it."""
    if not hasattr(os, "geteuid"):  # on Windows the folder is the user's
        return True
    return about.st_uid == os.geteuid() and not about.st_mode & WRITABLE_BY_OTHERS


def recall(path: Path, low: float, high: float, seconds: float) -> float | None:
    """The number in a file, from `low` to `high` and no older than `seconds`; else None."""
    # a link is not followed, and a pipe without a writer does not hold up who opens it
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        file = os.open(path, flags)
    except (OSError, ValueError):
        return None
    try:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode) or not is_own(about):
            return None
        if not 0 <= time.time() - about.st_mtime <= seconds:
            return None
        value = float(os.read(file, LONGEST_TEXT))
    except (OSError, ValueError):
        return None
    finally:
        os.close(file)
    return value if low <= value <= high else None


def remember(path: Path, value: float) -> None:
    """Leave a number in a file."""
    with contextlib.suppress(OSError):
        files.replace(path, repr(value))
        path.chmod(0o600)
