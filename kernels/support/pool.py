"""Workspaces that are made once and lent to one call at a time.

A plan may be used by several threads at once, so it cannot own one workspace; and a call must not
allocate what could be kept. A pool keeps as many as were ever in use together. `list.pop` and
`list.append` are atomic, so no lock is needed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Pool(Generic[T]):
    """Lends workspaces that are all alike, made by `make()`.

    `give(workspace)` takes one back.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._free: list[T] = []
        self.give = self._free.append

    def take(self) -> T:
        """A workspace that nobody else has until it is given back."""
        try:
            return self._free.pop()
        except IndexError:
            return self._make()


class SizedPool(Generic[T]):
    """Lends workspaces made by `make(size)`, and keeps those of the size last asked for."""

    def __init__(self, make: Callable[[int], T]) -> None:
        self._make = make
        self._free: tuple[int, list[T]] = (-1, [])

    def take(self, size: int) -> T:
        """A workspace of `size` that nobody else has until it is given back."""
        kept, free = self._free
        if kept != size:
            self._free = (size, [])
            return self._make(size)
        try:
            return free.pop()
        except IndexError:
            return self._make(size)

    def give(self, size: int, workspace: T) -> None:
        """Back into the pool, unless another size is in use by now."""
        kept, free = self._free
        if kept == size:
            free.append(workspace)
