"""Serving a fitted scikit-learn network: its own calls, ONNX Runtime, and `kernels.compile`.

Every contender fits the same network on the same data in a process of its own, and is checked
against scikit-learn on all of the data before it is timed.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import kernels
from benchmarks.measure.arrays import Array
from benchmarks.measure.timing import Call
from kernels.proof import gate

DATA = ("digits", "iris", "wine", "breast-cancer", "diabetes", "linnerud")
"""Those that come with scikit-learn; the last two are of regression."""
ACTIVATIONS = ("relu", "tanh", "logistic", "identity")
SCIKIT, PREDICT, ONE, ONNX = "scikit-learn", "compiled", "compiled.one", "onnx-runtime"
CONTENDERS = (SCIKIT, PREDICT, ONE, ONNX)
TOLERANCE = {PREDICT: 1e-12, ONE: 1e-12, ONNX: 1e-9}


@dataclass(frozen=True)
class Served:
    """What is fitted: a pipeline of StandardScaler and a network."""

    data: str = "digits"
    hidden: tuple[int, ...] = (30,)
    activation: str = "relu"

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise ValueError(f"--data is one of {', '.join(DATA)}, got {self.data!r}")


def samples(data: str) -> tuple[Array, Array]:
    """X (m, n) and what is to be predicted."""
    from sklearn import datasets

    loaded = getattr(datasets, f"load_{data.replace('-', '_')}")()
    return loaded.data, loaded.target


def fit(what: Served) -> Any:
    """The network, fitted, if not to the end; the same every time."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = samples(what.data)
    kind = MLPClassifier if np.issubdtype(y.dtype, np.integer) else MLPRegressor
    network = kind(
        hidden_layer_sizes=what.hidden, activation=what.activation, max_iter=200, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return make_pipeline(StandardScaler(), network).fit(X, y)


def method(estimator: Any) -> Callable[[Array], Array]:
    """What is called: the probabilities of a classifier, the prediction of a regressor."""
    found: Callable[[Array], Array] = getattr(estimator, "predict_proba", None) or estimator.predict
    return found


def prepare(task: dict[str, Any]) -> tuple[Call, dict[str, Any]]:
    """The call of a contender, checked, and what making it ready took.

    Raises GateError if its results are not scikit-learn's.
    """
    serving = task["serving"]
    what = Served(serving["data"], tuple(serving["hidden"]), serving["activation"])
    estimator = fit(what)
    everything = samples(what.data)[0]
    X = np.resize(everything, (task["rows"], everything.shape[1]))
    start = time.perf_counter()
    call, check = made(task["kernel"], estimator, X)
    build_seconds = time.perf_counter() - start
    true = method(estimator)(everything)
    found = np.asarray(check(everything)).reshape(true.shape)
    error = float(np.abs(found - true).max())
    allowed = TOLERANCE.get(task["kernel"], 0.0) * float(np.abs(true).max())
    if not error <= allowed:
        raise gate.GateError(f"{task['kernel']} is off by {error:.3g}, allowed {allowed:.3g}")
    return call, {
        "build_seconds": build_seconds,
        "first_seconds": 0.0,
        "error": error,
        "extrapolated_from": None,
        "architecture": str(kernels.compile(estimator).network.architecture),
    }


def made(name: str, estimator: Any, X: Array) -> tuple[Call, Callable[[Array], Any]]:
    """What is timed, and what is checked: the same for many rows."""
    if name == SCIKIT:
        return Call(method(estimator), (X,)), method(estimator)
    compiled = kernels.compile(estimator)
    if name == PREDICT:
        return Call(method(compiled), (X,)), method(compiled)
    if name == ONE:
        if len(X) > 1:
            raise kernels.NotOfferedError(f"{ONE} takes one row")
        x = X[0].copy()
        return Call(compiled.one, (x, compiled.one(x))), lambda rows: both_columns(
            compiled, np.array([compiled.one(row) for row in rows])
        )
    runtime: Any = kernels.plan(compiled.network, name)
    session = runtime.served()
    return Call(session.run, (None, {"X": X})), lambda rows: both_columns(
        compiled, session.run(None, {"X": rows})[0]
    )


def both_columns(compiled: Any, outputs: Array) -> Array:
    """Raw outputs as probabilities: a binary classifier's network gives only the second."""
    if outputs.shape[1] == 1 and hasattr(compiled, "classes_"):
        return np.hstack([1 - outputs, outputs])
    return outputs
