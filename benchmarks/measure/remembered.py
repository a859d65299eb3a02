"""A number that one process keeps for the next, in the user's own cache folder.

Another user may have left the file, or a clock may have been wrong. So only a plain file counts
that belongs to the user, that no other user may write to, and that has a plausible number that is
not too old. A file that cannot be read or written is treated as absent.
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
    """The user's cache folder of this project, made if it is absent.

    None if it cannot be made, or if others may write to it.
    """
    try:
        folder = base() / NAME
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = folder.lstat()
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        return None
    return folder if stat.S_ISDIR(about.st_mode) and is_own(about) else None


def base() -> Path:
    """The system's folder for caches."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    variable = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    chosen = Path(os.environ.get(variable, ""))
    return chosen if chosen.is_absolute() else Path.home() / ".cache"


def is_own(about: os.stat_result) -> bool:
    """True if a file or folder belongs to this user, and no other user may write to it."""
    if not hasattr(os, "geteuid"):  # on Windows the folder is the user's
        return True
    return about.st_uid == os.geteuid() and not about.st_mode & WRITABLE_BY_OTHERS


def recall(path: Path, low: float, high: float, seconds: float) -> float | None:
    """The number in a file if it lies from `low` to `high` and is not older than `seconds`."""
    # a link is not followed, and a pipe without a writer does not block
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
    """Write a number to a file, if that is possible."""
    with contextlib.suppress(OSError):
        files.replace(path, repr(value))
        path.chmod(0o600)
