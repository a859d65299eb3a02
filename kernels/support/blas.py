"""The BLAS thread count during calls of plans, for kernels that compute with NumPy's BLAS.

BLAS has one thread count per process, by default the number of cores. A call of a plan sets it to
the plan's `threads`; during overlapping calls it is the smallest of theirs. After the last of them
it is what it was before the first. If it is right already, as after OPENBLAS_NUM_THREADS=1, a call
only reads it, which takes about 0.1 us.
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
    """Return the BLAS libraries loaded in this process."""
    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


def of_numpy(loaded: list[LibController]) -> list[LibController]:
    """Return the libraries that NumPy uses, by their folder; all, if the folder does not tell.

    SciPy's wheels contain a second BLAS in a folder of their own.
    """
    numpys = [one for one in loaded if "numpy" in Path(one.filepath).parent.name]
    return numpys or loaded


class Queried:
    """A number that is obtained by calling a function, with the interface of ctypes.c_int."""

    def __init__(self, get: Callable[[], int]) -> None:
        self._get = get

    @property
    def value(self) -> int:
        """The present number."""
        return self._get()


class ThreadCount(NamedTuple):
    """Access to a BLAS library's thread count."""

    number: ctypes.c_int | Queried
    """Its `value` is the count. OpenBLAS's is read from memory, 0.5 us faster than by a call."""
    set: Callable[[int], object]
    """Sets the count."""

    @classmethod
    def of(cls, library: LibController) -> ThreadCount:
        """Return access to the thread count of a loaded library.

        OpenBLAS's functions are called directly, because threadpoolctl ignores a thread that sets
        the count while another thread does.
        """
        for prefix, suffix in product(("scipy_", ""), ("64_", "")):
            name = f"{prefix}openblas_{{}}_num_threads{suffix}"
            get, set = (getattr(library.dynlib, name.format(what), None) for what in ("get", "set"))
            if get is not None and set is not None:
                return cls(in_memory(library, get()) or Queried(get), set)
        return cls(Queried(library.get_num_threads), library.set_num_threads)


def in_memory(library: LibController, count: int) -> ctypes.c_int | None:
    """Return OpenBLAS's variable for the count, if it exists and holds `count`."""
    try:
        number = ctypes.c_int.in_dll(library.dynlib, "blas_cpu_number")
    except ValueError:
        return None
    return number if number.value == count else None


class Calls:
    """All calls of plans under way in this process, and the thread counts they require."""

    def __init__(self) -> None:
        self.counts: dict[str, ThreadCount] = {}
        """Thread counts by the library's file."""
        self.under_way: dict[object, int] = {}
        """The `threads` of each call under way, by an object that identifies the call."""
        self.before: dict[str, int] = {}
        """Counts to restore, by the library's file; empty while no count is changed."""
        self.raised: set[str] = set()
        """Libraries whose count a call may raise; while there are any, all calls are recorded."""
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """Forget the calls of other threads, which do not continue in a forked process."""
        self._lock = threading.Lock()
        self.under_way.clear()
        if self.before:
            self.settle()

    def register(self, threads: int, every: bool) -> list[ThreadCount]:
        """Return the counts that calls with so many threads will set.

        These are the counts of NumPy's BLAS or, with `every`, of each BLAS in the process.
        """
        loaded = libraries()
        wanted = loaded if every else of_numpy(loaded)
        for library in wanted:
            if library.filepath not in self.counts:
                self.counts[library.filepath] = ThreadCount.of(library)
            if threads > self.counts[library.filepath].number.value:
                self.raised.add(library.filepath)
        return [self.counts[library.filepath] for library in wanted]

    def settle(self) -> None:
        """Set the counts required by the calls under way; restore them if there are none."""
        with self._lock:
            # `before` is filled first and emptied last, so that a call that begins meanwhile finds
            # it filled, calls `settle` too, and waits for the lock
            for path, count in self.counts.items():
                self.before.setdefault(path, count.number.value)
            required = list(self.under_way.values())
            for path, count in self.counts.items():
                wanted = min(required) if required else self.before[path]
                if wanted > self.before[path]:
                    self.raised.add(path)
                if count.number.value != wanted:
                    count.set(wanted)
            if not required:
                self.before.clear()


CALLS = Calls()


class Limit:
    """A limit on BLAS threads during calls.

    Parameters
    ----------
    threads : the limit; a call that overlaps with one of a lower limit gets the lower one
    every : limit every BLAS in the process, not only NumPy's
    """

    def __init__(self, threads: int, every: bool = False) -> None:
        self._numbers = [count.number for count in CALLS.register(threads, every)]
        self._threads = threads
        self._under_way, self._before, self._raised = CALLS.under_way, CALLS.before, CALLS.raised

    def call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Return function(*arguments), computed within the limit."""
        threads = self._threads
        if not (self._before or self._raised):
            for number in self._numbers:
                if number.value != threads:
                    break
            else:  # all counts are right, and no other call raises them meanwhile
                return function(*arguments)
        call = object()
        try:
            # recorded before the count is read, so that others who change it know of this call
            self._under_way[call] = threads
            for number in self._numbers:
                if number.value != threads or self._before:
                    CALLS.settle()
                    break
            return function(*arguments)
        finally:
            try:
                self._under_way.pop(call, None)
                if self._before:
                    CALLS.settle()
            except BaseException:  # Ctrl-C in the lines above
                self._under_way.pop(call, None)
                CALLS.settle()
                raise
