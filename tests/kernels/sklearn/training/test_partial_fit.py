"""`partial_fit` called again skips checks, and still does and refuses what scikit-learn does."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import datasets, neural_network

from kernels import sklearn as ours
from kernels.sklearn.training.mlps import AGAIN
from tests.kernels.sklearn.training.test_fits import CLASSIFIERS, REGRESSORS, difference

DIGITS: Any = datasets.load_digits(return_X_y=True)
X, LABELS = DIGITS[0][:200] / 16, DIGITS[1][:200]
KINDS: dict[str, tuple[tuple[type, type], Any]] = {
    "ten classes": (CLASSIFIERS, LABELS),
    "two classes": (CLASSIFIERS, LABELS > 4),
    "strings": (CLASSIFIERS, LABELS.astype(str)),
    "floats": (CLASSIFIERS, LABELS.astype(float)),
    "one output": (REGRESSORS, LABELS / 10),
    "integers": (REGRESSORS, LABELS),
    "two outputs": (REGRESSORS, np.stack([LABELS, LABELS[::-1]], axis=1) / 10),
}


def begun(kind: type, y: Any, **options: Any) -> Any:
    """An MLP after two calls of `partial_fit`."""
    mlp = kind(hidden_layer_sizes=(5,), **{"random_state": 0} | options)
    classes = {"classes": np.unique(y)} if hasattr(mlp, "predict_proba") else {}
    return mlp.partial_fit(X, y, **classes).partial_fit(X, y)


@pytest.mark.parametrize("options", [{}, {"solver": "sgd"}, {"shuffle": False}], ids=str)
@pytest.mark.parametrize(("kinds", "y"), KINDS.values(), ids=KINDS)
def test_many_calls(
    kinds: Any, y: Any, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (begun(kind, y, **options) for kind in kinds)
    monkeypatch.setattr(type(other), "_validate_input", None)  # checks are skipped
    for k in range(30):
        part = slice(3 * k, 3 * k + 1 + k % 3)
        one.partial_fit(X[part], y[part])
        assert other.partial_fit(X[part], y[part]) is other
    assert difference(one, other) < 1e-12
    assert vars(one).keys() == vars(other).keys()
    for name in ("t_", "n_iter_", "_no_improvement_count"):
        assert getattr(one, name) == getattr(other, name)
    np.testing.assert_allclose(one.loss_curve_, other.loss_curve_, rtol=1e-10)
    assert one.best_loss_ == pytest.approx(other.best_loss_, rel=1e-10)
    assert one._optimizer.learning_rate == pytest.approx(other._optimizer.learning_rate, rel=1e-12)


@pytest.mark.parametrize("state", [None, 7, np.random.RandomState])
def test_orders_of_several_batches(state: Any) -> None:
    found = []
    for kind in CLASSIFIERS:
        np.random.seed(5)  # noqa: NPY002 - scikit-learn takes its numbers from there
        random_state = state(3) if isinstance(state, type) else state
        mlp = begun(kind, LABELS, random_state=random_state, batch_size=8)
        for k in (50, 20, 50):
            mlp.partial_fit(X[:k], LABELS[:k])
        found.append(mlp)
    assert difference(*found) < 1e-12


def test_other_parameters_are_seen() -> None:
    found = []
    for kind in CLASSIFIERS:
        mlp = begun(kind, LABELS)
        mlp.partial_fit(X[:1], LABELS[:1])
        mlp.set_params(alpha=1.0, batch_size=2).partial_fit(X[:5], LABELS[:5])
        mlp.learning_rate_init = 0.5  # scikit-learn's optimizer keeps the one it began with
        mlp.partial_fit(X[:5], LABELS[:5])
        found.append(mlp)
    assert difference(*found) < 1e-12


def changed(name: str, value: Any) -> Callable[[Any], Any]:
    return lambda mlp: mlp.set_params(**{name: value})


def nothing(_mlp: Any) -> None:
    """Leave it as it is."""


NAN = np.full((1, 64), np.nan)
ODD: dict[str, tuple[Any, ...]] = {
    "NaN": (NAN, LABELS[:1]),
    "infinity": (np.full((1, 64), np.inf), LABELS[:1]),
    "huge numbers": (np.full((1, 64), 1e300), LABELS[:1]),
    "another width": (X[:1, :5], LABELS[:1]),
    "float32": (X[:1].astype(np.float32), LABELS[:1]),
    "integers": (np.ones((1, 64), int), LABELS[:1]),
    "one row, 1-D": (X[0], LABELS[:1]),
    "3-D": (X[:1, np.newaxis], LABELS[:1]),
    "lists": (X[:1].tolist(), [1]),
    "no sample": (X[:0], LABELS[:0]),
    "too few labels": (X[:3], LABELS[:2]),
    "an unknown label": (X[:1], np.array([11])),
    "labels as floats": (X[:1], np.array([1.0])),
    "labels as strings": (X[:1], np.array(["1"])),
    "labels as a column": (X[:2], LABELS[:2, np.newaxis]),
    "a matrix": (np.matrix(X[:1]), LABELS[:1]),
    "masked": (np.ma.masked_array(X[:1]), LABELS[:1]),
    "other classes": (X[:1], LABELS[:1], None, np.arange(11)),
    "the same classes": (X[:1], LABELS[:1], None, np.arange(10)),
    "weights": (X[:2], LABELS[:2], np.array([0.5, 2])),
    "every other column": (np.repeat(X[:2], 2, axis=1)[:, ::2], LABELS[:2]),
    "columns first": (np.asfortranarray(X[:5]), LABELS[:5]),
}
CHANGES: dict[str, Callable[[Any], Any]] = {
    "early_stopping": changed("early_stopping", True),
    "a bad alpha": changed("alpha", -1.0),
    "a bad activation": changed("activation", "no such"),
    "warm_start": changed("warm_start", True),
    "verbose": changed("verbose", True),
    "lbfgs": changed("solver", "lbfgs"),
    "batch_size 0": changed("batch_size", 0),
    "larger batches": changed("batch_size", 3),
    "random_state": changed("random_state", "no seed"),
}


def outcome(mlp: Any, arguments: tuple[Any, ...]) -> Any:
    """The class and message of the error, and the warnings, that a call gives.

    NumPy's warnings of an overflow are left out: compiled code gives none.
    """
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            mlp.partial_fit(*arguments)
            error = None
        except Exception as raised:
            error = type(raised), str(raised).replace(f"{type(mlp).__module__}.", "")
    told = [(one.category, str(one.message)) for one in warned]
    return error, [one for one in told if not one[1].startswith("overflow")]


@pytest.mark.parametrize(
    ("arguments", "change"),
    [
        *(pytest.param(given, nothing, id=name) for name, given in ODD.items()),
        *(pytest.param((X[:1], LABELS[:1]), change, id=name) for name, change in CHANGES.items()),
    ],
)
def test_odd_calls(arguments: tuple[Any, ...], change: Callable[[Any], Any]) -> None:
    found = []
    for kind in CLASSIFIERS:
        mlp = begun(kind, LABELS)
        change(mlp)
        found.append((mlp, outcome(mlp, arguments)))
    (one, expected), (other, got) = found
    assert got == expected
    assert difference(one, other) < 1e-12
    if expected[0] is None:
        assert one.loss_ == pytest.approx(other.loss_, rel=1e-9)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_odd_targets(bad: float) -> None:
    found = []
    for kind in REGRESSORS:
        mlp = begun(kind, LABELS / 10)
        found.append(outcome(mlp, (X[:1], np.array([bad]))))
    assert found[0] == found[1]


def test_weights_that_are_no_longer_finite() -> None:
    found = []
    for kind in REGRESSORS:
        mlp = begun(kind, LABELS / 10, solver="sgd")
        with np.errstate(all="ignore"):
            found.append(outcome(mlp, (np.full((1, 64), 1e155), np.array([1e155])))[0])
    assert found[0] == found[1]
    assert "non-finite" in found[0][1]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_it_is_there_where_theirs_is() -> None:
    assert hasattr(ours.MLPRegressor(), "partial_fit")
    assert not hasattr(ours.MLPClassifier(solver="lbfgs"), "partial_fit")
    one, other = (kind(solver="lbfgs", max_iter=5, random_state=0) for kind in REGRESSORS)
    assert hasattr(one, "partial_fit") == hasattr(other, "partial_fit")
    if hasattr(one, "partial_fit"):  # some versions ask nothing, and fit
        for mlp in (one, other):
            mlp.partial_fit(X, LABELS).partial_fit(X, LABELS)
        assert difference(one, other) < 1e-9


def test_what_is_known_goes_with_the_estimator() -> None:
    mlp = begun(ours.MLPClassifier, LABELS)
    assert mlp in AGAIN
    mlp.fit(X, LABELS)
    theirs = begun(neural_network.MLPClassifier, LABELS).fit(X, LABELS)
    for one in (mlp, theirs):
        one.partial_fit(X[:1], LABELS[:1])
    assert difference(mlp, theirs) < 1e-12
    before = len(AGAIN)
    del mlp, one
    assert len(AGAIN) == before - 1


def test_a_fit_between_is_seen() -> None:
    one, other = (begun(kind, LABELS / 10) for kind in REGRESSORS)
    for mlp in (one, other):
        mlp.fit(X.astype(np.float32), LABELS / 10)
    outcomes = [outcome(mlp, (X, LABELS / 10))[0] for mlp in (one, other)]
    assert outcomes[0] == outcomes[1]
    assert one.coefs_[0].dtype == other.coefs_[0].dtype
    for mlp in (one, other):
        mlp.fit(X[:, :5], LABELS / 10)
    outcomes = [outcome(mlp, (X, LABELS / 10))[0] for mlp in (one, other)]
    assert outcomes[0] == outcomes[1]
    assert outcomes[0] is not None
