"""The compiled code of a network: the library in use, or one from the cache, or a new one.

Plans of equal architecture, dtype and operations share one library. Its code is freed with the last
object that holds it: plans, and entries that were taken from them.
"""

from __future__ import annotations

import contextlib
import os
import threading
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import llvmlite.binding as llvm

from kernels.codegen.emit.layout import Layout
from kernels.codegen.llvm import cache, compiler
from kernels.codegen.llvm.library import Library
from kernels.codegen.python import builtins, objects
from kernels.codegen.python.entry import Entry
from kernels.held import Held
from kernels.parts import discovery
from kernels.parts.optimizer import Optimizer
from kernels.results import Gradient

if TYPE_CHECKING:
    from kernels.codegen.program import Program

IN_USE: WeakValueDictionary[tuple[Any, ...], Library] = WeakValueDictionary()
"""The libraries that something holds."""
PASSES: dict[tuple[Any, ...], Library] = {}
"""Libraries of passes, a few small ones, which are kept."""
LOCK = threading.RLock()
"""Held while code is loaded; a finalizer that runs meanwhile may plan too."""
LLVM_LOCK: Any = getattr(llvm.ffi.lib, "_lock", contextlib.nullcontext())
"""llvmlite's own, held in every call of LLVM, also where code is freed."""


def before_fork() -> None:
    """Wait for both locks: a child would have them without the thread that releases them."""
    LOCK.acquire()
    LLVM_LOCK.__enter__()


def after_fork() -> None:
    """Release both locks, in the parent and in the child."""
    LLVM_LOCK.__exit__(None, None, None)
    LOCK.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=before_fork, after_in_parent=after_fork, after_in_child=after_fork)


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


def of_passes(optimizer: Optimizer, layout: Layout) -> Library:
    """The library of passes over data with an optimizer, for networks of any sizes."""
    foreign = discovery.foreign_kind(optimizer)
    key = (optimizer.form, layout.dtype, layout.target, foreign)
    with LOCK:
        found = PASSES.get(key)
        if found is None:
            make = partial(compiled_passes, optimizer, layout)
            code, names = make() if foreign else cache.code(repr(("passes", key)), make)
            found = PASSES[key] = Library(code, names, {})
    return found


def compiled_passes(optimizer: Optimizer, layout: Layout) -> tuple[bytes, tuple[str, ...]]:
    """Object code of passes with an optimizer, and the names of its functions."""
    from kernels.codegen.emit import passes

    module = passes.written(optimizer, layout.dtype, layout.target)
    return compiler.object_code(module, layout.target), compiler.exported(module)


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
