"""scikit-learn's training on the log-loss, which is timed beside the kernels' own."""

from __future__ import annotations

import numpy as np
import pytest

import kernels
from benchmarks.measure import other_loss
from kernels.proof import reference
from kernels.support.checks import Array


def samples(network: kernels.Network) -> tuple[Array, Array]:
    """Inputs (7, s_1) and targets of 0 and 1 (7, s_L)."""
    generator = np.random.default_rng(2)
    X = generator.normal(size=(7, network.sizes[0]))
    return X, (generator.random((7, network.sizes[-1])) > 0.5).astype(float)


@pytest.mark.parametrize("sizes", [(4, 3, 2), (3, 3, 1)])
def test_scikit_learn_descends_on_the_log_loss(sizes: tuple[int, ...]) -> None:
    """One step from the plan's own parameters, against central differences of that loss."""
    network = kernels.Network.centred(sizes, seed=1)
    X, Y = samples(network)

    def log_loss(theta: Array) -> float:
        H = reference.forward(sizes, theta, X)
        return float(-(Y * np.log(H) + (1 - Y) * np.log1p(-H)).sum() / len(X))

    steps = 1e-5 * np.eye(len(network.theta))
    theta = network.theta
    slopes = [(log_loss(theta + one) - log_loss(theta - one)) / 2e-5 for one in steps]
    plan = kernels.plan(network, "scikit-learn")
    found = other_loss.train(plan, X, Y, 1, 0.25)
    np.testing.assert_allclose(found.theta, theta - 0.25 * np.array(slopes), atol=1e-9)
    assert not np.array_equal(other_loss.train(plan, X, Y, 2, 0.25).theta, found.theta)
    assert plan.network == network


def test_a_training_on_another_loss_subtracts_the_shift() -> None:
    plain = kernels.Network.centred((5, 9, 3), seed=1)
    shift = 300.0 + np.arange(5.0)
    network = kernels.Network.from_theta(plain.sizes, plain.theta, shift=shift)
    X, Y = samples(network)
    X += shift
    trained = other_loss.train(kernels.plan(network, "scikit-learn"), X, Y, 3, 0.25)
    expected = other_loss.train(kernels.plan(plain, "scikit-learn"), X - shift, Y, 3, 0.25)
    np.testing.assert_array_equal(trained.theta, expected.theta)
    np.testing.assert_array_equal(trained.shift, shift)


def test_it_trains_what_offers_no_training() -> None:
    for name in other_loss.KERNELS:
        assert "train" not in kernels.find(name).operations
