"""An activation that is made up here, in one file: every rung computes it, and is held to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network
from kernels.general import compiled
from kernels.parts.activation import Activation
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.losses import LOSSES
from kernels.proof import gate
from kernels.support.checks import Array
from tests.rungs import GENERAL


class Softsign(Activation):
    """f(z) = z / (1 + |z|), f'(z) = (1 - |h|)^2."""

    name = "softsign"
    formula = "z / (1 + |z|)"
    output = True
    bend = 2.0

    @staticmethod
    def value(z: Any) -> Any:
        return z / (1 + np.abs(z))

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        return (1 - np.abs(h)) * (1 - np.abs(h))

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        return z / (1 + abs(z)), 1 / ((1 + abs(z)) * (1 + abs(z)))

    def complex_value(self, z: Array) -> Array:
        return np.asarray(z / (1 + np.where(z.real < 0, -z, z)))

    def value_bound(self, z: Array, h: Array, slope: Array, z_bound: Array, u: float) -> Array:
        return np.asarray(np.minimum(z_bound, 2.0) + 4 * u * np.abs(h))

    def emit(self, m: Any, z: Any) -> Any:
        return m.div(z, m.add(m.constant(1.0), m.magnitude(z)))

    def emit_slope(self, m: Any, h: Any) -> Any:
        rest = m.sub(m.constant(1.0), m.magnitude(h))
        return m.mul(rest, rest)


@contextmanager
def few_parts() -> Iterator[str]:
    """Softsign's name, in a list with few others, since `jitted` compiles for a whole list."""
    every: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (ACTIVATIONS, {**ACTIVATIONS}),
        (LOSSES, {**LOSSES}),
    ]
    for known, few in ((ACTIVATIONS, ("logistic", "relu", "identity")), (LOSSES, ("squared",))):
        for name in known.keys() - few:
            del known[name]
    ACTIVATIONS[Softsign.name] = Softsign()
    try:
        yield Softsign.name
    finally:
        for known, before in every:
            known.clear()
            known.update(before)


@pytest.fixture
def softsign() -> Iterator[str]:
    with few_parts() as name:
        yield name


@pytest.mark.parametrize(
    ("name", "dtype"),
    [*((name, "float64") for name in GENERAL), ("batched", "float32"), ("specialized", "float32")],
)
def test_every_rung_computes_it(name: str, dtype: str, softsign: str) -> None:
    for activations in ((softsign, softsign, "identity"), ("relu", softsign, softsign)):
        network = Network.centred((5, 9, 6, 4), 3, activations)
        plan = kernels.plan(network, name, dtype)
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
    before, key = kernels.plan(network, "specialized").forward(x), compiled.digest()

    class Other(Softsign):
        def emit(self, m: Any, z: Any) -> Any:
            return m.add(z, z)

        @staticmethod
        def value(z: Any) -> Any:
            return z + z

    monkeypatch.setitem(ACTIVATIONS, softsign, Other())
    assert not np.allclose(before, kernels.plan(network, "specialized").forward(x))
    assert compiled.digest() != key  # which `jitted` keeps code under


def test_jitted_code_for_two_lists_of_parts_does_not_mix() -> None:
    """Numba links what it loads from disk with what it compiles, by the functions' names."""
    network = Network.centred((5, 9, 4), 3, ("tanh", "identity"))
    X, Y = np.random.default_rng(0).random((11, 5)), np.zeros((11, 4))
    with few_parts() as softsign:
        kernels.plan(Network.centred((5, 9, 4), 3, (softsign, "identity")), "jitted")
    plan = kernels.plan(network, "jitted")
    for operation in plan.operations:
        gate.check(plan, operation, X, Y)
