"""Object code on disk, shared by all processes of a user.

Each network, dtype, set of operations and processor has a file, named by a digest of all that the
code depends on: these, the generator's sources, and the versions of Python and of the packages. A
file begins with a digest of its name and content: one that is damaged, cut short or from elsewhere
is compiled anew and replaced. Files are written under another name and renamed, so that a process
sees a whole file or none. When all of them exceed `MOST_BYTES`, those unused for longest go.

The environment variable MLP_LADDER_CACHE names the folder; the default is in the user's cache
folder. Its files are executed, so it is used only if nobody else could have written them.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import stat
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm
import numpy as np

from kernels.codegen import sources
from kernels.support import callers

Code = tuple[bytes, tuple[str, ...]]
"""Object code, and the names of its functions."""

MOST_BYTES = 64 << 20
"""The most bytes that all files may have together."""
ABANDONED_SECONDS = 3600.0
"""Age of an unfinished file whose process must have been killed."""
SUFFIX, UNFINISHED = ".code", ".unfinished"
HEAD = b"mlp-ladder object code\n"
BODY = len(HEAD) + hashlib.sha256().digest_size
"""Where the content of a file begins: the names of functions, a line, then the code."""

WARNED: list[str] = []
"""The reason why code was not kept, once this process has warned of it."""


def code(what: str, make: Callable[[], Code]) -> Code:
    """Code from disk, or else what `make` returns, which is kept for later calls and processes.

    Parameters
    ----------
    what : a description of the code, equal only for equal code from equal sources and versions
    make : compiles the code

    Warns
    -----
    RuntimeWarning
        If the code cannot be kept; once per process.
    """
    try:
        name = key(what)
    except OSError as error:
        warn_once(
            f"the sources of this package cannot be read ({reason(error)})",
            "install it as plain files",
        )
        return make()
    if not sources.are_as_loaded():
        return make()
    where = wanted()
    try:
        prepare(where)
    except OSError as error:
        warn_of(where, error)
        return make()
    found = read(where, name)
    if found is None:
        found = make()
        try:
            if sources.are_as_loaded():  # nor edited until the emitters were imported
                write(where, name, found)
        except OSError as error:
            warn_of(where, error)
    return found


def key(what: str) -> str:
    """A digest of all that code depends on; raises OSError if the sources cannot be read."""
    return hashlib.sha256(f"{versions()}\n{sources.digest()}\n{what}".encode()).hexdigest()


@functools.cache
def versions() -> str:
    """What makes the code and what it works with."""
    python = sys.implementation.name, sys.version, getattr(sys, "abiflags", "")
    return str((python, np.__version__, llvmlite.__version__, llvm.llvm_version_info))


# --- the folder ---------------------------------------------------------------------------------


def wanted() -> Path:
    """The folder that the environment names, or else this system's usual one."""
    if named := os.environ.get("MLP_LADDER_CACHE"):
        return Path(os.path.expanduser(named)).absolute()
    if sys.platform == "win32":
        variable, usual = "LOCALAPPDATA", "~/AppData/Local"
    elif sys.platform == "darwin":
        variable, usual = "", "~/Library/Caches"
    else:
        variable, usual = "XDG_CACHE_HOME", "~/.cache"
    base = os.environ.get(variable, "")
    # a relative path is to be ignored, says the XDG Base Directory Specification
    return Path(base if os.path.isabs(base) else os.path.expanduser(usual)) / "mlp-ladder"


def prepare(folder: Path) -> None:
    """Make the folder if it is missing; raises OSError if it cannot or must not be used."""
    if not folder.is_absolute():
        raise OSError("no home folder is known")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not is_private(folder.stat()):
        raise PermissionError("other users can write there, and code is executed from it")


def is_private(known: os.stat_result) -> bool:
    """True if nobody but this user and the administrator can write to a file or folder.

    Windows does not tell; folders of a user are private there.
    """
    if sys.platform == "win32":
        return True
    return known.st_uid == os.geteuid() and not known.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


# --- its files ----------------------------------------------------------------------------------


def read(folder: Path, name: str) -> Code | None:
    """The code of this name, or None if there is none, or none that is right."""
    path = folder / f"{name}{SUFFIX}"
    try:
        with path.open("rb") as file:
            content = file.read() if is_private(os.fstat(file.fileno())) else b""
    except OSError:
        return None
    body = content[BODY:]
    if content[:BODY] != HEAD + digest(name, body):
        return None
    with contextlib.suppress(OSError):  # a folder that can only be read serves too
        os.utime(path)  # the time of the last use
    names, _, found = body.partition(b"\n")
    return found, tuple(names.decode().split())


def digest(name: str, body: bytes) -> bytes:
    """A digest of a file's name and content."""
    return hashlib.sha256(name.encode() + body).digest()


def write(folder: Path, name: str, made: Code) -> None:
    """Keep code under this name; raises OSError if that fails and no other process has done it."""
    found, names = made
    body = " ".join(names).encode() + b"\n" + found
    path = folder / f"{name}{SUFFIX}"
    unfinished = folder / f"{name}.{os.urandom(8).hex()}{UNFINISHED}"
    try:
        with open(unfinished, "xb", opener=private) as file:
            file.write(HEAD + digest(name, body) + body)
        unfinished.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        # Windows replaces no file that another process is reading
        if read(folder, name) is None:
            raise
    bound(folder, path.name)


def private(path: str, flags: int) -> int:
    """Open a file that only this user may read and write."""
    return os.open(path, flags, 0o600)


def bound(folder: Path, newest: str) -> None:
    """Remove the files unused for longest until the others, and the newest, fit `MOST_BYTES`."""
    known = []
    for one in os.scandir(folder):
        with contextlib.suppress(OSError):  # another process has removed it
            about = one.stat()
            if one.name.endswith(SUFFIX):
                known.append((one.name == newest, about.st_mtime, about.st_size, one.path))
            elif one.name.endswith(UNFINISHED) and about.st_mtime < time.time() - ABANDONED_SECONDS:
                os.unlink(one.path)
    total = 0
    for is_newest, _, size, path in sorted(known, reverse=True):
        total += size
        if total > MOST_BYTES and not is_newest:
            with contextlib.suppress(OSError):
                os.unlink(path)


# --- where it cannot be kept --------------------------------------------------------------------


def warn_of(folder: Path, error: OSError) -> None:
    """Warn that code cannot be kept in a folder."""
    warn_once(
        f"it cannot be kept in {folder} ({reason(error)})",
        "free some space if the disk is full, or set MLP_LADDER_CACHE to a folder that belongs to "
        "you and that only you can write to",
    )


def reason(error: OSError) -> str:
    """What an error says, without its number and the names of files."""
    return error.strerror or str(error)


def warn_once(why: str, remedy: str) -> None:
    """Warn, once per process, that code is not kept."""
    if not WARNED:
        WARNED.append(why)
        warnings.warn(
            f"code is compiled again in every process: {why}. To keep it on disk, {remedy}.",
            RuntimeWarning,
            stacklevel=callers.stack_level(),
        )
