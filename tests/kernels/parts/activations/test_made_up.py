"""An activation that is made up here, in one file: every rung computes it, and is held to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network
from kernels.general import compiled
from kernels.parts.activations import ACTIVATIONS
from kernels.proof import gate
from tests.kernels.made_up import Softsign, few_parts
from tests.rungs import GENERAL


@pytest.fixture
def softsign() -> Iterator[str]:
    with few_parts() as name:
        yield name


@pytest.mark.parametrize(
    ("name", "dtype"),
    [*((name, "float64") for name in GENERAL), ("batched", "float32"), ("specialized", "float32")],
)
def test_every_rung_computes_it(name: str, dtype: str, softsign: str) -> None:
    """First, after itself, after another, before another and as output."""
    activations = (softsign, softsign, "relu", softsign)
    plan = kernels.plan(Network.centred((5, 9, 6, 5, 4), 3, activations), name, dtype)
    generator = np.random.default_rng(0)
    X, Y = generator.standard_normal((11, 5)), generator.random((11, 4))
    for operation in plan.operations:
        gate.check(plan, operation, X, Y)


def test_it_is_unknown_elsewhere() -> None:
    with pytest.raises(ValueError, match="got 'softsign'"):
        Network.centred((5, 9, 4), 3, ("softsign", "identity"))


def test_other_code_is_not_taken_for_it(softsign: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code in use or on disk for another activation of this name is not found."""
    network = Network.centred((5, 9, 4), 3, (softsign, "identity"))
    x = np.random.default_rng(0).standard_normal(5)

    def found() -> Any:
        return kernels.plan(network, "specialized", operations="forward").forward(x)

    before, key = found(), compiled.digest()

    class Other(Softsign):
        def emit(self, m: Any, z: Any) -> Any:
            return m.add(z, z)

        @staticmethod
        def value(z: Any) -> Any:
            return z + z

    monkeypatch.setitem(ACTIVATIONS, softsign, Other())
    assert not np.allclose(before, found())
    assert compiled.digest() != key  # which `jitted` keeps code under


def test_parts_of_one_class_in_different_states_are_different_parts() -> None:
    """Their sources are equal, and what they compute is not."""

    class Scaled(Softsign):
        def __init__(self, factor: float) -> None:
            self.factor = factor

        def emit(self, m: Any, z: Any) -> Any:
            return m.mul(z, m.constant(self.factor))

    network = Network([[[1.0]], [[1.0]]], [[0.0], [0.0]], ("relu", "identity"))
    keys = set()
    for factor in (0.25, 0.5):
        with few_parts(Scaled(factor)) as name:
            one = network.from_theta((1, 1, 1), network.theta, (name, "identity"))
            plan = kernels.plan(one, "specialized", operations="forward")
            assert plan.forward([1.0])[0] == factor
            keys.add(compiled.digest())
    assert len(keys) == 2
