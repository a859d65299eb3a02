"""Keras: its losses, and the activations that it computes in float32 alone."""

from __future__ import annotations

import numpy as np
import pytest

import kernels
from kernels import Network
from tests.memory import peak_bytes

NEEDS_KERAS = pytest.mark.skipif(bool(kernels.missing("keras")), reason="keras is not installed")


@NEEDS_KERAS
@pytest.mark.parametrize(
    ("output", "loss", "theirs"),
    [
        ("softmax", "log", "CategoricalCrossentropy"),
        ("logistic", "log", "BinaryCrossentropy"),
        ("identity", "squared", "MeanSquaredError"),
        ("exp", "poisson", "Poisson"),
    ],
)
def test_costs_are_those_of_kerass_losses(output: str, loss: str, theirs: str) -> None:
    """Its means over the nodes of a sample are sums here, and its squared loss is not halved.

    Its Poisson loss leaves out the terms that do not depend on the outputs: -1 for each sample.
    """
    import keras

    plan = kernels.plan(Network.centred((5, 7, 3), 2, ("tanh", output)), "keras", loss=loss)
    generator = np.random.default_rng(4)
    X, Y = generator.standard_normal((9, 5)), np.eye(3)[generator.integers(0, 3, 9)]
    expected = float(getattr(keras.losses, theirs)(dtype="float64")(Y, plan.forward_batch(X)))
    expected *= {"softmax": 1, "logistic": 3, "identity": 1.5, "exp": 3}[output]
    expected -= loss == "poisson"
    np.testing.assert_allclose(plan.gradient(X, Y).cost, expected, rtol=1e-6)


@NEEDS_KERAS
def test_activations_with_constants_in_float32_are_refused_in_float64() -> None:
    for name in ("gelu", "gelu_tanh", "leaky_relu"):
        network = Network.centred((5, 7, 3), 2, (name, "logistic"))
        with pytest.raises(kernels.NotOfferedError, match=name):
            kernels.plan(network, "keras")
        found = kernels.plan(network, "keras", "float32").forward(np.ones(5))
        true = kernels.plan(network, "batched").forward(np.ones(5))
        np.testing.assert_allclose(found, true, rtol=1e-5)


@NEEDS_KERAS
def test_updates_make_no_models() -> None:
    """Keras keeps about 150 KB of each model that is made, for ever."""
    plan = kernels.plan(Network.centred((5, 7, 3), 2), "keras")
    other = Network.centred((5, 7, 3), 3)
    plan.update(other.theta)
    before = peak_bytes()
    for _ in range(100):
        plan.update(other.theta)
    assert peak_bytes() - before < 5_000_000
    true = kernels.plan(other, "batched").forward(np.ones(5))
    np.testing.assert_allclose(plan.forward(np.ones(5)), true, rtol=1e-14)


@NEEDS_KERAS
def test_trainings_share_a_model_and_an_optimizer() -> None:
    plan = kernels.plan(Network.centred((5, 7, 3), 2), "keras")
    generator = np.random.default_rng(4)
    X, Y = generator.standard_normal((9, 5)), generator.random((9, 3))

    def train(rate: float) -> kernels.Training:
        return plan.train(X, Y, 1, batch_size=9, optimizer=kernels.Adam(rate))

    first = train(0.1)
    before = peak_bytes()
    for k in range(100):
        train(0.1 + k)
    assert peak_bytes() - before < 5_000_000
    np.testing.assert_array_equal(train(0.1).network.theta, first.network.theta)
