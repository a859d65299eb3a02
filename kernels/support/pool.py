"""Pools of workspaces: arrays that are allocated once and reused by later calls.

Several threads may call a plan at once, so one workspace per plan is too few; allocating one in
each call would be slow. A pool grows to the largest number of calls that were ever under way
together. It needs no lock, because `list.pop` and `list.append` are atomic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

S = TypeVar("S")
T = TypeVar("T")


class Pool(Generic[T]):
    """A pool of identical workspaces; `make()` allocates one.

    `take()` removes a workspace from the pool, `give(workspace)` puts it back.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._free: list[T] = []
        self.give = self._free.append

    def take(self) -> T:
        """Return a free workspace, or a new one if all are in use."""
        try:
            return self._free.pop()
        except IndexError:
            return self._make()


class SizedPool(Generic[S, T]):
    """A pool of workspaces of one size, the size last asked for; `make(size)` allocates one."""

    def __init__(self, make: Callable[[S], T]) -> None:
        self._make = make
        self._free: tuple[S | None, list[T]] = (None, [])

    def take(self, size: S) -> T:
        """Return a free workspace of this size, or a new one; drop those of another size."""
        kept, free = self._free
        if kept != size:
            self._free = (size, [])
            return self._make(size)
        try:
            return free.pop()
        except IndexError:
            return self._make(size)

    def give(self, size: S, workspace: T) -> None:
        """Put a workspace back, unless the pool has changed to another size meanwhile."""
        kept, free = self._free
        if kept == size:
            free.append(workspace)
