"""TensorFlow's passes in batches, beside a loop that Keras and its optimizers make."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kernels
from kernels import SGD, Adam, AdamW, Network
from kernels.pace import PART_SECONDS
from kernels.parts.optimizer import Optimizer

SIZES, ACTIVATIONS = (5, 7, 3), ("gelu_tanh", "softmax")
SAMPLES, BATCH, PASSES = 23, 7, 3
NAMES = ["tensorflow", "tensorflow-xla"]
OPTIMIZERS = [
    (SGD(0.1), "SGD", {"learning_rate": 0.1}),
    (SGD(0.1, 0.9, nesterov=True), "SGD",
     {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    (Adam(0.02), "Adam", {"learning_rate": 0.02, "epsilon": 1e-8}),
    (AdamW(0.02, epsilon_after_correction=False, weight_decay=0.1), "AdamW",
     {"learning_rate": 0.02, "epsilon": 1e-8, "weight_decay": 0.1}),
]  # fmt: skip


def network() -> Network:
    return Network.centred(SIZES, 2, ACTIVATIONS)


def samples() -> tuple[Any, Any, Any]:
    """X, Y, and an order for each pass."""
    generator = np.random.default_rng(4)
    X = generator.standard_normal((SAMPLES, SIZES[0]))
    Y = np.eye(SIZES[-1])[generator.integers(0, SIZES[-1], SAMPLES)]
    return X, Y, np.array([generator.permutation(SAMPLES) for _ in range(PASSES)])


def trained_by_keras(kind: str, options: dict[str, Any]) -> tuple[list[Any], list[float]]:
    """W[0].T, b[0], ... and each pass's cost, with the loss that TensorFlow has for classes."""
    keras, tf = pytest.importorskip("keras"), pytest.importorskip("tensorflow")
    model = keras.Sequential([
        keras.Input(SIZES[:1], dtype="float64"),
        keras.layers.Dense(SIZES[1], dtype="float64", activation=lambda z: (
            0.5 * z * (1 + tf.tanh(tf.constant((2 / np.pi) ** 0.5, tf.float64) * (
                z + tf.constant(0.044715, tf.float64) * z**3)))
        )),
        keras.layers.Dense(SIZES[2], dtype="float64"),
    ])  # fmt: skip
    start = network()
    model.set_weights([a for W, b in zip(start.W, start.b, strict=True) for a in (W.T, b)])
    optimizer = getattr(keras.optimizers, kind)(**options)
    X, Y, orders = samples()
    costs = []
    for order in orders:
        total = 0.0
        for first in range(0, SAMPLES, BATCH):
            chosen = order[first : first + BATCH]
            with tf.GradientTape() as tape:
                losses = tf.nn.softmax_cross_entropy_with_logits(Y[chosen], model(X[chosen]))
                cost = tf.reduce_mean(losses)
            slopes = tape.gradient(cost, model.trainable_variables)
            optimizer.apply(slopes, model.trainable_variables)
            total += float(cost) * len(chosen)
        costs.append(total / SAMPLES)
    return [array.T for array in model.get_weights()], costs


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("ours", "kind", "options"), OPTIMIZERS)
def test_passes_are_those_of_kerass_optimizers(
    name: str, ours: Optimizer, kind: str, options: dict[str, Any]
) -> None:
    if kernels.missing(name):
        pytest.skip(f"{name}: {kernels.missing(name)}")
    expected, costs = trained_by_keras(kind, options)
    plan = kernels.plan(network(), name, loss="log")
    assert plan.own_form(ours) == ours
    X, Y, orders = samples()
    found = plan.train(X, Y, PASSES, batch_size=BATCH, optimizer=ours, shuffle=orders)
    theta = np.concatenate([array.ravel() for array in expected])
    # Keras keeps its learning rate and the powers of beta in float32
    np.testing.assert_allclose(found.network.theta, theta, atol=2e-6)
    np.testing.assert_allclose(found.cost, costs, atol=2e-6)
    assert np.abs(theta - network().theta).max() > 1e-2


@pytest.mark.parametrize("name", NAMES)
def test_the_remainder_of_a_pass_and_parts_of_passes_give_the_same(name: str) -> None:
    """A pass that is cut anywhere makes the same steps, to the last bit."""
    if kernels.missing(name):
        pytest.skip(f"{name}: {kernels.missing(name)}")
    plan = kernels.plan(network(), name, loss="log")
    X, Y, orders = samples()
    one = plan.trainer(Adam(0.02), l2=0.1)
    other = plan.trainer(Adam(0.02), l2=0.1)
    for order in orders:
        plan._pace.learn(one.optimizer, BATCH, 1_000_000, 0.0)
        cost = one.epoch(X, Y, BATCH, order)
        plan._pace.learn(one.optimizer, BATCH, 3, 0.9 * PART_SECONDS)
        assert plan._pace.steps(one.optimizer, BATCH) == 3
        assert other.epoch(X, Y, BATCH, order) == cost
    np.testing.assert_array_equal(one.theta, other.theta)
