"""Training in batches: beside scikit-learn's own fit, pass by pass, and refused where wrong."""

from __future__ import annotations

import copy
import signal
import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

import kernels
from kernels import SGD, Adam, Network
from kernels.codegen import loading
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


@pytest.mark.parametrize("kernel", ["batched", "jitted", "specialized"])
@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        (Adam(1e-2), {"solver": "adam", "learning_rate_init": 1e-2}),
        (SGD(0.1), {"solver": "sgd", "learning_rate_init": 0.1, "momentum": 0.0}),
        (
            SGD(0.01, 0.9),
            {"solver": "sgd", "learning_rate_init": 0.01, "nesterovs_momentum": False},
        ),
        (SGD(0.01, 0.9, nesterov=True), {"solver": "sgd", "learning_rate_init": 0.01}),
    ],
    ids=["adam", "sgd", "momentum", "nesterov"],
)
@pytest.mark.parametrize("batch_size", [1, 32, 150])
def test_weights_are_those_of_scikit_learns_fit(
    kernel: str, optimizer: Any, options: dict[str, Any], batch_size: int
) -> None:
    """The same start and the same shuffles: after 20 passes the same weights and loss curve."""
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
        X, CLASSES, PASSES, batch_size=batch_size, optimizer=optimizer, l2=0.1, shuffle=state
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
    trainer = kernels.plan(network, kernel).trainer(Adam(), l2=1e-4)
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

    monkeypatch.setattr("kernels.trainer.PART_SECONDS", 0.0)  # step by step
    apart = trained()
    monkeypatch.setattr("kernels.trainer.PART_SECONDS", 1e9)
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


def test_a_trainer_tells_where_it_is() -> None:
    trainer = small().trainer(Adam(0.01), l2=0.5)
    assert repr(trainer).startswith("<Trainer specialized: Adam(learning_rate=0.01")
    assert "l2=0.5, 0 steps" in repr(trainer)
    trainer.step(X, CLASSES)
    trainer.epoch(X, CLASSES, 50)
    assert "4 steps" in repr(trainer)
    trainer.learning_rate /= 2
    assert trainer.learning_rate == 0.005
    assert "learning_rate=0.005" in repr(trainer)
    for wrong in (-1.0, np.inf):
        with pytest.raises(ValueError, match="learning_rate"):
            trainer.learning_rate = wrong
    with pytest.raises(ValueError, match="a state needs theta, slots"):
        trainer.state = {"steps": 3, "learning_rate": 0.1}
    with pytest.raises(ValueError, match="not of a trainer with adam"):
        trainer.state = small().trainer(SGD(0.1)).state
    for other in (None, "state"):
        with pytest.raises(TypeError, match=r"what Trainer\.state returned"):
            trainer.state = other  # type: ignore[assignment]
    twin = copy.deepcopy(trainer)
    assert twin.step(X, CLASSES) == trainer.step(X, CLASSES)
    np.testing.assert_array_equal(twin.theta, trainer.theta)


def test_progress_is_told_and_divergence_warned_of() -> None:
    seen: list[tuple[int, float, float]] = []
    found = small().train(X, CLASSES, 4, batch_size=50, optimizer=Adam(),
                          progress=lambda *now: seen.append(now))  # fmt: skip
    assert seen[-1] == (4, found.cost[-1], found.error[-1])
    bad = X.copy()
    bad[3, 1] = np.nan
    with pytest.warns(RuntimeWarning, match="not finite from iteration 0 on"):
        small().train(bad, CLASSES, 2, batch_size=50)
    with pytest.warns(RuntimeWarning, match="the cost is not finite"):
        small().trainer(Adam()).epoch(bad, CLASSES, 50)


def test_plans_without_training_have_no_trainer() -> None:
    with pytest.raises(kernels.NotOfferedError, match="train"):
        small(operations="forward").trainer(Adam())


