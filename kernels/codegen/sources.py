"""The source files that decide what code is generated, and their digest, a part of the cache's key.

Every process that loads code from disk reads them first, so paths are strings: objects would take
longer than the reading.
"""

from __future__ import annotations

import functools
import hashlib
import os

import kernels

OWN = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(OWN)
OUTSIDE = (
    "held",
    "network",
    "passes",
    "results",
    "storage",
    "support/aligned",
    "support/callers",
    "support/checks",
    "support/tensors",
)
"""What the generator imports of the rest of this package, directly or not, besides folders."""


FOLDERS = (OWN, os.path.join(PACKAGE, "parts"))
"""Folders whose files all count."""


@functools.cache
def files() -> tuple[str, ...]:
    """Paths of all files in `FOLDERS` and of `OUTSIDE`; a test compares these with the imports."""
    own = [
        os.path.join(folder, name)
        for top in FOLDERS
        for folder, _, names in os.walk(top)
        for name in names
        if name.endswith(".py")
    ]
    return (*sorted(own), *(os.path.join(PACKAGE, f"{name}.py") for name in OUTSIDE))


@functools.cache
def digest() -> str:
    """A text that changes with every edit of these files; raises OSError if there are none."""
    found = hashlib.sha256()
    for path in files():
        with open(path, "rb", buffering=0) as file:
            text = file.read()
        found.update(f"{path.removeprefix(PACKAGE)} {len(text)}\n".encode())
        found.update(text)
    return found.hexdigest()


def are_as_loaded() -> bool:
    """True if no file was written since this process imported the package.

    Otherwise the files are not what this process runs, and their digest is not that of its code.
    Where the system tells when a file was put in place (all but Windows do), that counts too: an
    older file may have replaced a newer one.
    """
    try:
        times = [os.stat(path) for path in files()]
    except OSError:  # removed, or about to be replaced
        return False
    return all(max(one.st_mtime, one.st_ctime) < kernels.LOADED for one in times)
