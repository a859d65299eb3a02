"""Other activations and losses than the article's: the oracle, and every kernel that takes them."""

from __future__ import annotations

import itertools
import pickle
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import kernels
from kernels import Network
from kernels.parts import architecture
from kernels.parts.architecture import HIDDEN, OUTPUT, Architecture
from kernels.proof import bounds as conditioning
from kernels.proof import gate, reference
from tests.pairwise import pairwise
from tests.kernels.test_properties import COMPILING, RELAXED

GENERAL = ("batched", "specialized")
SHAPES = [
    Architecture((5, 9, 4), (hidden, output), loss)
    for hidden, output, loss in itertools.product(HIDDEN, OUTPUT, ("squared", "log"))
    if loss == "squared" or output != "identity"
]
MEETING = [
    (Architecture((5, 9, 4), (hidden, output), loss), dtype)
    for hidden, (output, loss), dtype in pairwise(
        HIDDEN,
        sorted({(what.activations[-1], what.loss) for what in SHAPES}),
        ("float64", "float32"),
    )
]
"""The same, each in one dtype: every hidden activation and every output meets both."""
DEEP = Architecture(
    (3, 17, 1, 40, 9, 33), ("relu", "tanh", "identity", "logistic", "softmax"), "log"
)


def network(what: Architecture, seed: int = 3) -> Network:
    return Network.centred(what.sizes, seed, what.activations)


def data(what: Architecture, m: int = 7) -> tuple[Any, Any]:
    generator = np.random.default_rng(7)
    return generator.standard_normal((m, what.sizes[0])), generator.random((m, what.sizes[-1]))


# --- networks -----------------------------------------------------------------------------------


