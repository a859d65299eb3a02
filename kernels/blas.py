"""`threads=` for the kernels that leave their arithmetic to NumPy's BLAS.

BLAS has one thread count for the whole process, by default as many as there are cores. During a
call of a plan it is the plan's; with several calls under way at once it is the least that any of
them allows. When the last one ends, the process gets back the count it had before the first. Where
the count is right already, as after OPENBLAS_NUM_THREADS=1, a call only looks: some 0.2 us.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple, TypeVar

from threadpoolctl import LibController, ThreadpoolController

Result = TypeVar("Result")


def libraries() -> list[LibController]:
    """The BLAS libraries loaded in this process."""
    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


class ThreadCount(NamedTuple):
    """A BLAS library's functions that read and write its thread count."""

    get: Callable[[], int]
    set: Callable[[int], object]

    @classmethod
    def of(cls, library: LibController) -> ThreadCount:
        """The functions of a loaded BLAS.

        OpenBLAS is asked directly: threadpoolctl lets one Python thread at a time set its count,
        and ignores what the others ask for.
        """
        for prefix, suffix in product(("scipy_", ""), ("64_", "")):
            name = f"{prefix}openblas_{{}}_num_threads{suffix}"
            get, set = (getattr(library.dynlib, name.format(what), None) for what in ("get", "set"))
            if get is not None and set is not None:
                return cls(get, set)
        return cls(library.get_num_threads, library.set_num_threads)


class Calls:
    """The calls under way in this process, and the thread counts that follow from them."""

    def __init__(self) -> None:
        self.counts: dict[str, ThreadCount] = {}
        """By the library's file."""
        self.under_way: dict[object, int] = {}
        """The threads that each call under way allows, by a mark of the call's own."""
        self.before: dict[str, int] = {}
        """The counts to give back; empty while none is changed."""
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """In a forked process, where the other threads' calls do not go on."""
        self._lock = threading.Lock()
        self.under_way.clear()
        if self.before:
            self.settle()

    def look(self) -> None:
        """Find the BLAS libraries that are loaded by now."""
        for library in libraries():
            if library.filepath not in self.counts:
                self.counts[library.filepath] = ThreadCount.of(library)

    def settle(self) -> None:
        """Set the counts that the calls under way allow, or give back those from before."""
        with self._lock:
            # `before` is filled first and emptied last: a call that begins meanwhile sees it, and
            # waits here for its turn
            for path, count in self.counts.items():
                self.before.setdefault(path, count.get())
            allowed = list(self.under_way.values())
            for path, count in self.counts.items():
                wanted = min(allowed) if allowed else self.before[path]
                if count.get() != wanted:
                    count.set(wanted)
            if not allowed:
                self.before.clear()


CALLS = Calls()


class Limit:
    """Calls with so many threads of BLAS, or fewer where another call under way allows fewer."""

    def __init__(self, threads: int) -> None:
        CALLS.look()
        self._threads = threads
        self._under_way, self._before = CALLS.under_way, CALLS.before
        self._getters = [count.get for count in CALLS.counts.values()]

    def call(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """What `function` returns for these arguments."""
        threads, mark = self._threads, object()
        try:
            # counted before looking: whoever changes the thread count meanwhile has seen this call
            self._under_way[mark] = threads
            for get in self._getters:
                if get() != threads or self._before:
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
