"""Code compiled once on each host: one process compiles, the others wait and load it.

The workers of a sweep begin with the same network at the same moment. Without this each of them
would compile it, which takes as long as thousands of small trainings. A lock of the operating
system is released when its process dies, however it does, so none is ever left behind; and it holds
for all that run on a host: this machine's processes, workers of a cluster, other sweeps.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCKS = 16
"""Files that are locked: so many different networks can be compiled at once."""


@contextmanager
def alone(what: str) -> Iterator[None]:
    """Wait until no other process of this host is in such a block with the same `what`.

    Where files cannot be locked, or there is no folder for them, nothing is waited for.
    """
    descriptor = opened(what)
    if descriptor is None:
        yield
        return
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def opened(what: str) -> int | None:
    """The file to lock, in the folder of the compiled code; None if there cannot be one."""
    try:
        import fcntl  # noqa: F401  # Windows has none

        folder = code_folder()
        number = int(hashlib.sha256(what.encode()).hexdigest(), 16) % LOCKS
        return os.open(folder / f"compiling-{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except (ImportError, OSError):
        return None


def code_folder() -> Path:
    """The folder of the compiled code; raises ImportError without llvmlite, OSError without it."""
    from kernels.codegen.llvm import cache

    folder = cache.wanted()
    cache.prepare(folder)
    return folder
