"""What object code is kept under on disk: all that it depends on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numpy as np
import pytest

from kernels import Network
from kernels.codegen import loading, sources
from kernels.codegen.emit.layout import Layout
from kernels.codegen.llvm import cache
from kernels.codegen.llvm.target import Target
from kernels.codegen.python import objects

NETWORK = Network.centred((3, 4, 2), seed=1)
LAYOUT = Layout(NETWORK.architecture, "float64", Target("x86_64-pc-linux-gnu", "haswell", "+avx2"))


def described(layout: Layout = LAYOUT, operations: Any = ("forward",), native: bool = True) -> str:
    return loading.description(layout, frozenset(operations), native)


def of_architecture(**changes: Any) -> str:
    architecture = LAYOUT.architecture._replace(**changes)
    return described(Layout(architecture, LAYOUT.dtype, LAYOUT.target))


def of_target(**changes: Any) -> str:
    known: Any = {"triple": LAYOUT.target.triple, "cpu": "haswell", "features": "+avx2"}
    return described(Layout(LAYOUT.architecture, LAYOUT.dtype, Target(**known | changes)))


DESCRIPTIONS: dict[str, Callable[[], str]] = {
    "nothing else": described,
    "sizes": lambda: of_architecture(sizes=(3, 4, 3)),
    "activations": lambda: of_architecture(activations=("tanh", "logistic")),
    "loss": lambda: of_architecture(loss="log"),
    "shift": lambda: of_architecture(shifted=True),
    "dtype": lambda: described(Layout(LAYOUT.architecture, "float32", LAYOUT.target)),
    "architecture of the processor": lambda: of_target(triple="aarch64-linux-gnu"),
    "processor": lambda: of_target(cpu="znver4"),
    "features": lambda: of_target(features="+avx2,+fma"),
    "level of optimisation": lambda: of_target(level=0),
    "operations": lambda: described(operations=("forward", "train")),
    "entries": lambda: described(operations=("forward", "probabilities")),
    "native": lambda: described(native=False),
}


def test_code_is_kept_under_all_that_describes_it() -> None:
    assert len({make() for make in DESCRIPTIONS.values()}) == len(DESCRIPTIONS)
    assert described(operations=("forward", "train")) == described(operations=("train", "forward"))


@pytest.mark.parametrize("name", ["Entry", "Held", "Gradient"])
def test_code_is_kept_under_the_places_of_attributes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, slots = described(), objects.slots

    def moved(kind: type) -> dict[str, int]:
        return {k: v + 8 * (kind.__name__ == name) for k, v in slots(kind).items()}

    monkeypatch.setattr(objects, "slots", moved)
    assert described() != before


def test_code_is_kept_under_the_place_of_items(monkeypatch: pytest.MonkeyPatch) -> None:
    before = described()
    monkeypatch.setattr(objects, "ITEMS", objects.ITEMS + 8)
    assert described() != before


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        (sys, "version", "4.0"),
        (sys, "abiflags", "d"),
        (np, "__version__", "3.0"),
        (llvmlite, "__version__", "1.0"),
        (llvm, "llvm_version_info", (99, 0, 0)),
        (sources, "digest", lambda: "of other sources"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_code_is_kept_under_sources_and_versions(
    where: Any, name: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "versions", cache.versions.__wrapped__)
    before = cache.key("this")
    assert cache.key("this") == before
    monkeypatch.setattr(where, name, value, raising=False)
    assert cache.key("this") != before
    assert cache.key("that") != cache.key("this")
