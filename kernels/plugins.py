"""Kernels that other packages offer, through the entry-point group `mlp_ladder.kernels`.

A package that is installed beside this one and says in its `pyproject.toml` ::

    [project.entry-points."mlp_ladder.kernels"]
    mine = "my_package:Kernel"

has a kernel called `mine`. Nothing of it is imported until somebody asks for it by name; what then
goes wrong is its own affair, and told with its name.
"""

from __future__ import annotations

import functools
import importlib.metadata

from kernels.interface import Plan

GROUP = "mlp_ladder.kernels"


class PluginError(ImportError):
    """Another package's kernel that cannot be used; the message says why."""


@functools.cache
def entries() -> dict[str, importlib.metadata.EntryPoint]:
    """The entry points by the names of their kernels; of two with one name the first found."""
    found: dict[str, importlib.metadata.EntryPoint] = {}
    for entry in importlib.metadata.entry_points(group=GROUP):
        found.setdefault(entry.name, entry)
    return found


@functools.cache
def load(name: str) -> type[Plan]:
    """The kernel of that name.

    Raises PluginError if it cannot be imported, or is none.
    """
    entry = entries()[name]
    kernel: type[Plan]
    try:
        kernel = entry.load()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise PluginError(f"{entry.value} cannot be imported: {reason}") from error
    if not (isinstance(kernel, type) and issubclass(kernel, Plan)):
        raise PluginError(f"{entry.value} is not a subclass of kernels.Plan")
    if getattr(kernel, "name", None) != name:
        raise PluginError(f"{entry.value} calls itself {getattr(kernel, 'name', None)!r}")
    return kernel
