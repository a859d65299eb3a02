"""Numba's loops for networks of any parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network
from kernels.general import compiled
from kernels.parts import architecture, discovery
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.architecture import Architecture
from kernels.parts.losses import LOSSES
from kernels.proof import gate
from kernels.support import numba_cache
from tests.kernels.made_up import few_parts


def test_a_shape_has_sizes_and_numbers_of_parts() -> None:
    what = Architecture((5, 9, 4), ("relu", "softmax"), "log")
    sizes, numbers = compiled.shape(what)
    assert tuple(sizes) == what.sizes
    assert [list(ACTIVATIONS)[k] for k in numbers[1:]] == ["relu", "softmax"]
    assert list(LOSSES)[numbers[0] // 2] == "log"
    assert numbers[0] % 2 == 1  # over all nodes
    assert compiled.shape(architecture.of((3, 1)))[1].tolist() == [0, 0]


def test_one_compilation_serves_every_network() -> None:
    def functions(*activations: str) -> object:
        network = kernels.Network.centred((3, 4, 2), 1, activations)
        return vars(kernels.plan(network, "jitted"))["_gradient"]

    assert functions("relu", "tanh") is functions("gelu", "identity")
    assert functions("relu", "tanh") is not functions("logistic", "logistic")


def test_the_digest_changes_with_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = compiled.digest()
    assert compiled.digest() == before
    fewer = {name: part for name, part in ACTIVATIONS.items() if name != "elu"}
    monkeypatch.setattr(compiled, "ACTIVATIONS", fewer)
    assert compiled.digest() != before


def test_the_digest_changes_with_every_file_of_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = compiled.digest()
    files = discovery.files()
    assert any("def sigmoid" in text for text in files)  # which only another part imports
    for k in range(len(files)):
        edited = [text + "#" * (k == number) for number, text in enumerate(files)]
        monkeypatch.setattr(discovery, "files", lambda edited=edited: edited)
        assert compiled.digest() != before


def test_compiled_names_differ_and_are_those_of_every_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Code that another process kept on disk brings its names: linking called `carry` for
    # `add_losses` where both had one name, and training went wrong in silence.
    found: list[str] = []
    renamed = numba_cache.renamed

    def noted(*given: Any) -> Any:
        copied = renamed(*given)
        found.append(copied.__qualname__)
        return copied

    monkeypatch.setattr(numba_cache, "renamed", noted)
    compiled.linked([])
    first = found.copy()
    assert len(first) > len(ACTIVATIONS) + len(LOSSES)
    assert len(set(first)) == len(first)
    found.clear()
    compiled.linked([])
    assert found == first


def test_a_chain_calls_the_function_of_the_number() -> None:
    from numba import njit

    choose = compiled.chain([njit(lambda a, k=k: a + k) for k in range(4)], "a")
    assert [choose(np.int64(k), 10.0) for k in range(4)] == [10.0, 11.0, 12.0, 13.0]


def test_jitted_code_for_two_lists_of_parts_does_not_mix() -> None:
    """Numba links what it loads from disk with what it compiles, by the functions' names."""
    network = Network.centred((5, 9, 4), 3, ("tanh", "identity"))
    X, Y = np.random.default_rng(0).random((11, 5)), np.zeros((11, 4))
    with few_parts() as softsign:
        kernels.plan(Network.centred((5, 9, 4), 3, (softsign, "identity")), "jitted")
    plan = kernels.plan(network, "jitted")
    for operation in plan.operations:
        gate.check(plan, operation, X, Y)
