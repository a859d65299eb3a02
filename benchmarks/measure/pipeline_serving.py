"""The contenders of a `PipelineQuestion`: scikit-learn and `kernels.compile`.

Each fits the same Pipeline in a process of its own. Its predictions of all samples are compared
with scikit-learn's before it is timed. A Pipeline that `kernels.compile` refuses is reported as not
offered.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import kernels
from benchmarks.measure import pipelines
from benchmarks.measure.serving import PREDICT, SCIKIT, TOLERANCE
from benchmarks.measure.serving_question import PipelineQuestion
from benchmarks.measure.timing import Call, stopwatch
from kernels.proof import gate

CONTENDERS = (SCIKIT, PREDICT)


def prepare(asked: PipelineQuestion, contender: str) -> tuple[Call, dict[str, Any]]:
    """The call of a contender, checked, and the facts that its worker reports.

    Raises GateError if its results are not scikit-learn's, and NotOfferedError if the Pipeline
    cannot be compiled.
    """
    estimator, X = pipelines.fit(asked.pipeline)
    build_ns, served = stopwatch(lambda: serve(contender, estimator))
    error = difference(estimator, served, X)
    return Call(served.predict, (X[: asked.rows],)), {
        "build_seconds": build_ns * 1e-9,
        "first_seconds": 0.0,
        "error": error,
        "extrapolated_from": None,
    }


def serve(contender: str, estimator: Any) -> Any:
    """The object whose `predict` is timed."""
    if contender == SCIKIT:
        return estimator
    try:
        return kernels.compile(estimator)
    except (TypeError, ValueError) as error:
        raise kernels.NotOfferedError(str(error)) from None


def difference(estimator: Any, served: Any, X: Any) -> float:
    """The largest difference of predictions from scikit-learn's: of probabilities, if there are.

    Raises GateError if it is too large or labels differ, for all samples or for one.
    """
    worst = 0.0
    for name in ("predict", "predict_proba"):
        if not hasattr(estimator, name):
            continue
        for rows in (X, X[:1]):
            expected, found = getattr(estimator, name)(rows), getattr(served, name)(rows)
            if found.shape != expected.shape or found.dtype != expected.dtype:
                raise gate.GateError(
                    f"{name} gives {found.dtype} {found.shape}, expected {expected.dtype} "
                    f"{expected.shape}"
                )
            if expected.dtype.kind != "f":
                differing = np.count_nonzero(found != expected)
                if differing:
                    raise gate.GateError(f"{differing} of {expected.size} labels differ")
                continue
            error = float(np.abs(found - expected).max())
            allowed = TOLERANCE[PREDICT] * float(np.abs(expected).max())
            if not error <= allowed:
                raise gate.GateError(f"{name} is off by {error:.3g}, allowed {allowed:.3g}")
            worst = max(worst, error)
    return worst
