"""The first argument of a native entry, before the caller's: all that belongs to one plan."""

from __future__ import annotations

from typing import Any

from kernels.held import Held


class Entry:
    """What an entry needs of its plan; generated code reads the attributes."""

    __slots__ = ("back", "held", "keeps", "labels", "most", "names", "results", "sizes")

    back: Any
    """A callable that takes every call the entry refuses."""
    held: Held
    """The plan's parameters and memory."""
    keeps: Any
    """What the entry's code needs to exist: its library."""
    labels: Any
    """The labels of a classifier."""
    most: Any
    """The most samples of a call, an array of one int64: more are left to Python."""
    names: tuple[str, ...]
    """The names of the arguments, interned."""
    results: type
    """The class of gradients."""
    sizes: tuple[int, ...]
    """Nodes per layer."""

    def __reduce__(self) -> Any:
        """A pickled entry becomes, where it is loaded, the method of a plan that is built anew."""
        return self.back.args[0].__reduce__()
