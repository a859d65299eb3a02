"""Pretend that the objects of Python or NumPy do not lie in memory as compiled code expects."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from kernels.codegen.python import builtins, objects

Patch = Callable[..., None]
"""`setattr` of pytest's monkeypatch."""


def without_the_lock(patch: Patch) -> None:
    """Python without its global lock."""
    name = SimpleNamespace(name="cpython")
    patch(objects, "sys", SimpleNamespace(implementation=name, _is_gil_enabled=lambda: False))


def another_interpreter(patch: Patch) -> None:
    """Another Python than CPython."""
    patch(objects, "sys", SimpleNamespace(implementation=SimpleNamespace(name="pypy")))


def larger_objects(patch: Patch) -> None:
    """Objects with more than a reference count and a type, as Python builds for debugging have."""
    made = {"__basicsize__": 32, "__new__": object.__new__, "__setattr__": object.__setattr__}
    patch(objects, "object", SimpleNamespace(**made), raising=False)


def narrower_pointers(patch: Patch) -> None:
    """A process of 32 bits."""
    patch(objects, "WORD", 4)


def smaller_arrays(patch: Patch) -> None:
    """Arrays whose heads lack the last field."""
    patch(objects, "FLAGS", 1000)


def uncounted_references(patch: Patch) -> None:
    """Arrays whose references are not counted where they are expected to be."""
    patch(objects, "is_counted", lambda one: False)


def another_numpy(patch: Patch) -> None:
    """NumPy without its table of functions."""
    patch(objects, "numpy_function", lambda number: None)


def exchanged(one: str, other: str) -> Patch:
    """Heads of arrays in which two fields have changed places."""

    def pretend(patch: Patch) -> None:
        places: Any = getattr(objects, one), getattr(objects, other)
        patch(objects, one, places[1])
        patch(objects, other, places[0])

    pretend.__name__ = f"{one} and {other} exchanged"
    return pretend


CONDITIONS: list[Patch] = [
    without_the_lock,
    another_interpreter,
    larger_objects,
    narrower_pointers,
    smaller_arrays,
    uncounted_references,
    another_numpy,
    exchanged("DATA", "NDIM"),
    exchanged("SHAPE", "STRIDES"),
    exchanged("DTYPE", "DATA"),
    exchanged("FLAGS", "NDIM"),
    exchanged("COUNT", "TYPE"),
]
"""Each of them alone must keep native entries away."""


def forget() -> None:
    """Forget what is known of objects, so that the next plan looks again."""
    objects.are_known.cache_clear()
    builtins.outside.cache_clear()
