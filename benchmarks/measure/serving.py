"""The contenders of a `ServingQuestion`: scikit-learn, ONNX Runtime and `kernels.compile`.

Every contender fits the same network on the same data in a process of its own, and is checked
against scikit-learn on all of the data before it is timed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import kernels
from benchmarks.measure.arrays import Array
from benchmarks.measure.serving_question import REGRESSIONS, ServingQuestion
from benchmarks.measure.timing import Call, stopwatch
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.losses import LOSSES
from kernels.proof import gate

SCIKIT, PREDICT, ONE, ONNX = "scikit-learn", "compiled", "compiled.one", "onnx-runtime"
CONTENDERS = (SCIKIT, PREDICT, ONE, ONNX)
TOLERANCE = {PREDICT: 1e-12, ONE: 1e-12, ONNX: 1e-9}
"""The largest difference from scikit-learn's results, in units of their largest."""


def samples(data: str) -> tuple[Array, Array]:
    """X (m, n) and the targets (m,) or (m, k) of a data set."""
    from sklearn import datasets

    loaded = getattr(datasets, f"load_{data.replace('-', '_')}")()
    return loaded.data, loaded.target


def fit(asked: ServingQuestion) -> Any:
    """The fitted pipeline, the same every time; its training may stop before it converges."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = samples(asked.data)
    named = ACTIVATIONS[asked.activation].libraries["scikit-learn"]
    options: dict[str, Any] = {"hidden_layer_sizes": asked.hidden, "max_iter": 200}
    options |= {"activation": named, "random_state": 0}
    if asked.data in REGRESSIONS:
        loss = LOSSES[asked.loss].libraries["scikit-learn"]
        network = MLPRegressor(loss=loss, **options)
    else:
        network = MLPClassifier(**options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return make_pipeline(StandardScaler(), network).fit(X, y)


def method(estimator: Any) -> Callable[[Array], Array]:
    """The method that is timed: a classifier's probabilities, a regressor's predictions."""
    found: Callable[[Array], Array] = getattr(estimator, "predict_proba", None) or estimator.predict
    return found


def prepare(asked: ServingQuestion, contender: str) -> tuple[Call, dict[str, Any]]:
    """The call of a contender, checked, and the facts that its worker reports.

    Raises GateError if its results are not scikit-learn's.
    """
    estimator = fit(asked)
    everything = samples(asked.data)[0]
    X = np.resize(everything, (asked.rows, everything.shape[1]))
    build_ns, (call, predict) = stopwatch(lambda: calls(contender, estimator, X))
    expected = method(estimator)(everything)
    found = np.asarray(predict(everything)).reshape(expected.shape)
    error = float(np.abs(found - expected).max())
    allowed = TOLERANCE.get(contender, 0.0) * float(np.abs(expected).max())
    if not error <= allowed:
        raise gate.GateError(f"{contender} is off by {error:.3g}, allowed {allowed:.3g}")
    return call, {
        "build_seconds": build_ns * 1e-9,
        "first_seconds": 0.0,
        "error": error,
        "extrapolated_from": None,
    }


def calls(name: str, estimator: Any, X: Array) -> tuple[Call, Callable[[Array], Any]]:
    """The call on X that is timed, and the function of any samples that is checked."""
    if name == SCIKIT:
        return Call(method(estimator), (X,)), method(estimator)
    compiled = kernels.compile(estimator)
    if name == PREDICT:
        return Call(method(compiled), (X,)), method(compiled)
    if name == ONE:
        if len(X) > 1:
            raise kernels.NotOfferedError(f"{ONE} takes one sample")
        x = X[0].copy()
        return Call(compiled.one, (x, compiled.one(x))), lambda rows: both_columns(
            compiled, np.array([compiled.one(row) for row in rows])
        )
    runtime: Any = kernels.plan(compiled.network, name)
    served = runtime.served()
    return Call(served, (X,)), lambda rows: both_columns(compiled, served(rows))


def both_columns(compiled: Any, outputs: Array) -> Array:
    """Probabilities of all classes; a binary network's only output is that of the second class."""
    if outputs.shape[1] == 1 and hasattr(compiled, "classes_"):
        return np.hstack([1 - outputs, outputs])
    return outputs
