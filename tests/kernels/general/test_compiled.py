"""Numba's loops for networks of any parts."""

from __future__ import annotations

import numpy as np
import pytest

import kernels
from kernels.general import compiled
from kernels.parts import architecture
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.architecture import Architecture
from kernels.parts.losses import LOSSES


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
    monkeypatch.delitem(ACTIVATIONS, "elu")
    assert compiled.digest() != before


def test_a_chain_calls_the_function_of_the_number() -> None:
    from numba import njit

    choose = compiled.chain([njit(lambda a, k=k: a + k) for k in range(4)], "a")
    assert [choose(np.int64(k), 10.0) for k in range(4)] == [10.0, 11.0, 12.0, 13.0]