def test_an_architecture_is_its_key() -> None:
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
        (("relu",), ValueError, "2, got 1"),
        (("relu", "relu"), ValueError, "the output layer has one of"),
        (("softmax", "softmax"), ValueError, "a hidden layer has one of"),
        (("cubic", "identity"), ValueError, "'cubic'"),
        ((1, "identity"), TypeError, "an activation is a name, got 1"),
    ],
)
def test_activations_that_do_not_fit(activations: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        Network.random((2, 3, 1), 0, activations)
    with pytest.raises(error, match=message):
        Network([[[1.0, 2.0]], [[1.0]]], [[0.0], [0.0]], activations)


def test_losses_that_do_not_fit() -> None:
    plain = Network.random((2, 3, 1), 0, ("relu", "identity"))
    with pytest.raises(ValueError, match="softmax or logistic outputs, these are identity"):
        kernels.plan(plain, "batched", loss="log")
    with pytest.raises(ValueError, match="squared, log, got 'hinge'"):
        kernels.plan(plain, "batched", loss="hinge")
    with pytest.raises(TypeError, match="loss must be a name"):
        kernels.plan(plain, "batched", loss=None)  # type: ignore[arg-type]


def test_activations_travel_with_the_network(tmp_path: Path) -> None:
    one = network(DEEP)
    one.save(tmp_path / "n.npz")
    for other in (Network.load(tmp_path / "n.npz"), pickle.loads(pickle.dumps(one)), one.copy()):
        assert other == one
        assert other.activations == DEEP.activations
    assert one != Network.from_theta(one.sizes, one.theta)
    assert "relu, tanh" in repr(one)
    trained = kernels.plan(one, "batched", loss="log").train(*data(DEEP), 1)
    assert trained.network.activations == DEEP.activations


@pytest.mark.parametrize(
    "name", [n for n in kernels.names() if kernels.is_installed(n) and not kernels.find(n).general]
)
def test_other_kernels_say_that_they_do_not_offer_it(name: str) -> None:
    for what in (SHAPES[0]._replace(loss="log"), Architecture((5, 4), ("identity",))):
        with pytest.raises(kernels.NotOfferedError, match=f"is not offered by kernel {name}"):
            kernels.plan(network(what), name, loss=what.loss)


# --- the oracle ---------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [*SHAPES, DEEP], ids=str)
def test_the_reference_agrees_with_autograd(what: Architecture) -> None:
    autograd = pytest.importorskip("autograd")
    anp = pytest.importorskip("autograd.numpy")
    functions = {
        "logistic": lambda z: 1 / (1 + anp.exp(-z)),
        "tanh": anp.tanh,
        "relu": lambda z: anp.maximum(z, 0.0),
        "identity": lambda z: z,
        "softmax": lambda z: anp.exp(z) / anp.sum(anp.exp(z), axis=1, keepdims=True),
    }
    X, Y = data(what)

    def cost(theta: Any) -> Any:
        h, start = X, 0
        for name, (n, rows) in zip(what.activations, itertools.pairwise(what.sizes), strict=True):
            middle, end = start + rows * n, start + rows * (n + 1)
            W = anp.reshape(theta[start:middle], (rows, n))
            h = functions[name](anp.dot(h, W.T) + theta[middle:end])
            start = end
        if what.loss == "squared":
            return anp.sum((Y - h) ** 2) / (2 * len(X))
        terms = Y * anp.log(h)
        if what.activations[-1] == "logistic":
            terms = terms + (1 - Y) * anp.log(1 - h)
        return -anp.sum(terms) / len(X)

    theta = network(what).theta
    ours = reference.gradient(what, theta, X, Y)
    assert float(ours.cost) == pytest.approx(cost(theta), rel=1e-13)
    theirs = autograd.grad(cost)(theta)
    assert np.abs(ours.theta - theirs).max() <= 1e-13 * np.linalg.norm(theirs)
    norm = float(np.sqrt((ours.theta**2).sum()))
    directions = np.eye(theta.size)[:: max(1, theta.size // 20)]
    for direction in directions:
        slope = reference.slope_along(what, theta, X, Y, direction)
        assert abs(float(ours.theta @ direction) - slope) <= 1e-15 * norm


@pytest.mark.parametrize("what", SHAPES[:3] + SHAPES[-2:], ids=str)
def test_mpmath_serves_as_well(what: Architecture, monkeypatch: pytest.MonkeyPatch) -> None:
    X, Y = data(what)
    theta = network(what).theta
    expected = reference.gradient(what, theta, X, Y)
    monkeypatch.setattr(reference, "ARITHMETIC", reference.mpmath_numbers())
    found = reference.gradient(what, theta, X, Y)
    assert isinstance(found.cost, mpmath.ctx_mp_python._mpf)
    difference = (found.theta - expected.theta.astype(float)).astype(float)
    assert np.abs(difference).max() < 1e-15
    assert float(found.cost) == pytest.approx(float(expected.cost), rel=1e-15)


@pytest.mark.parametrize("what", [*SHAPES, DEEP], ids=str)
def test_error_bounds_hold_and_are_not_empty(what: Architecture) -> None:
    X, Y = data(what)
    plan = kernels.plan(network(what), "batched", loss=what.loss)
    limits = conditioning.bounds(what, plan.network.theta, X, Y, plan.dtype)
    true = reference.gradient(what, plan.network.theta, X, Y)
    outputs = plan.forward_batch(X) - reference.forward(what, plan.network.theta, X)
    found = plan.gradient(X, Y)
    assert (np.abs(outputs) <= limits.outputs).all()
    assert (np.abs(found.theta - true.theta) <= limits.theta).all()
    assert abs(found.cost - true.cost) <= limits.cost
    assert limits.outputs.max() < 1e-12
    assert limits.theta.max() < 1e-10
    assert limits.cost < 1e-11


def test_saturated_log_losses_do_not_overflow() -> None:
    for output in ("softmax", "logistic"):
        what = Architecture((1, 2), (output,), "log")
        one = Network([[[1000.0], [-1000.0]]], [[0.0, 0.0]], (output,))
        true = reference.gradient(what, one.theta, np.array([[1.0]]), np.array([[0.0, 1.0]]))
        assert np.isfinite(float(true.cost))
        for name in GENERAL:
            found = kernels.plan(one, name, loss="log").gradient([[1.0]], [[0.0, 1.0]])
            assert found.cost == pytest.approx(float(true.cost), rel=1e-12)
            np.testing.assert_allclose(found.theta, true.theta.astype(float), atol=1e-12)


# --- kernels ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", GENERAL)
@pytest.mark.parametrize(
    ("what", "dtype"), [*MEETING, (DEEP, "float64"), (DEEP, "float32")], ids=str
)
def test_kernels_agree_with_the_reference(what: Architecture, name: str, dtype: str) -> None:
    plan = kernels.plan(network(what), name, dtype, loss=what.loss)
    for m in (1, 9) if name == "batched" else (1, 3, 90):
        X, Y = data(what, m)
        for operation in plan.operations:
            gate.check(plan, operation, X, Y)


@pytest.mark.parametrize("name", GENERAL)
def test_nan_and_infinity_pass_through_every_activation(name: str) -> None:
    rest = [1.0, -1.0, 0.5, 2.0]
    for what, dtype in MEETING:
        plan = kernels.plan(network(what), name, dtype, loss=what.loss)
        assert np.isnan(plan.forward([np.nan, *rest])).all()
        rows = plan.forward_batch([[0.5, *rest], [np.nan, *rest]])
        assert np.isfinite(rows[0]).all()
        assert np.isnan(rows[1]).all()


@pytest.mark.parametrize("output", ["softmax", "logistic"])
def test_threads_train_the_same(output: str) -> None:
    what = Architecture((5, 9, 4), ("relu", output), "log")
    X, Y = data(what, 1000)
    one = kernels.plan(network(what), "specialized", loss="log").train(X, Y, 20, 0.1)
    two = kernels.plan(network(what), "specialized", threads=2, loss="log").train(X, Y, 20, 0.1)
    np.testing.assert_allclose(one.network.theta, two.network.theta, rtol=0, atol=1e-12)
    np.testing.assert_allclose(one.cost, two.cost, rtol=1e-12)


ANY = (
    st.lists(st.integers(1, 40), min_size=2, max_size=4)
    .flatmap(
        lambda sizes: st.builds(
            Architecture,
            st.just(tuple(sizes)),
            st.tuples(*[st.sampled_from(HIDDEN)] * (len(sizes) - 2), st.sampled_from(OUTPUT)),
            st.sampled_from(["squared", "log"]),
        )
    )
    .filter(lambda what: what.loss == "squared" or what.activations[-1] != "identity")
)
WAKING = Architecture((5, 22, 37, 5), ("tanh", "relu", "softmax"), "log")
"""With seed 309, a relu of it rests at the first step of a training, and not at the second."""
KNOWN = st.sampled_from([DEEP, *(what for what, dtype in MEETING if dtype == "float64")])


def check(what: Architecture, name: str, m: int, seed: int) -> None:
    plan = kernels.plan(network(what, seed), name, loss=what.loss)
    X, Y = data(what, m)
    for operation in plan.operations:
        gate.check(plan, operation, X, Y)


@RELAXED
@given(what=ANY, m=st.integers(1, 50), seed=st.integers(0, 1000))
@example(what=WAKING, m=2, seed=309)
def test_any_architecture(what: Architecture, m: int, seed: int) -> None:
    check(what, "batched", m, seed)


@RELAXED
@given(what=KNOWN, m=st.integers(1, 50), seed=st.integers(0, 1000))
def test_generated_code_for_any_parameters_and_rows(what: Architecture, m: int, seed: int) -> None:
    check(what, "specialized", m, seed)


@COMPILING
@given(what=ANY, m=st.integers(1, 50))
def test_generated_code_for_any_architecture(what: Architecture, m: int) -> None:
    check(what, "specialized", m, seed=0)


# --- against scikit-learn -----------------------------------------------------------------------


@pytest.mark.parametrize("name", GENERAL)
@pytest.mark.parametrize("labels", [2, 4], ids=["logistic", "softmax"])
def test_training_matches_scikit_learn(labels: int, name: str) -> None:
    """Plain gradient descent on the whole batch, without momentum or penalty."""
    from sklearn.neural_network import MLPClassifier

    generator = np.random.default_rng(0)
    X = generator.standard_normal((60, 5))
    y = generator.integers(labels, size=60)
    theirs = MLPClassifier(
        (9,), activation="tanh", solver="sgd", alpha=0.0, momentum=0.0, batch_size=60,
        learning_rate_init=0.5, shuffle=False, random_state=0,
    )  # fmt: skip
    theirs.partial_fit(X, y, classes=np.arange(labels))
    start = Network(
        [weight.T for weight in theirs.coefs_],
        theirs.intercepts_,
        ("tanh", theirs.out_activation_),
    )
    Y = np.eye(labels)[y] if labels > 2 else y[:, np.newaxis].astype(float)
    ours = kernels.plan(start, name, loss="log").train(X, Y, 25, alpha=0.5)
    costs = []
    for _ in range(25):
        theirs.partial_fit(X, y)
        costs.append(theirs.loss_)
    np.testing.assert_allclose(ours.cost, costs, rtol=1e-10)
    for one, other in zip(ours.network.W, theirs.coefs_, strict=True):
        np.testing.assert_allclose(one, other.T, rtol=0, atol=1e-12)
