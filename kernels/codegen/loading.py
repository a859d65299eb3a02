"""The compiled code of a network: the library in use, or one from the cache, or a new one.

Plans of equal architecture, dtype and operations share one library. Its code is freed with the last
object that holds it: plans, and entries that were taken from them.
"""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from kernels.codegen.emit.layout import Layout
from kernels.codegen.llvm import cache, compiler
from kernels.codegen.llvm.library import Library
from kernels.codegen.python import builtins, objects
from kernels.codegen.python.entry import Entry
from kernels.held import Held
from kernels.parts import discovery
from kernels.results import Gradient

if TYPE_CHECKING:
    from kernels.codegen.program import Program

IN_USE: WeakValueDictionary[tuple[Any, ...], Library] = WeakValueDictionary()
"""The libraries that something holds."""
LOCK = threading.RLock()
"""Held while code is loaded; a finalizer that runs meanwhile may plan too."""
if hasattr(os, "register_at_fork"):
    # a fork waits: its child would have this lock, and LLVM's, without the thread to release them
    os.register_at_fork(
        before=LOCK.acquire, after_in_parent=LOCK.release, after_in_child=LOCK.release
    )


def of_network(layout: Layout, operations: frozenset[str]) -> Library:
    """The library of a network's operations, with native entries if Python's objects are known.

    `operations` may include names of entries (`row_entries`).
    """
    native = objects.are_known()
    parts = (*layout.architecture.functions, layout.architecture.objective)
    foreign = tuple(discovery.foreign(parts))
    key = (layout, operations, native, *parts, foreign)
    with LOCK:
        found = IN_USE.get(key)
        if found is None:
            make = partial(compiled, layout, operations, native)
            code, names = (
                make() if foreign else cache.code(description(layout, operations, native), make)
            )
            found = IN_USE[key] = Library(code, names, builtins.outside())
    return found


def description(layout: Layout, operations: frozenset[str], native: bool) -> str:
    """All that the code depends on besides this package's sources and versions, by names."""
    places = [objects.slots(kind) for kind in (Entry, Held, Gradient)] if native else []
    return repr((layout, sorted(operations), native, places, objects.ITEMS))


def compiled(
    layout: Layout, operations: frozenset[str], native: bool
) -> tuple[bytes, tuple[str, ...]]:
    """Object code, and the names of its functions."""
    module = written(layout, operations, native)
    return compiler.object_code(module, layout.target), compiler.exported(module)


def program(layout: Layout, operations: frozenset[str]) -> Program:
    """What writes the code of a network's operations.

    It is imported here: code from disk is loaded sooner than the emitters are imported.
    """
    from kernels.codegen.program import Program

    return Program(layout, operations)


def most_memory(layout: Layout, operations: frozenset[str]) -> int:
    """Numbers of scratch memory that a thread needs for any of a network's operations."""
    return program(layout, operations).most_memory


def written(layout: Layout, operations: frozenset[str], native: bool) -> Any:
    """The module of a network's operations."""
    found = program(layout, operations)
    found.write(native)
    return found.module


def listing(layout: Layout, operations: frozenset[str], assembly: bool) -> str:
    """The code as LLVM has optimised it, or in the processor's assembly language."""
    module = written(layout, operations, objects.are_known())
    return compiler.listing(module, layout.target, assembly)