def test_an_interrupted_pass_leaves_no_step_half_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a thread that computes on after the call was interrupted."""
    trainer = small("batched").trainer(Adam(0.01))
    trainer.epoch(X, CLASSES, 50)
    whole = type(trainer._plan).pass_over
    in_use: list[Any] = []

    def interrupted(self: Any, theta: Any, one: Any, *arguments: Any) -> None:
        whole(self, theta, one, *arguments)
        in_use.extend((theta, one.slots))
        raise KeyboardInterrupt

    before = trainer.state
    monkeypatch.setattr(type(trainer._plan), "pass_over", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trainer.epoch(X, CLASSES, 50)
    monkeypatch.undo()
    for array in in_use:
        array[:] = np.nan
    after = trainer.state
    for name in ("theta", "slots", "steps"):
        np.testing.assert_array_equal(after[name], before[name])


@pytest.mark.parametrize("kernel", ["jitted", "specialized"])
def test_an_interruption_is_never_lost(kernel: str) -> None:
    """Wherever in a call it comes: Numba, for one, may call Python while it converts arguments."""
    trainer = small(kernel).trainer(SGD(0.1))
    trainer.step(X, CLASSES)
    times = np.random.default_rng(0).uniform(1e-6, 3e-4, 2000)

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    usual = signal.signal(signal.SIGALRM, interrupt)
    try:
        for seconds in times:
            with pytest.raises(KeyboardInterrupt):  # noqa: PT012  # it comes in one of the calls
                signal.setitimer(signal.ITIMER_REAL, seconds)
                for _ in range(10_000):
                    trainer.step(X, CLASSES)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, usual)
    assert np.isfinite(trainer.theta).all()


@pytest.mark.parametrize("kernel", ["batched", "jitted", "specialized"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_weights_of_any_normal_size_are_the_same_as_none(kernel: str, dtype: str) -> None:
    found = []
    limits = np.finfo(dtype)
    for weight in (None, 1.0, 1e3 * limits.tiny, 1e-2 * limits.max / len(X)):
        trainer = small(kernel, dtype=dtype).trainer(SGD(0.1))
        weights = None if weight is None else np.full(len(X), weight)
        trainer.epoch(X, CLASSES, 50, sample_weight=weights)
        found.append(trainer.theta)
    for theta in found[1:]:
        np.testing.assert_allclose(theta, found[0], rtol=1e-3, atol=1e-3)
    trainer = small(kernel, dtype=dtype).trainer(SGD(0.1))
    for wrong in (limits.tiny / 1e3, limits.max):
        with pytest.raises(ValueError, match="the sum of each batch's sample_weight must be"):
            trainer.epoch(X, CLASSES, 50, sample_weight=np.full(len(X), wrong))


class Doubled(Adam):
    """Adam with twice the learning rate."""

    def rates(self, first: int, count: int, learning_rate: float) -> Any:
        return super().rates(first, count, 2 * learning_rate)


class Signed(SGD):
    """Another step than the instructions that it inherits."""

    @property
    def step(self) -> Any:
        return signed


def signed(theta: Any, g: Any, slots: Any, rates: Any) -> tuple[Any, ...]:
    return theta - 0.01 * g / (np.sqrt(g * g) + 1e-300), slots[0]


@dataclass(frozen=True)
class Kept(SGD):
    """Keeps three numbers of each parameter."""

    @property
    def slots(self) -> int:
        return 3

    @property
    def step(self) -> Any:
        return kept


def kept(theta: Any, g: Any, slots: Any, rates: Any) -> tuple[Any, ...]:
    return theta - 0.1 * g, slots[1], slots[2], g


@pytest.mark.parametrize("kernel", ["batched", "jitted", "specialized"])
def test_optimizers_of_ones_own_train_on_every_rung(kernel: str) -> None:
    for own, same in ((Doubled(0.01), Adam(0.02)), (Kept(0.5), SGD(0.1))):
        options: Any = {"batch_size": 50, "l2": 0.1}
        found, expected = (
            small(kernel).train(X, CLASSES, 3, optimizer=one, **options) for one in (own, same)
        )
        np.testing.assert_allclose(found.network.theta, expected.network.theta, atol=1e-13)
    moved = small(kernel).train(X, CLASSES, 1, optimizer=Signed(0.5, 0.9), batch_size=150)
    distance = np.abs(moved.network.theta - small(kernel).network.theta)
    np.testing.assert_allclose(distance, 0.01, atol=1e-12)


def test_an_optimizer_of_ones_own_is_compiled_once() -> None:
    plan = small("specialized")
    plan.trainer(Doubled(0.01)).epoch(X, CLASSES, 50)
    before = len(loading.PASSES)
    for rate in (0.01, 0.02, 0.03):
        plan.trainer(Doubled(rate)).epoch(X, CLASSES, 50)
    assert len(loading.PASSES) == before


def test_learning_rates_are_finite_in_the_plans_dtype() -> None:
    plan = small("batched", dtype="float32")
    with pytest.raises(ValueError, match="learning_rate must be finite in float32"):
        plan.trainer(SGD(1e300))
    for alpha, message in ((1e300, "alpha must be finite in float32"), (-1.0, "alpha must be at")):
        with pytest.raises(ValueError, match=message):
            plan.train(X, CLASSES, 1, alpha, batch_size=50)


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
