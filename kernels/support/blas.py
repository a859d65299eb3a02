"""`threads=` for the kernels that leave their arithmetic to NumPy's BLAS.

BLAS has one thread count for the whole process, by default as many as there are cores. During a
call of a plan it is the plan's; with several calls under way at once it is the least that any of
them allows. When the last one ends, the process gets back the count it had before the first. Where
the count is right already, as after OPENBLAS_NUM_THREADS=1, a call only looks: some 0.1 us.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from threadpoolctl import LibController, ThreadpoolController

Result = TypeVar("Result")


def libraries() -> list[LibController]:
    """The BLAS libraries loaded in this process."""
    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


def of_numpy(loaded: list[LibController]) -> list[LibController]:
    """The one that NumPy computes with; all, where it does not tell.

    SciPy's wheels bring a second one, in a folder of their own.
    """
    own = [one for one in loaded if "numpy" in Path(one.filepath).parent.name]
    return own or loaded


class Asked:
    """A number that a function tells."""

    def __init__(self, get: Callable[[], int]) -> None:
        self._get = get

    @property
    def value(self) -> int:
        """The number, as it is now."""
        return self._get()


class ThreadCount(NamedTuple):
    """A BLAS library's thread count."""

    number: ctypes.c_int | Asked
    """Its `value` is the count. OpenBLAS's lies in memory: a call would take 0.5 us more."""
    set: Callable[[int], object]

    @classmethod
    def of(cls, library: LibController) -> ThreadCount:
        """That of a loaded library.

        OpenBLAS is told directly: threadpoolctl lets one Python thread at a time set its count,
        and ignores what the others ask for.
        """
        for prefix, suffix in product(("scipy_", ""), ("64_", "")):
            name = f"{prefix}openblas_{{}}_num_threads{suffix}"
            get, set = (getattr(library.dynlib, name.format(what), None) for what in ("get", "set"))
            if get is not None and set is not None:
                return cls(in_memory(library, get()) or Asked(get), set)
        return cls(Asked(library.get_num_threads), library.set_num_threads)


def in_memory(library: LibController, count: int) -> ctypes.c_int | None:
    """OpenBLAS's own variable, if it is there and holds what the library says."""
    try:
        number = ctypes.c_int.in_dll(library.dynlib, "blas_cpu_number")
    except ValueError:
        return None
    return number if number.value == count else None


class Calls:
    """The calls under way in this process, and the thread counts that follow from them."""

    def __init__(self) -> None:
        self.counts: dict[str, ThreadCount] = {}
        """By the library's file."""
        self.under_way: dict[object, int] = {}
        """The threads that each call under way allows, by a mark of the call's own."""
        self.before: dict[str, int] = {}
        """The counts to give back; empty while none is changed."""
        self.raised: set[str] = set()
        """The libraries whose count some call has raised, or may: then every call is counted."""
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """In a forked process, where the other threads' calls do not go on."""
        self._lock = threading.Lock()
        self.under_way.clear()
        if self.before:
            self.settle()

    def look(self, threads: int, every: bool) -> list[ThreadCount]:
        """NumPy's BLAS, or every one that is loaded, for calls that allow so many threads."""
        loaded = libraries()
        wanted = loaded if every else of_numpy(loaded)
        for library in wanted:
            if library.filepath not in self.counts:
                self.counts[library.filepath] = ThreadCount.of(library)
            if threads > self.counts[library.filepath].number.value:
                self.raised.add(library.filepath)
        return [self.counts[library.filepath] for library in wanted]

    def settle(self) -> None:
        """Set the counts that the calls under way allow, or give back those from before."""
        with self._lock:
            # `before` is filled first and emptied last: a call that begins meanwhile sees it, and
            # waits here for its turn
            for path, count in self.counts.items():
                self.before.setdefault(path, count.number.value)
            allowed = list(self.under_way.values())
            for path, count in self.counts.items():
                wanted = min(allowed) if allowed else self.before[path]
                if wanted > self.before[path]:
                    self.raised.add(path)
                if count.number.value != wanted:
                    count.set(wanted)
            if not allowed:
                self.before.clear()


CALLS = Calls()


class Limit:
    """Calls with so many threads of BLAS, or fewer where another call under way allows fewer.

    Of NumPy's BLAS, or of every one in the process.
    """

    def __init__(self, threads: int, every: bool = False) -> None:
        self._numbers = [count.number for count in CALLS.look(threads, every)]
        self._threads = threads
        self._under_way, self._before, self._raised = CALLS.under_way, CALLS.before, CALLS.raised

    def call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """What `function` returns for these arguments."""
        threads = self._threads
        if not (self._before or self._raised):
            for number in self._numbers:
                if number.value != threads:
                    break
            else:  # the count is right, and nobody raises it meanwhile
                return function(*arguments)
        mark = object()
        try:
            # counted before looking: whoever changes the thread count meanwhile has seen this call
            self._under_way[mark] = threads
            for number in self._numbers:
                if number.value != threads or self._before:
                    CALLS.settle()
                    break
            return function(*arguments)
        finally:
            try:
                self._under_way.pop(mark, None)
                if self._before:
                    CALLS.settle()
            except BaseException:  # Ctrl-C can come here too
                self._under_way.pop(mark, None)
                CALLS.settle()
                raise
