"""The article's own program: its functions' results, and the agreement of every rung."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import kernels
from benchmarks.article import algorithm, backpropagation
from benchmarks.measure import digits
from kernels.contract import EXAMPLE, EXAMPLE_INPUT, EXAMPLE_OUTPUT

TARGET = (0.0,)
SIZES = (4, 3, 5, 2)


def article_shaped(seed: int = 1) -> tuple[algorithm.Layers, algorithm.Layers]:
    """Return weights and biases with which no node saturates."""
    return algorithm.dictionaries(kernels.Network.centred(SIZES, seed))


# --- training (§4.8, §4.9, §5.4) ------------------------------------------------------------------


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_training_equals_the_articles_algorithm(rung: str) -> None:
    data = digits.split(0)
    X, Y = data.X_train[:12], data.Y_train[:12]
    network = kernels.Network.random(digits.SIZES, seed=0)
    start = algorithm.dictionaries(network)
    W, b, average_costs, costs = algorithm.train(digits.SIZES, X, Y, 8, digits.ALPHA, *start)
    found = kernels.plan(network, rung).train(X, Y, 8, digits.ALPHA)
    assert_allclose(found.cost, costs, rtol=1e-13)
    assert_allclose(found.error, average_costs, rtol=1e-13)
    for l in W:
        assert_allclose(found.network.W[l - 1], W[l], rtol=1e-12, atol=1e-14)
        assert_allclose(found.network.b[l - 1], b[l], rtol=1e-12, atol=1e-14)


def test_training_leaves_the_given_parameters_unchanged() -> None:
    W, b = article_shaped()
    X, Y = np.ones((2, 4)), np.zeros((2, 2))
    before = [array.copy() for array in (*W.values(), *b.values())]
    trained_W, trained_b, *_ = algorithm.train(SIZES, X, Y, 2, 0.5, W, b)
    for array, old in zip((*W.values(), *b.values()), before, strict=True):
        assert_array_equal(array, old)
    for l in W:
        assert (trained_W[l] != W[l]).all()
        assert (trained_b[l] != b[l]).all()


def test_training_lowers_both_series() -> None:
    """The cost J and the mean error, which the article plots, both fall and differ."""
    data = digits.split(0)
    X, Y = data.X_train[:20], data.Y_train[:20]
    start = algorithm.dictionaries(kernels.Network.centred(digits.SIZES, seed=0))
    *_, average_costs, costs = algorithm.train(digits.SIZES, X, Y, 30, digits.ALPHA, *start)
    assert (np.diff(costs) < 0).all()
    assert average_costs[-1] < average_costs[0]
    assert (np.array(average_costs) > costs).all()


@pytest.mark.parametrize(
    ("X", "Y"),
    [
        (np.ones((0, 4)), np.ones((0, 2))),
        (np.ones((3, 4)), np.ones((2, 2))),
        (np.ones((3, 5)), np.ones((3, 2))),
        (np.ones((3, 4)), np.ones((3, 1))),
        (np.ones((3, 4)), np.ones(3)),
    ],
)
def test_samples_that_do_not_fit_are_refused(X: Any, Y: Any) -> None:
    with pytest.raises(ValueError, match=r"do not fit \(4, 3, 5, 2\)"):
        algorithm.train(SIZES, X, Y, 1, 0.25, *article_shaped())


# --- its parts ------------------------------------------------------------------------------------


def test_a_digit_becomes_a_vector() -> None:
    assert algorithm.one_hot([1]).tolist() == [[0, 1, 0, 0, 0, 0, 0, 0, 0, 0]]
    assert algorithm.one_hot(np.array([5, 0])).argmax(axis=1).tolist() == [5, 0]
    assert algorithm.one_hot(range(10)).tolist() == np.eye(10).tolist()
    for wrong in (-1, 10):
        with pytest.raises(ValueError, match=f"a label is a digit, 0 to 9, got {wrong}"):
            algorithm.one_hot([3, wrong])


def test_weights_are_drawn_as_every_network_s_are() -> None:
    W, b = algorithm.initial_weights(SIZES, np.random.default_rng(7))
    network = kernels.Network.random(SIZES, seed=7)
    assert list(W) == list(b) == [1, 2, 3]
    for l in W:
        assert_array_equal(W[l], network.W[l - 1])
        assert_array_equal(b[l], network.b[l - 1])


def test_sums_have_the_shapes_of_what_they_change() -> None:
    W, b = article_shaped()
    tri_W, tri_b = algorithm.zero_sums(SIZES)
    for own, sums in ((W, tri_W), (b, tri_b)):
        assert {l: a.shape for l, a in own.items()} == {l: a.shape for l, a in sums.items()}
        assert not any(a.any() for a in sums.values())


def test_the_worked_example_goes_forward_as_printed() -> None:
    h, z = algorithm.feed_forward(np.array(EXAMPLE_INPUT), *algorithm.dictionaries(EXAMPLE))
    assert list(h) == [1, 2, 3]
    assert list(z) == [2, 3]
    assert_allclose(h[3], EXAMPLE_OUTPUT, rtol=1e-15)


def test_the_derivative_is_that_of_the_sigmoid() -> None:
    z = np.linspace(-4, 4, 9)
    step = 1e-6
    slope = (algorithm.f(z + step) - algorithm.f(z - step)) / (2 * step)
    assert_allclose(algorithm.f_deriv(z), slope, rtol=1e-8)


def test_the_digit_is_the_largest_output() -> None:
    """Checked with a network that keeps the order of its inputs."""
    X = np.random.default_rng(0).standard_normal((9, 4))
    found = algorithm.predict({1: np.eye(4)}, {1: np.zeros(4)}, X)
    assert set(found.tolist()) == {0, 1, 2, 3}
    assert found.tolist() == X.argmax(axis=1).tolist()


# --- one sample, element by element (§4.5, §4.6) --------------------------------------------------


@pytest.mark.parametrize("rung", kernels.LADDER)
@pytest.mark.parametrize("j", [1, 2, 3])
def test_the_product_of_the_three_factors_is_the_gradient(rung: str, j: int) -> None:
    factors = backpropagation.three_factors(EXAMPLE, EXAMPLE_INPUT, TARGET, i=1, j=j)
    gradient = kernels.plan(EXAMPLE, rung).gradient([EXAMPLE_INPUT], [TARGET])
    assert factors.dJ_dh == pytest.approx(EXAMPLE_OUTPUT, rel=1e-15)  # the target is 0
    assert factors.product == pytest.approx(gradient.W[1][0, j - 1], rel=1e-13)


def test_the_three_factors_of_every_weight_to_an_output() -> None:
    """Checked with a network in which all factors differ."""
    network = kernels.Network.centred(SIZES, seed=5)
    x, y = np.random.default_rng(5).random(4), (0.3, 0.8)
    last = kernels.plan(network, "vectorized").gradient(x[np.newaxis], [y]).W[-1]
    assert np.unique(last).size == last.size == 10
    for i, j in np.ndindex(last.shape):
        factors = backpropagation.three_factors(network, x, y, i + 1, j + 1)
        assert factors.product == pytest.approx(last[i, j], rel=1e-13)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"i": 2}, "i must be at most 1"),
        ({"j": 4}, "j must be at most 3"),
        ({"j": 0}, "j must be at least 1"),
        ({"x": (1.0, 2.0)}, r"x must have shape \(3,\)"),
        ({"y": (1.0, 2.0)}, r"y must have shape \(1,\)"),
        ({"network": kernels.Network.random((3, 3, 1), 0, ("tanh", "logistic"))}, "logistic"),
        ({"network": kernels.Network.random((3, 3, 1), 0, shift=(1, 1, 1))}, "without a shift"),
    ],
)
def test_factors_of_missing_weights_are_refused(change: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"network": EXAMPLE, "x": EXAMPLE_INPUT, "y": TARGET}
    with pytest.raises(ValueError, match=message):
        backpropagation.three_factors(**(given | change))


def test_hidden_deltas_element_by_element_are_the_matrix_product() -> None:
    W, b = article_shaped()
    x, y = np.random.default_rng(1).random(4), np.array([0.2, 0.9])
    h, z = algorithm.feed_forward(x, W, b)
    delta = {4: algorithm.output_delta(y, h[4], z[4])}
    for l in (3, 2):
        delta[l] = algorithm.hidden_delta(delta[l + 1], W[l], z[l])
        found = backpropagation.hidden_delta_from_several(delta[l + 1], W[l], z[l])
        assert found.shape == (SIZES[l - 1],)
        assert_allclose(found, delta[l], rtol=1e-14)


def test_a_single_output_node_needs_no_sum() -> None:
    W, b = algorithm.dictionaries(EXAMPLE)
    h, z = algorithm.feed_forward(np.array(EXAMPLE_INPUT), W, b)
    delta = algorithm.output_delta(np.array(TARGET), h[3], z[3])
    expected = algorithm.hidden_delta(delta, W[2], z[2])
    assert_allclose(
        backpropagation.hidden_delta_from_one(delta[0], W[2], z[2]), expected, rtol=1e-14
    )
    assert_allclose(
        backpropagation.hidden_delta_from_several(delta, W[2], z[2]), expected, rtol=1e-14
    )
    with pytest.raises(ValueError, match="has 3 nodes, not one"):
        backpropagation.hidden_delta_from_one(delta[0], W[1], h[1])
