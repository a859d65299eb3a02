"""Training in batches: beside scikit-learn's own fit, pass by pass, and refused where wrong."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

import kernels
from kernels import SGD, Adam, Network
from kernels.interface import Plan
from kernels.proof import batches

X, CLASSES = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
PASSES = 20


def start(sizes: tuple[int, ...], activations: tuple[str, ...], state: Any) -> Network:
    """The network from which scikit-learn begins with this random state."""
    weights, biases = [], []
    for n, rows in pairwise(sizes):
        bound = np.sqrt((2 if activations[0] == "logistic" else 6) / (n + rows))
        weights.append(state.uniform(-bound, bound, (n, rows)).T)
        biases.append(state.uniform(-bound, bound, rows))
    return Network(weights, biases, activations)


OPTIMIZERS: dict[str, tuple[Any, dict[str, Any]]] = {
    "adam": (Adam(1e-2), {"solver": "adam", "learning_rate_init": 1e-2}),
    "sgd": (SGD(0.1), {"solver": "sgd", "learning_rate_init": 0.1, "momentum": 0.0}),
    "momentum": (
        SGD(0.01, 0.9),
        {"solver": "sgd", "learning_rate_init": 0.01, "nesterovs_momentum": False},
    ),
    "nesterov": (
        SGD(0.01, 0.9, nesterov=True),
        {"solver": "sgd", "learning_rate_init": 0.01},
    ),
}


@pytest.mark.parametrize(
    ("kernel", "optimizer"),
    [*((kernel, one) for kernel in ("batched", "specialized") for one in OPTIMIZERS),
     ("jitted", "adam")],
)  # fmt: skip
@pytest.mark.parametrize("batch_size", [1, 32, 150])
def test_weights_are_those_of_scikit_learns_fit(
    kernel: str, optimizer: str, batch_size: int
) -> None:
    """The same start and the same shuffles: after 20 passes the same weights and loss curve.

    Numba takes seconds for each optimizer: the contract holds `jitted` to the others.
    """
    own, options = OPTIMIZERS[optimizer]
    theirs = MLPClassifier(
        (8,), "tanh", alpha=0.1, batch_size=batch_size, max_iter=PASSES, tol=0.0,
        n_iter_no_change=10**6, random_state=5, **options,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(X, CLASSES)
    state = np.random.RandomState(5)
    network = start((4, 8, 3), ("tanh", "softmax"), state)
    plan = kernels.plan(network, kernel, loss="log", operations="train")
    found = plan.train(
        X, CLASSES, PASSES, batch_size=batch_size, optimizer=own, l2=0.1, shuffle=state
    )
    for W, b, coefs, intercepts in zip(
        found.network.W, found.network.b, theirs.coefs_, theirs.intercepts_, strict=True
    ):
        np.testing.assert_allclose(W, coefs.T, rtol=0, atol=1e-10)
        np.testing.assert_allclose(b, intercepts, rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.cost, theirs.loss_curve_, rtol=1e-10)


@pytest.mark.parametrize("kernel", ["batched", "specialized"])
def test_weighted_samples_count_as_in_scikit_learn(kernel: str) -> None:
    weights = np.random.default_rng(0).random(len(X))
    theirs = MLPRegressor(hidden_layer_sizes=(8,), batch_size=40, max_iter=PASSES, tol=0.0,
                          shuffle=False, n_iter_no_change=10**6, random_state=5)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(X, CLASSES, sample_weight=weights)
    network = start((4, 8, 1), ("relu", "identity"), np.random.RandomState(5))
    trainer = kernels.plan(network, kernel, operations="train").trainer(Adam(), l2=1e-4)
    costs = [trainer.epoch(X, CLASSES, 40, sample_weight=weights) for _ in range(PASSES)]
    for W, coefs in zip(trainer.network.W, theirs.coefs_, strict=True):
        np.testing.assert_allclose(W, coefs.T, rtol=0, atol=1e-10)
    np.testing.assert_allclose(costs, theirs.loss_curve_, rtol=1e-10)


def small(kernel: str = "specialized", **options: Any) -> Plan:
    return kernels.plan(Network.centred((4, 5, 3), 1, ("tanh", "softmax")), kernel, loss="log",
                        **options)  # fmt: skip


def test_indices_of_classes_are_targets() -> None:
    plan = small()
    Y = np.eye(3)[CLASSES]
    np.testing.assert_array_equal(plan.gradient(X, CLASSES).theta, plan.gradient(X, Y).theta)
    one, other = (plan.train(X, y, 3, batch_size=20) for y in (CLASSES, Y))
    assert one.network == other.network
    with pytest.raises(ValueError, match="indices of classes from 0 to 2, got 3"):
        plan.train(X, CLASSES + 1, 3)
    with pytest.raises(TypeError, match="indices of classes, got shape"):
        plan.train(X, CLASSES + 0.5, 3)


def test_the_articles_step_in_batches_is_plain_descent() -> None:
    plan = small()
    whole = plan.train(X, CLASSES, 5, 0.5)
    same = plan.train(X, CLASSES, 5, 0.5, batch_size=len(X))
    np.testing.assert_allclose(same.network.theta, whole.network.theta, rtol=0, atol=1e-14)
    np.testing.assert_allclose(same.cost, whole.cost, rtol=1e-14)
    np.testing.assert_allclose(same.error, whole.error, rtol=1e-14)


def test_an_optimizer_has_its_own_learning_rate() -> None:
    for alpha in (0.25, 0.1):
        with pytest.raises(ValueError, match="alpha or optimizer"):
            small().train(X, CLASSES, 2, alpha, optimizer=Adam())
    small().train(X, CLASSES, 2, optimizer=Adam())
    with pytest.raises(TypeError, match="optimizer must be"):
        small().trainer("adam")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="l2 must be at least 0"):
        small().trainer(Adam(), l2=-1.0)


def test_shuffles_are_seeds_generators_and_orders() -> None:
    plan = small()

    def theta(shuffle: Any) -> Any:
        return plan.train(X, CLASSES, 3, batch_size=20, shuffle=shuffle).network.theta

    np.testing.assert_array_equal(theta(7), theta(np.random.default_rng(7)))
    generator = np.random.default_rng(7)
    orders = np.array([generator.permutation(len(X)) for _ in range(3)])
    np.testing.assert_array_equal(theta(7), theta(orders))
    assert (theta(7) != theta(8)).any()
    assert (theta(7) != theta(None)).any()
    for wrong, error in (
        (orders[:2], ValueError), (orders[:, :-1], ValueError), (orders + 1, ValueError),
        (orders + 0.5, TypeError), (-1, ValueError), ("random", TypeError), (True, TypeError),
    ):  # fmt: skip
        with pytest.raises(error, match=r"shuffle|order"):
            theta(wrong)


def test_a_batch_that_is_too_large_is_clipped_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="It is going to be clipped"):
        clipped = small().train(X, CLASSES, 2, batch_size=10**6)
    assert clipped.network == small().train(X, CLASSES, 2, batch_size=len(X)).network


@pytest.mark.parametrize("kernel", ["vectorized", "jitted", "specialized"])
def test_the_same_bits_in_whatever_parts(kernel: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = small(kernel)

    def trained() -> Any:
        return plan.train(X, CLASSES, 3, batch_size=7, optimizer=Adam(), l2=0.1, shuffle=1)

    monkeypatch.setattr("kernels.pace.PART_SECONDS", 0.0)  # step by step
    apart = trained()
    monkeypatch.setattr("kernels.pace.PART_SECONDS", 1e9)
    whole = trained()
    assert apart.network == whole.network
    np.testing.assert_array_equal(apart.cost, whole.cost)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_share_batches(threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernels.rungs.specialized.WORTH_A_BATCH", 1)
    weights = np.random.default_rng(0).random(len(X))
    one, many = (small(threads=n).trainer(Adam(0.01), l2=0.1) for n in (1, threads))
    for order in (None, np.random.default_rng(1).permutation(len(X))):
        costs = [t.epoch(X, CLASSES, 32, order, weights) for t in (one, many)]
        assert costs[0] == pytest.approx(costs[1], rel=1e-12)
    np.testing.assert_allclose(one.theta, many.theta, atol=1e-12)


@pytest.mark.parametrize("kernel", ["batched", "jitted", "specialized"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_weights_of_any_normal_size_are_the_same_as_none(kernel: str, dtype: str) -> None:
    found = []
    limits = np.finfo(dtype)
    for weight in (None, 1.0, 1e3 * limits.tiny, 1e-2 * limits.max / len(X)):
        trainer = small(kernel, dtype=dtype, operations="train").trainer(SGD(0.1))
        weights = None if weight is None else np.full(len(X), weight)
        trainer.epoch(X, CLASSES, 50, sample_weight=weights)
        found.append(trainer.theta)
    for theta in found[1:]:
        np.testing.assert_allclose(theta, found[0], rtol=1e-3, atol=1e-3)
    trainer = small(kernel, dtype=dtype, operations="train").trainer(SGD(0.1))
    for wrong in (limits.tiny / 1e3, limits.max):
        with pytest.raises(ValueError, match="the sum of each batch's sample_weight must be"):
            trainer.epoch(X, CLASSES, 50, sample_weight=np.full(len(X), wrong))


@pytest.mark.parametrize("kernel", ["jitted", "specialized"])
@pytest.mark.parametrize(
    ("outputs", "loss"),
    [("softmax", "log"), ("logistic", "log"), ("exp", "poisson"), ("softmax", "squared")],
)
@pytest.mark.parametrize("sizes", [(3, 4, 2), (5, 9, 8, 4)], ids=["small", "large"])
def test_every_loss_agrees_with_the_reference_in_weighted_batches(
    sizes: tuple[int, ...], outputs: str, loss: str, kernel: str
) -> None:
    hidden = ("tanh", "relu")[: len(sizes) - 2]
    network = Network.centred(sizes, 3, (*hidden, outputs))
    plan = kernels.plan(network, kernel, loss=loss, operations="train")
    generator = np.random.default_rng(4)
    rows, targets = generator.random((27, sizes[0])), generator.random((27, sizes[-1]))
    if outputs == "softmax":
        targets /= targets.sum(axis=1, keepdims=True)
    orders = np.array([generator.permutation(27) for _ in range(2)])
    setting = batches.Setting(Adam(0.02), 10, 0.3, ordered=True, weighted=True)
    weights = batches.weights_of(setting, 27, plan.dtype)
    theta, costs, _ = batches.trained(
        plan.architecture, network.theta, rows, targets, setting, orders, weights, passes=2
    )
    trainer = plan.trainer(setting.optimizer, setting.l2)
    found = [trainer.epoch(rows, targets, 10, order, weights) for order in orders]
    np.testing.assert_allclose(trainer.theta, theta.astype(float), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found, costs.astype(float), rtol=1e-12)
