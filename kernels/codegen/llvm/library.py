"""Object code in this process: linked, called, and freed with the last reference to it."""

from __future__ import annotations

import ctypes
import functools
import itertools
import os
from collections.abc import Callable, Mapping
from typing import Any

import llvmlite.binding as llvm

from kernels.codegen.llvm.target import Target

NUMBERS = itertools.count()
"""For names of libraries, which LLVM does not use again."""


class Library:
    """Compiled functions in memory, by name.

    Parameters
    ----------
    code : object code
    names : of the functions in it that can be called from outside
    outside : addresses of what it calls, beyond the C library
    """

    def __init__(self, code: bytes, names: tuple[str, ...], outside: Mapping[str, int]) -> None:
        builder = llvm.JITLibraryBuilder().add_object_img(code).add_current_process()
        for name, address in outside.items():
            builder.import_symbol(name, address)
        for name in names:
            builder.export_symbol(name)
        self.names = frozenset(names)
        self._linked = builder.link(linker(), f"library_{next(NUMBERS)}")
        self.definitions: dict[Any, Any] = {}
        """What Python reads of builtin functions, which must exist as long as the code does."""

    def address(self, name: str) -> int:
        """Where a function begins."""
        return int(self._linked[name])

    def function(self, name: str, result: Any, *kinds: Any) -> Callable[..., Any]:
        """A function that takes addresses and numbers, called without the interpreter's lock."""
        found: Any = ctypes.CFUNCTYPE(result, *kinds)(self.address(name))
        found.library = self  # the code exists as long as the function does
        return found  # type: ignore[no-any-return]


@functools.cache
def linker() -> Any:
    """LLVM's linker for this process."""
    machine = Target.host().machine()
    # for Windows' object files the older of LLVM's two linkers is the better one
    return llvm.create_lljit_compiler(machine, use_jit_link=os.name != "nt")
