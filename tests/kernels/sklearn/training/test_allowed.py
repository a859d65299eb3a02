"""Where compiled code could compute something else, scikit-learn's own methods train."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.neural_network import _multilayer_perceptron as theirs
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from kernels.sklearn.training import mlps
from tests.kernels.sklearn.training.test_fits import REGRESSORS, difference

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:scikit-learn's own code trains"),
]
RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(60, 5)), RNG.normal(size=(60, 3))
Change = Callable[[Any], Any]


class Downhill(AdamOptimizer):  # type: ignore[misc]
    def _get_updates(self, grads: list[Any]) -> list[Any]:
        return [-0.01 * one for one in grads]


def outcome(kind: type, change: Change, train: Change, **options: Any) -> tuple[Any, Any]:
    """An MLP, trained, changed and trained again, and the class and start of the error."""
    options = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0} | options
    mlp = train(kind(warm_start=True, **options))
    change(mlp)
    try:
        train(mlp)
    except Exception as raised:
        return mlp, (type(raised), str(raised)[:20])
    return mlp, None


def fit(mlp: Any) -> Any:
    return mlp.fit(X, Y)


def partial_fit(mlp: Any) -> Any:
    mlp.set_params(warm_start=False)
    return mlp.partial_fit(X, Y).partial_fit(X, Y)


def with_one(name: str, value: Callable[[Any], Any]) -> Change:
    return lambda mlp: setattr(mlp, name, value(mlp))


CHANGES: dict[str, Change] = {
    "logistic outputs": with_one("out_activation_", lambda _: "logistic"),
    "softmax outputs": with_one("out_activation_", lambda _: "softmax"),
    "float32 weights": with_one("coefs_", lambda mlp: [W.astype("f4") for W in mlp.coefs_]),
    "float16 weights": with_one("coefs_", lambda mlp: [W.astype("f2") for W in mlp.coefs_]),
    "fewer outputs": lambda mlp: (
        mlp.coefs_.__setitem__(1, mlp.coefs_[1][:, :1].copy()),
        mlp.intercepts_.__setitem__(1, mlp.intercepts_[1][:1].copy()),
    ),
    "more inputs": lambda mlp: mlp.coefs_.__setitem__(0, np.ones((9, 4))),
    "an optimizer of another class": with_one(
        "_optimizer", lambda mlp: Downhill(mlp.coefs_ + mlp.intercepts_)
    ),
    "another optimizer": with_one(
        "_optimizer", lambda mlp: SGDOptimizer(mlp.coefs_ + mlp.intercepts_, 0.01)
    ),
    "momentum of one": with_one(
        "_optimizer", lambda mlp: SGDOptimizer(mlp.coefs_ + mlp.intercepts_, 0.01, momentum=1.0)
    ),
    "other layers": with_one("hidden_layer_sizes", lambda _: (4, 3)),
    "an alpha of NaN": with_one("alpha", lambda _: np.nan),
    "no optimizer": lambda mlp: delattr(mlp, "_optimizer"),
    "a method of its own": with_one(
        "_compute_loss_grad",
        lambda mlp: (
            lambda layer, count, *given: type(mlp)._compute_loss_grad(mlp, layer, 2 * count, *given)
        ),
    ),
}


@pytest.mark.parametrize("train", [fit, partial_fit])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_mlp_that_was_changed(change: Change, train: Change) -> None:
    (one, expected), (other, got) = (outcome(kind, change, train) for kind in REGRESSORS)
    assert got == expected
    if expected is None:
        assert difference(one, other) < 1e-9
        assert [W.dtype for W in one.coefs_] == [W.dtype for W in other.coefs_]


def test_other_outputs_with_lbfgs() -> None:
    change = CHANGES["logistic outputs"]
    one, other = (outcome(kind, change, fit, solver="lbfgs")[0] for kind in REGRESSORS)
    assert difference(one, other) < 1e-9
    assert "_loss_grad_lbfgs" not in vars(other)


def test_a_batch_size_that_is_no_integer() -> None:
    for kind in REGRESSORS:
        mlp = kind(hidden_layer_sizes=(4,)).partial_fit(X, Y)
        with pytest.raises(TypeError):
            mlp.set_params(batch_size=2.5).partial_fit(X, Y)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_targets_of_another_width(method: str) -> None:
    found = []
    for kind in REGRESSORS:
        mlp = kind(hidden_layer_sizes=(4,), warm_start=method == "fit", random_state=0)
        getattr(mlp, method)(X, Y)
        for _ in range(2):  # scikit-learn compares each output with the only target
            getattr(mlp, method)(X, Y[:, 0])
        found.append(mlp)
    assert difference(*found) < 1e-9


def doubled(function: Any) -> Any:
    def double(*given: Any, **options: Any) -> Any:
        return 2 * function(*given, **options)

    return double


PATCHES: dict[str, tuple[Any, str, Any]] = {
    "a loss": (theirs.LOSS_FUNCTIONS, "squared_error", doubled),
    "a derivative": (theirs.DERIVATIVES, "relu", lambda _: lambda Z, delta: None),
    "a product": (theirs, "safe_sparse_dot", doubled),
    "an order": (theirs, "shuffle", lambda _: lambda order, random_state: order[::-1]),
    "an optimizer": (theirs, "AdamOptimizer", lambda _: Downhill),
    "steps": (AdamOptimizer, "_get_updates", lambda _: Downhill._get_updates),
    "a method": (
        theirs.BaseMultilayerPerceptron,
        "_compute_loss_grad",
        lambda real: lambda mlp, layer, count, *given: real(mlp, layer, 2 * count, *given),
    ),
    "the training": (
        theirs.BaseMultilayerPerceptron,
        "_fit_stochastic",
        lambda real: lambda mlp, *given: real(mlp.set_params(alpha=9), *given),
    ),
}


@pytest.mark.parametrize(("owner", "name", "other"), PATCHES.values(), ids=PATCHES)
def test_scikit_learn_patched(
    owner: Any, name: str, other: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0, "batch_size": 7}
    kinds = [kind(**options).fit(X, Y) for kind in REGRESSORS]  # nothing is remembered from here
    if isinstance(owner, dict):
        monkeypatch.setitem(owner, name, other(owner[name]))
    else:
        monkeypatch.setattr(owner, name, other(getattr(owner, name)))
    one, compiled = (mlp.fit(X, Y) for mlp in kinds)
    assert difference(one, compiled) < 1e-9
    np.testing.assert_allclose(one.loss_curve_, compiled.loss_curve_)


@pytest.mark.parametrize("weight", [1e-50, 1e50])
def test_weights_that_float32_has_not(weight: float) -> None:
    found = []
    for kind in REGRESSORS:
        mlp = kind(hidden_layer_sizes=(4,), max_iter=3, random_state=0)
        found.append(mlp.fit(X.astype("f4"), Y, np.full(60, weight)))
    assert difference(*found) < 1e-4


@pytest.mark.parametrize("method", ["_fit", "_validate_input"])
def test_partial_fit_reaches_overridden_methods(method: str) -> None:
    for kind in REGRESSORS:
        calls: list[None] = []

        def counting(mlp: Any, *given: Any, calls: Any = calls, **options: Any) -> Any:
            calls.append(None)
            return getattr(super(type(mlp), mlp), method)(*given, **options)

        mlp = type("Own", (kind,), {method: counting})(hidden_layer_sizes=(4,))
        for _ in range(3):
            mlp.partial_fit(X, Y)
        assert len(calls) == 3


def test_equal_estimators_train_apart() -> None:
    same = {"__eq__": lambda _one, _other: True, "__hash__": lambda _one: 1}
    for namespace in (same, {"__eq__": same["__eq__"]}):
        kind = type("Equal", (REGRESSORS[1],), namespace)
        one, other = (kind(hidden_layer_sizes=(4,), max_iter=3, random_state=0) for _ in range(2))
        before = [W.copy() for W in one.fit(X, Y).coefs_]
        other.fit(-X, Y)
        for W, expected in zip(one.coefs_, before, strict=True):
            np.testing.assert_array_equal(W, expected)


def test_the_reason_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlps, "SAID", set())
    mlp = REGRESSORS[1](hidden_layer_sizes=(4,), solver="sgd", momentum=1.0, max_iter=2)
    with pytest.warns(RuntimeWarning, match="not compiled code: .* momentum below 1"):
        mlp.fit(X, Y)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        mlp.fit(X, Y)
