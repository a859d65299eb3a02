"""Kernels that other packages offer, through the entry-point group `mlp_ladder.kernels`.

A package that is installed beside this one and says in its `pyproject.toml` ::

    [project.entry-points."mlp_ladder.kernels"]
    mine = "my_package:Kernel"

adds a kernel called `mine`. Nothing of that package is imported until somebody asks for the kernel
by name. Whatever then goes wrong becomes a PluginError that names it, and other kernels go on
working, even where the package calls `sys.exit`; only Ctrl-C is passed on.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from kernels.errors import PluginError
from kernels.interface import OPERATIONS, Plan
from kernels.support import checks
from kernels.support.imports import described

if TYPE_CHECKING:
    import importlib.metadata

GROUP = "mlp_ladder.kernels"


@contextlib.contextmanager
def foreign(what: str) -> Iterator[None]:
    """Turn whatever another package's code raises, SystemExit too, into a PluginError."""
    try:
        yield
    except (KeyboardInterrupt, PluginError):
        raise
    except BaseException as error:
        raise PluginError(f"{what}: {described(error)}") from error


@functools.cache
def found() -> tuple[dict[str, importlib.metadata.EntryPoint], tuple[str, ...]]:
    """The entry points by kernel name, and a line for each package whose metadata is unreadable.

    The first of several entry points with one name counts.
    """
    import importlib.metadata  # takes longer than the rest of this package, and often is not needed

    entries: dict[str, importlib.metadata.EntryPoint] = {}
    unreadable: list[str] = []
    try:
        offered: Iterable[importlib.metadata.EntryPoint] = importlib.metadata.entry_points(
            group=GROUP
        )
    except Exception:  # one package's metadata is unreadable: read them one by one
        offered = one_by_one(unreadable)
    for entry in offered:
        entries.setdefault(entry.name, entry)
    return entries, tuple(unreadable)


def one_by_one(unreadable: list[str]) -> Iterator[importlib.metadata.EntryPoint]:
    """The entry points of all packages; those with unreadable metadata are added to the list."""
    import importlib.metadata

    for distribution in importlib.metadata.distributions():
        try:
            yield from distribution.entry_points.select(group=GROUP)
        except Exception as error:
            where = getattr(distribution, "_path", None)  # its name would be in the metadata
            unreadable.append(f"the metadata in {where} cannot be read: {described(error)}")


def entries() -> dict[str, importlib.metadata.EntryPoint]:
    """The entry points by kernel name."""
    return found()[0]


def unreadable() -> tuple[str, ...]:
    """A line for each installed package whose entry points cannot be read."""
    return found()[1]


def load(name: str) -> type[Plan]:
    """The kernel of this name.

    Raises PluginError if it cannot be imported, or is no kernel.
    """
    result = imported(name)
    if isinstance(result, PluginError):
        raise result.with_traceback(None)
    return result


@functools.cache
def imported(name: str) -> type[Plan] | PluginError:
    """The kernel, or the reason why it cannot be used; importing is tried once."""
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
    """Reasons why an object cannot be the kernel of this name, as predicates of a sentence."""
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
    if not are_texts(kernel.modules) or "" in kernel.modules:
        yield f"has modules {kernel.modules!r}, which is not a tuple of modules' names"
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
    """Reason why the kernel of this name cannot be used here, in one line; None if it can."""
    try:
        kernel = load(name)
        with foreign(f"{entries()[name].value} cannot say what it lacks"):
            reason = kernel.missing()
            if reason is not None and type(reason) is not str:
                raise TypeError(f"missing() returned {reason!r}")
    except PluginError as error:
        return str(error)
    return reason
