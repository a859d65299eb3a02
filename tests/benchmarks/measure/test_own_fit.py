"""scikit-learn's own fit, as a question of a training asks for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import kernels
from benchmarks.measure import own_fit
from benchmarks.measure.arrays import Array
from benchmarks.measure.question import Question
from benchmarks.measure.stepping import Stepping
from kernels import Network, NotOfferedError

CLASSES = Question(
    (4, 16, 3), "train", 90, ("relu", "softmax"), "log", stepping=Stepping("adam", 32, 1e-3, 1e-4)
)
NUMBERS = Question((5, 8, 4, 1), "train", 60, ("tanh", "tanh", "identity"),
                   stepping=Stepping("sgd", 7, 0.01))  # fmt: skip


@pytest.mark.parametrize("asked", [CLASSES, NUMBERS], ids=lambda one: one.name)
def test_it_makes_the_steps_that_were_asked_for(asked: Question) -> None:
    """Its weights are those of `plan.train` from the same start and in the same orders."""
    X, Y = own_fit.samples_of_classes(asked)
    passes, steps = 3, asked.stepping
    assert steps is not None
    fitted = own_fit.fit(asked, X, Y, passes)
    assert (fitted.n_iter_, fitted.batch_size) == (passes, steps.size(len(X)))
    assert fitted.alpha == steps.l2
    assert fitted.learning_rate_init == steps.learning_rate
    start = starting_weights(asked, X, Y)
    generator = np.random.RandomState(0)
    generator.uniform(size=sum(part.size for parts in start for part in parts))  # as the start was
    network = Network(*start, asked.architecture.activations)
    plan = kernels.plan(network, "batched", loss=asked.loss)
    options = steps.options() | {"shuffle": generator}
    trained = plan.train(X, Y, passes, optimizer=steps.make(), **options)
    found = theta_of([W.T for W in fitted.coefs_], fitted.intercepts_)
    np.testing.assert_allclose(trained.network.theta, found, rtol=0, atol=1e-10)


def starting_weights(asked: Question, X: Array, Y: Array) -> tuple[list[Array], list[Array]]:
    """Those of a fit whose steps are too short to change them."""
    still = replace(asked, stepping=Stepping("sgd", None, 1e-300))
    model = own_fit.fit(still, X, Y, 1)
    return [W.T for W in model.coefs_], list(model.intercepts_)


def theta_of(weights: list[Array], biases: list[Array]) -> Array:
    parts = [part.ravel() for pair in zip(weights, biases, strict=True) for part in pair]
    return np.concatenate(parts)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (replace(CLASSES, stepping=Stepping("adamw")), "adamw is not offered"),
        (replace(NUMBERS, activations=("tanh", "relu", "identity")), "is not offered by kernel"),
        (replace(NUMBERS, activations=("gelu", "gelu", "identity")), "is not offered by kernel"),
        (replace(NUMBERS, activations=("tanh", "tanh", "tanh")), "is not offered by kernel"),
    ],
)
def test_what_it_cannot_do_is_not_offered(asked: Question, message: str) -> None:
    X, Y = own_fit.samples_of_classes(asked)
    with pytest.raises(NotOfferedError, match=message):
        own_fit.fit(asked, X, Y, 1)
