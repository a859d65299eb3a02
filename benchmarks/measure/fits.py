"""What `python -m benchmarks fit` times: trainings of scikit-learn's MLPs, as people make them.

Each is an entry of `FITS`, and a method here that says what is fitted on which data.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.measure.arrays import Array
from benchmarks.measure.environment import limit_blas
from benchmarks.measure.timing import Call, stopwatch
from kernels.proof import gate

SCIKIT, COMPILED = "scikit-learn", "kernels.sklearn"
CONTENDERS = (SCIKIT, COMPILED)
TOLERANCE = 1e-6
"""The largest distance from the weights of scikit-learn's own fit."""
GRID = {
    "hidden_layer_sizes": [(16,), (30,)],
    "alpha": [1e-4, 1e-2],
    "learning_rate_init": [1e-3, 1e-2],
}
"""Eight settings, each fitted three times."""


@dataclass(frozen=True)
class Fit:
    """A training of an MLPClassifier.

    Parameters
    ----------
    what : for people
    data : a data set of scikit-learn, whose columns are scaled
    options : the estimator's parameters
    method : "fit", "partial_fit" of one sample, or "search"
    """

    what: str
    data: str
    options: dict[str, Any]
    method: str = "fit"


def mlp(*hidden: int) -> dict[str, Any]:
    """Parameters of an MLPClassifier."""
    return {"hidden_layer_sizes": hidden, "random_state": 0}


DIGITS, IRIS, SHORT = mlp(30), mlp(16), {"max_iter": 50}
FITS = {
    "digits-200": Fit("digits, batches of 200", "digits", DIGITS),
    "digits-32": Fit("digits, batches of 32", "digits", DIGITS | SHORT | {"batch_size": 32}),
    "iris-32": Fit("iris, batches of 32", "iris", IRIS | {"batch_size": 32}),
    "iris-1": Fit("iris, one by one", "iris", IRIS | {"batch_size": 1, "max_iter": 20}),
    "lbfgs": Fit("digits, lbfgs", "digits", DIGITS | SHORT | {"solver": "lbfgs"}),
    "partial_fit": Fit("partial_fit of one row of digits", "digits", DIGITS, "partial_fit"),
    "search": Fit(
        "GridSearchCV of 24 fits on digits, one core", "digits", DIGITS | SHORT, "search"
    ),
}
"""The trainings, by name; the network of digits is 64-30-10, that of iris 4-16-3."""


def samples(name: str) -> tuple[Array, Array]:
    """Scaled samples (m, n) and the labels (m,) of a data set."""
    from sklearn import datasets
    from sklearn.preprocessing import StandardScaler

    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def estimator(fit: Fit, contender: str) -> Any:
    """What a contender fits."""
    from sklearn import neural_network

    from kernels import sklearn as compiled

    kind = neural_network.MLPClassifier if contender == SCIKIT else compiled.MLPClassifier
    network = kind(**fit.options)
    if fit.method != "search":
        return network
    from sklearn.model_selection import GridSearchCV

    return GridSearchCV(network, GRID, cv=3, refit=False)


def work(fit: Fit, contender: str) -> tuple[Callable[..., Any], tuple[Any, ...], Any]:
    """What is called, with which arguments, and the estimator that it fits."""
    X, y = samples(fit.data)
    one = estimator(fit, contender)
    if fit.method != "partial_fit":
        return silently, (one.fit, X, y), one
    one.partial_fit(X, y, classes=np.unique(y))
    return one.partial_fit, (X[:1], y[:1]), one


def silently(fit: Callable[[Array, Array], Any], X: Array, y: Array) -> None:
    """Fit without the warning that a short fit has not converged."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit(X, y)


def prepare(name: str, contender: str) -> tuple[Call, dict[str, Any]]:
    """The call of a contender, checked, and the facts that its worker reports.

    Raises GateError if it does not find what scikit-learn's own fit finds.
    """
    limit_blas(1)
    fit = FITS[name]
    function, arguments, own = work(fit, contender)
    first_ns, _ = stopwatch(lambda: function(*arguments))
    reference = own
    if contender != SCIKIT:
        train, given, reference = work(fit, SCIKIT)
        train(*given)
    return Call(function, arguments), {
        "build_seconds": 0.0,
        "first_seconds": first_ns * 1e-9,
        "error": distance(own, reference),
        "extrapolated_from": None,
        "accuracy_percent": accuracy(own, fit),
    }


def distance(one: Any, other: Any) -> float:
    """The largest distance of what two trainings found: of weights, or scores of a search."""
    if hasattr(one, "cv_results_"):
        found, expected = (each.cv_results_["mean_test_score"] for each in (one, other))
        if not np.array_equal(found, expected):
            raise gate.GateError(f"scores {found}, expected {expected}")
        return 0.0
    pairs = zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True)
    error = max(float(np.abs(a - b).max()) for a, b in pairs)
    if not error <= TOLERANCE or one.n_iter_ != other.n_iter_:
        raise gate.GateError(
            f"weights are off by {error:.3g} after {one.n_iter_} passes, allowed {TOLERANCE:.3g} "
            f"after {other.n_iter_}"
        )
    return error


def accuracy(one: Any, fit: Fit) -> float:
    """The share of samples, in percent, whose label is found; of a search, the best mean score."""
    if hasattr(one, "cv_results_"):
        return 100 * float(one.best_score_)
    X, y = samples(fit.data)
    return 100 * float(np.mean(one.predict(X) == y))
