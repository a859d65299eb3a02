"""The caches in which compilers keep code from process to process, each in a folder of its own.

A process with a new folder compiles everything; the next one with that folder finds it compiled.
"""

from __future__ import annotations

VARIABLES = ("MLP_LADDER_CACHE", "NUMBA_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR")
"""Environment variables that name the folder: of `kernels`, of Numba and of PyTorch."""


def in_folder(folder: str | None) -> dict[str, str]:
    """Environment variables of a process whose caches are all in one folder; None: as usual."""
    return dict.fromkeys(VARIABLES, folder) if folder else {}
