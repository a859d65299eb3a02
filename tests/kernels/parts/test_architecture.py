"""Architectures: sizes, activations and loss, as a key, a text, and part of a network."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

import kernels
from kernels import Network
from kernels.parts import architecture
from kernels.parts.architecture import Architecture
from tests.kernels.architectures import DEEP, SHAPES, data, network


def test_an_architecture_can_be_restored_from_its_key() -> None:
    for what in [*SHAPES, DEEP, architecture.of((3, 3, 1))]:
        assert Architecture.from_key(what.key) == what
    assert architecture.of((3, 3, 1)).is_article
    assert not DEEP.is_article
    assert str(architecture.of((3, 3, 1))) == "3-3-1"
    assert str(SHAPES[0]._replace(loss="log")) == "5-9-4, log-loss"
    assert str(DEEP).startswith("3-17-1-40-9-33 (relu, tanh, identity, logistic, softmax)")


@pytest.mark.parametrize(
    ("activations", "error", "message"),
    [
        ("relu", TypeError, "sequence of names"),
        (3, TypeError, "sequence of names"),
        ({"relu", "identity"}, TypeError, "sequence of names"),
        (("relu",), ValueError, "2, got 1"),
        (("relu", "silu"), ValueError, "the output layer has one of"),
        (("softmax", "softmax"), ValueError, "a hidden layer has one of"),
        (("cubic", "identity"), ValueError, "'cubic'"),
        ((1, "identity"), TypeError, "an activation is a name, got 1"),
    ],
)
def test_activations_that_do_not_fit_are_refused(
    activations: Any, error: Any, message: str
) -> None:
    with pytest.raises(error, match=message):
        Network.random((2, 3, 1), 0, activations)
    with pytest.raises(error, match=message):
        Network([[[1.0, 2.0]], [[1.0]]], [[0.0], [0.0]], activations)


def test_losses_that_do_not_fit_are_refused() -> None:
    plain = Network.random((2, 3, 1), 0, ("relu", "identity"))
    with pytest.raises(ValueError, match="softmax or logistic outputs, these are identity"):
        kernels.plan(plain, "batched", loss="log")
    with pytest.raises(ValueError, match="squared, log, poisson, got 'hinge'"):
        kernels.plan(plain, "batched", loss="hinge")
    with pytest.raises(TypeError, match="loss must be a name"):
        kernels.plan(plain, "batched", loss=None)  # type: ignore[arg-type]


def test_activations_are_saved_pickled_and_copied_with_the_network(tmp_path: Path) -> None:
    one = network(DEEP)
    one.save(tmp_path / "n.npz")
    for other in (Network.load(tmp_path / "n.npz"), pickle.loads(pickle.dumps(one)), one.copy()):
        assert other == one
        assert other.activations == DEEP.activations
    assert one != Network.from_theta(one.sizes, one.theta)
    assert "relu, tanh" in repr(one)
    trained = kernels.plan(one, "batched", loss="log").train(*data(DEEP), 1)
    assert trained.network.activations == DEEP.activations
