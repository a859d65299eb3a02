"""Estimators that train compiled: weights, attributes and random numbers are scikit-learn's."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn import datasets, neural_network
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from kernels import sklearn as ours
from kernels.sklearn.training.course import Course

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
CLASSIFIERS = neural_network.MLPClassifier, ours.MLPClassifier
REGRESSORS = neural_network.MLPRegressor, ours.MLPRegressor


def digits(count: int = 500) -> tuple[Any, Any]:
    X: Any
    X, y = datasets.load_digits(return_X_y=True)
    return X[:count] / 16, y[:count]


def numbers(outputs: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(outputs)
    X = rng.normal(size=(300, 10))
    Y = np.tanh(X @ rng.normal(size=(10, outputs)))
    return X, Y if outputs > 1 else Y[:, 0]


def counts() -> tuple[Any, Any]:
    X, y = numbers(1)
    return X, np.random.default_rng(0).poisson(np.exp(y)).astype(float)


def several_labels() -> Any:
    return datasets.make_multilabel_classification(300, 12, n_classes=4, random_state=0)


def difference(one: Any, other: Any) -> float:
    """The largest distance of two MLPs' parameters."""
    pairs = zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def require_equal(one: Any, other: Any, X: Any, tolerance: float = 1e-9) -> None:
    """Require the same training and the same predictions."""
    assert difference(one, other) <= tolerance
    assert vars(one).keys() == vars(other).keys()
    for name in ("n_iter_", "t_", "n_features_in_", "n_outputs_", "out_activation_", "n_layers_"):
        assert getattr(one, name) == getattr(other, name)
    for name in ("loss_", "best_loss_", "loss_curve_", "validation_scores_"):
        expected = getattr(one, name, None)
        if expected is not None:
            np.testing.assert_allclose(getattr(other, name), expected, rtol=100 * tolerance)
    for a, b in zip(one.coefs_, other.coefs_, strict=True):
        assert a.dtype == b.dtype
    if hasattr(one, "classes_"):
        np.testing.assert_array_equal(one.predict(X), other.predict(X))
        np.testing.assert_allclose(
            one.predict_proba(X), other.predict_proba(X), atol=100 * tolerance
        )
    else:
        np.testing.assert_allclose(one.predict(X), other.predict(X), rtol=1e-6, atol=1e-6)


def both(kinds: tuple[type, type], data: tuple[Any, ...], **options: Any) -> tuple[Any, Any]:
    """scikit-learn's MLP and ours, fitted."""
    usual: dict[str, Any] = {"hidden_layer_sizes": (30,), "max_iter": 20, "random_state": 0}
    one, other = (kind(**usual | options) for kind in kinds)
    return one.fit(*data), other.fit(*data)


