"""Kernels that other packages offer, through the entry-point group `mlp_ladder.kernels`.

A package that is installed beside this one and says in its `pyproject.toml` ::

    [project.entry-points."mlp_ladder.kernels"]
    mine = "my_package:Kernel"

has a kernel called `mine`. Nothing of it is imported until somebody asks for it by name. Whatever
then goes wrong is told with its name and harms nobody else, even where foreign code calls
`sys.exit`; only Ctrl-C is the user's own.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
from collections.abc import Iterable, Iterator
from typing import Any

from kernels.errors import PluginError
from kernels.interface import OPERATIONS, Plan
from kernels.support import checks

GROUP = "mlp_ladder.kernels"


@contextlib.contextmanager
def foreign(what: str) -> Iterator[None]:
    """Run another package's code: what it raises, SystemExit too, becomes a PluginError."""
    try:
        yield
    except (KeyboardInterrupt, PluginError):
        raise
    except BaseException as error:
        raise PluginError(f"{what}: {described(error)}") from error


def described(error: BaseException) -> str:
    """Kind and message of an exception, in a line; the kind alone where that raises another."""
    kind = type(error).__name__
    try:
        text = " ".join(str(error).split())
    except KeyboardInterrupt:
        raise
    except BaseException:
        return kind
    return f"{kind}: {text}" if text else kind


@functools.cache
def found() -> tuple[dict[str, importlib.metadata.EntryPoint], tuple[str, ...]]:
    """The entry points by the names of their kernels, and what of the metadata cannot be read.

    Of two with one name the first found counts.
    """
    entries: dict[str, importlib.metadata.EntryPoint] = {}
    unreadable: list[str] = []
    try:
        offered: Iterable[importlib.metadata.EntryPoint] = importlib.metadata.entry_points(
            group=GROUP
        )
    except Exception:  # of one package among all: one after the other, then
        offered = one_by_one(unreadable)
    for entry in offered:
        entries.setdefault(entry.name, entry)
    return entries, tuple(unreadable)


def one_by_one(unreadable: list[str]) -> Iterator[importlib.metadata.EntryPoint]:
    """The entry points of every package whose metadata can be read; the others are noted."""
    for distribution in importlib.metadata.distributions():
        try:
            yield from distribution.entry_points.select(group=GROUP)
        except Exception as error:
            where = getattr(distribution, "_path", None)  # its name is in what cannot be read
            unreadable.append(f"the metadata in {where} cannot be read: {described(error)}")


def entries() -> dict[str, importlib.metadata.EntryPoint]:
    """The entry points by the names of their kernels."""
    return found()[0]


def unreadable() -> tuple[str, ...]:
    """A line for each installed package whose entry points cannot be read."""
    return found()[1]


def load(name: str) -> type[Plan]:
    """The kernel of that name.

    Raises PluginError if it cannot be imported, or is none.
    """
    result = imported(name)
    if isinstance(result, PluginError):
        raise result.with_traceback(None)
    return result


@functools.cache
def imported(name: str) -> type[Plan] | PluginError:
    """The kernel, or why there is none: importing is tried once."""
    entry = entries()[name]
    try:
        with foreign(f"{entry.value} cannot be imported"):
            kernel = entry.load()
        with foreign(f"{entry.value} cannot be used"):
            for fault in faults(kernel, name):
                raise PluginError(f"{entry.value} {fault}")
    except PluginError as error:
        return error
    return kernel  # type: ignore[no-any-return]


def faults(kernel: Any, name: str) -> Iterator[str]:
    """What keeps an object from being the kernel of that name."""
    if not (isinstance(kernel, type) and issubclass(kernel, Plan)):
        yield "is not a subclass of kernels.Plan"
        return
    own = getattr(kernel, "name", None)
    if type(own) is not str or own != name:
        yield f"calls itself {own!r}"
    for attribute, known in (("operations", OPERATIONS), ("dtypes", checks.DTYPES)):
        value = getattr(kernel, attribute)
        if not are_texts(value) or not value or not set(value) <= set(known):
            yield f"has {attribute} {value!r}, which are not of {', '.join(known)}"
    if not are_texts(kernel.requires) or "" in kernel.requires:
        yield f"requires {kernel.requires!r}, which is not a tuple of packages' names"
    threads = kernel.max_threads
    if threads is not None and (type(threads) is not int or threads < 1):
        yield f"has max_threads {threads!r}, which is neither None nor a number from 1 on"
    for attribute in ("uses_blas", "general", "compiles_shapes"):
        if type(getattr(kernel, attribute)) is not bool:
            yield f"has {attribute} {getattr(kernel, attribute)!r}, which is not a bool"


def are_texts(value: Any) -> bool:
    """True for a tuple or list of strings."""
    return type(value) in (tuple, list) and all(type(one) is str for one in value)


def missing(name: str) -> str | None:
    """Why the kernel of that name cannot be used here, in a line; None if it can."""
    try:
        kernel = load(name)
        with foreign(f"{entries()[name].value} cannot say what it lacks"):
            reason = kernel.missing()
            if reason is not None and type(reason) is not str:
                raise TypeError(f"missing() returned {reason!r}")
    except PluginError as error:
        return str(error)
    return reason
