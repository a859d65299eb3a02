"""Serving a fitted scikit-learn network: its own calls, ONNX Runtime, and `kernels.compile`.

Every contender fits the same network on the same data in a process of its own, and is checked
against scikit-learn on all of the data before it is timed.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

import kernels
from benchmarks.measure import duel
from benchmarks.measure.contenders import Contender, Task
from benchmarks.measure.rows import Row, interval_fields
from benchmarks.measure.timing import Call
from kernels.proof import gate
from kernels.support.checks import Array

DATA = ("digits", "iris", "wine", "breast-cancer", "diabetes", "linnerud")
"""Those that come with scikit-learn; the last two are of regression."""
ACTIVATIONS = ("relu", "tanh", "logistic", "identity")
ROWS = (1, 1000)
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


def sit(
    what: Served, rows: int, seconds: float, rounds: int, progress: duel.Progress
) -> duel.Sitting:
    """All contenders against each other, on so many rows."""
    task = Task(
        sizes=(),
        operation="serve",
        rows=rows,
        serving={"data": what.data, "hidden": list(what.hidden), "activation": what.activation},
    )
    who: Sequence[Contender] = [Contender(name) for name in CONTENDERS if rows == 1 or name != ONE]
    return duel.sit(task, who, seconds * len(who), rounds, progress)


def rows(what: Served, count: int, sitting: duel.Sitting) -> Iterator[Row]:
    """A time for each, and how many times as fast it is as scikit-learn; or why it has none."""

    def row(quantity: str, kernel: str, **fields: Any) -> Row:
        facts = sitting.facts.get(kernel) or sitting.facts.get(SCIKIT) or [{}]
        return Row(
            quantity,
            workload=f"{what.data}: {facts[0].get('architecture', what.activation)}",
            operation="serve",
            kernel=kernel,
            rows=count,
            threads=1,
            **fields,
        )

    compared = len(sitting.logs) - 1
    for label in sitting.logs:
        facts = sitting.facts[label]
        yield row(
            "time",
            label,
            **interval_fields(sitting.time_ns(label), "ns"),
            samples=sitting.samples[label],
            processes=len(sitting.logs[label]),
            build_seconds=facts[0]["build_seconds"],
            error=max(one["error"] for one in facts),
            packages=facts[0].get("packages"),
        )
        if label != SCIKIT and SCIKIT in sitting.logs:
            yield row(
                "ratio",
                label,
                **interval_fields(sitting.ratio(SCIKIT, label, compared)),
                against=SCIKIT,
                processes=len(sitting.logs[label]),
            )
    for label, (state, reason) in sitting.failures.items():
        yield row("time", label, state=state, reason=reason)