OPTIONS: dict[str, dict[str, Any]] = {
    "as usual": {},
    "adam's settings": {"beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-6, "learning_rate_init": 0.01},
    "small batches": {"batch_size": 7, "alpha": 1.0},
    "too large batches": {"batch_size": 9999},
    "in order": {"shuffle": False, "batch_size": 32},
    "sgd": {"solver": "sgd", "learning_rate_init": 0.1},
    "no momentum": {"solver": "sgd", "momentum": 0},
    "plain momentum": {"solver": "sgd", "nesterovs_momentum": False},
    "momentum of one": {"solver": "sgd", "momentum": 1.0, "max_iter": 3},
    "invscaling": {"solver": "sgd", "learning_rate": "invscaling", "power_t": 0.3},
    "adaptive": {"solver": "sgd", "learning_rate": "adaptive", "tol": 0.1, "n_iter_no_change": 1},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 2},
    "stops": {"tol": 0.1, "n_iter_no_change": 2, "max_iter": 100},
    "tanh, deep": {"activation": "tanh", "hidden_layer_sizes": (20, 10, 5)},
    "logistic": {"activation": "logistic"},
    "identity": {"activation": "identity"},
    "lbfgs": {"solver": "lbfgs"},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.filterwarnings("ignore:Got `batch_size`", "ignore:scikit-learn's own code")
def test_options(options: dict[str, Any]) -> None:
    data = digits()
    one, other = both(CLASSIFIERS, data, **options)
    require_equal(one, other, data[0])


TASKS: dict[str, tuple[tuple[type, type], tuple[Any, Any], dict[str, Any]]] = {
    "two classes": (CLASSIFIERS, (digits()[0], digits()[1] > 4), {}),
    "strings": (CLASSIFIERS, (digits()[0], digits()[1].astype(str)), {}),
    "several labels": (CLASSIFIERS, several_labels(), {}),
    "sparse": (CLASSIFIERS, (sparse.csr_array(digits()[0]), digits()[1]), {}),
    "one output": (REGRESSORS, numbers(1), {}),
    "several outputs": (REGRESSORS, numbers(3), {}),
    "several outputs, lbfgs": (REGRESSORS, numbers(3), {"solver": "lbfgs"}),
    "counts": (REGRESSORS, counts(), {"loss": "poisson"}),
    "early, of several outputs": (REGRESSORS, numbers(3), {"early_stopping": True}),
    "columns first": (REGRESSORS, (np.asfortranarray(numbers(1)[0]), numbers(1)[1]), {}),
}


@pytest.mark.parametrize(("kinds", "data", "options"), TASKS.values(), ids=TASKS)
def test_tasks(kinds: Any, data: Any, options: dict[str, Any]) -> None:
    one, other = both(kinds, data, **options)
    require_equal(one, other, data[0])


@pytest.mark.parametrize("options", [{}, {"early_stopping": True}, {"solver": "lbfgs"}], ids=str)
def test_weights_of_samples(options: dict[str, Any]) -> None:
    weights = np.random.default_rng(0).random(500)
    one, other = both(CLASSIFIERS, (*digits(), weights), **options)
    require_equal(one, other, digits()[0])


def test_weights_of_which_a_batch_has_none() -> None:
    X, y = digits(100)
    weights = np.zeros(100)
    weights[0] = 1
    for kind in CLASSIFIERS:
        with pytest.raises(ZeroDivisionError):
            kind((5,), batch_size=10, random_state=0).fit(X, y, weights)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_float32(solver: str) -> None:
    X, y = digits()
    one, other = both(CLASSIFIERS, (X.astype(np.float32), y), solver=solver)
    assert other.coefs_[0].dtype == np.float32
    require_equal(one, other, X.astype(np.float32), tolerance=1e-4)


WHOLE: dict[str, Any] = {
    "iris": (CLASSIFIERS, datasets.load_iris, {"max_iter": 300}),
    "wine": (CLASSIFIERS, datasets.load_wine, {"solver": "sgd", "max_iter": 400}),
    "breast cancer": (CLASSIFIERS, datasets.load_breast_cancer, {"early_stopping": True}),
    "digits": (CLASSIFIERS, datasets.load_digits, {"max_iter": 100, "batch_size": 100}),
    "diabetes": (REGRESSORS, datasets.load_diabetes, {"max_iter": 100}),
}


@pytest.mark.parametrize(("kinds", "load", "options"), WHOLE.values(), ids=WHOLE)
def test_whole_fits(kinds: Any, load: Any, options: dict[str, Any]) -> None:
    X, y = load(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    one, other = both(kinds, (X, y), hidden_layer_sizes=(16,), **options)
    assert one.n_iter_ == other.n_iter_
    require_equal(one, other, X, tolerance=1e-6)


def test_messages(capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for kind in CLASSIFIERS:
        with pytest.warns(ConvergenceWarning) as warned:
            kind((5,), max_iter=3, random_state=0, verbose=True).fit(*digits(100))
        said.append((capsys.readouterr().out, [str(one.message) for one in warned]))
    assert said[0] == said[1]
    assert "Iteration 3" in said[0][0]


def test_warm_start_and_partial_fit_go_on() -> None:
    X, y = digits()
    one, other = (kind((12,), max_iter=5, warm_start=True, random_state=0) for kind in CLASSIFIERS)
    for mlp in (one, other):
        mlp.fit(X, y)
        mlp.fit(X, y)
        mlp.set_params(max_iter=2, learning_rate_init=0.01).fit(X, y)
        mlp.partial_fit(X, y)
    require_equal(one, other, X)


def test_random_numbers_are_taken_alike() -> None:
    X, y = digits(100)
    states = []
    for kind in CLASSIFIERS:
        state = np.random.RandomState(3)
        kind((5,), max_iter=3, early_stopping=True, random_state=state).fit(X, y)
        states.append(state.randint(1 << 30))
    assert states[0] == states[1]


def test_weights_that_a_caller_changes_count() -> None:
    X, y = digits(100)
    one, other = (kind((5,), random_state=0) for kind in CLASSIFIERS)
    for mlp in (one, other):
        mlp.partial_fit(X, y, classes=range(10))
        mlp.coefs_[0][:] += 0.1
        mlp.partial_fit(X, y)
        mlp.coefs_ = [2 * W for W in mlp.coefs_]
        mlp.intercepts_[1] = mlp.intercepts_[1] + 1
        mlp._optimizer.ms[0] = mlp._optimizer.ms[0] + 0.5
        mlp.partial_fit(X, y)
    require_equal(one, other, X)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_copies_train_apart(again: Any) -> None:
    X, y = digits(100)
    mlp = ours.MLPClassifier((5,), random_state=0).partial_fit(X, y, classes=range(10))
    expected = [W.copy() for W in mlp.coefs_]
    other, third = again(mlp), again(mlp)
    other.partial_fit(X, y)
    for W, before in zip(mlp.coefs_, expected, strict=True):
        np.testing.assert_array_equal(W, before)
    theirs = neural_network.MLPClassifier((5,), random_state=0)
    theirs.partial_fit(X, y, classes=range(10)).partial_fit(X, y)
    third.partial_fit(X, y)
    assert difference(theirs, other) < 1e-12
    assert difference(third, other) == 0


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_new_fit_leaves_the_arrays_of_the_one_before(solver: str) -> None:
    X, y = digits(100)
    mlp = ours.MLPClassifier((5,), random_state=0, max_iter=3).fit(X, y)
    kept = [*mlp.coefs_, *mlp.intercepts_, *mlp._optimizer.ms, *mlp._optimizer.vs]
    before = copy.deepcopy(kept)
    mlp.set_params(solver=solver).fit(X[:50], y[:50])
    for array, expected in zip(kept, before, strict=True):
        np.testing.assert_array_equal(array, expected)


def test_clones_are_not_fitted() -> None:
    mlp = ours.MLPClassifier((5,), alpha=0.1, max_iter=2).fit(*digits(100))
    fresh = clone(mlp)
    assert type(fresh) is ours.MLPClassifier
    assert fresh.get_params() == mlp.get_params()
    assert not hasattr(fresh, "coefs_")


def test_an_interruption_leaves_whole_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = digits(100)
    mlp = ours.MLPClassifier((5,), random_state=0, max_iter=50)
    made: list[None] = []
    real: Any = Course.make_steps

    def interrupted(*arguments: Any) -> None:
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(real(*arguments))

    monkeypatch.setattr(Course, "make_steps", interrupted)
    with pytest.warns(UserWarning, match="interrupted"):
        mlp.fit(X, y)
    monkeypatch.undo()
    expected = neural_network.MLPClassifier((5,), random_state=0, max_iter=3).fit(X, y)
    assert difference(expected, mlp) < 1e-12
    assert mlp.n_iter_ == 3
    assert "_backprop" not in vars(mlp)


def test_a_fit_that_diverges_raises_as_theirs() -> None:
    X, y = numbers(1)
    for kind in REGRESSORS:
        mlp = kind(solver="sgd", learning_rate_init=1e200, random_state=0)
        with (
            np.errstate(all="ignore"),
            pytest.raises(ValueError, match="non-finite parameter weights"),
        ):
            mlp.fit(X, y)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_losses_are_clipped_as_theirs(solver: str, classes: int, dtype: str) -> None:
    X, y = datasets.load_wine(return_X_y=True)  # not scaled: probabilities of 0 and 1
    one, other = both(
        CLASSIFIERS, (X.astype(dtype), y % classes), solver=solver, hidden_layer_sizes=(8,)
    )
    assert max(one.loss_curve_) > 5
    np.testing.assert_allclose(other.loss_curve_, one.loss_curve_, rtol=1e-4)


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_samples_are_not_kept(method: str) -> None:
    X, y = digits(100)
    X = X.copy()
    mlp = ours.MLPClassifier((5,), max_iter=3, random_state=0).fit(X, y)
    getattr(mlp, method)(X, y)
    gone = weakref.ref(X)
    del X
    gc.collect()
    assert gone() is None
