"""Native entries: compiled code that takes a plan's calls before the public methods check them.

`Supplied.native_entries` says what a kernel gives. This module decides which of them a plan uses.

A subclass may pass on the entries of its base class, which know nothing of methods that the
subclass overrides. So if a subclass of the first class that gives entries overrides a method that
computes, no entry is used: the public methods stay, and call the override.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import takewhile
from typing import Any

from kernels.supplied import COMPUTING, ENTRIES, Supplied

Entry = Callable[..., Any]


def are_trusted(kernel: type[Supplied]) -> bool:
    """True if a kernel gives entries, and no method that they bypass was overridden later."""
    classes = takewhile(lambda one: one is not Supplied, kernel.__mro__)
    givers = [one for one in classes if "native_entries" in vars(one)]
    if not givers:
        return False
    first: Any = givers[-1]
    return all(getattr(kernel, name) is getattr(first, name, None) for name in COMPUTING)


def used(plan: Supplied, public: type[Supplied]) -> dict[str, Entry]:
    """The entries a plan uses: for its operations and `update`, if the method is not overridden.

    Parameters
    ----------
    plan : the stand-in for the plan, to which the entries refer
    public : the class that defines the public methods

    Raises
    ------
    TypeError, ValueError
        If `native_entries` returns something other than callables by operation.
    """
    kernel = type(plan)
    return {
        operation: entry
        for operation, entry in checked(plan.native_entries(), plan.name).items()
        if operation in (*plan.operations, "update")
        and getattr(kernel, operation) is getattr(public, operation)
    }


def stand_in(one: Any) -> Any:
    """An object of the same class with the same attributes, for an object's entries to refer to.

    The object then lies in no reference cycle with its entries, and is freed at once.
    """
    found = object.__new__(type(one))
    state: Any = object.__getstate__(one)
    attributes, in_slots = state if isinstance(state, tuple) else (state, {})
    for name, value in (attributes | in_slots).items():
        setattr(found, name, value)
    return found


def checked(given: Any, name: str) -> Mapping[str, Entry]:
    """What the kernel of this name returned as its entries; raises as `used` does."""
    if not isinstance(given, Mapping):
        raise TypeError(
            f"native_entries of kernel {name} must return a mapping of operations to callables, "
            f"got {given!r}"
        )
    for operation, entry in given.items():
        if operation not in ENTRIES:
            known = ", ".join(ENTRIES)
            raise ValueError(
                f"native_entries of kernel {name}: an operation is one of {known}, "
                f"got {operation!r}"
            )
        if not callable(entry):
            raise TypeError(
                f"native_entries of kernel {name}: {operation} must be callable, got {entry!r}"
            )
    return given
