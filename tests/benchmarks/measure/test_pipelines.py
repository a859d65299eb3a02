"""Typical Pipelines are fitted the same every time, and checked before they are timed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kernels
from benchmarks.measure import pipeline_serving, pipelines
from benchmarks.measure.pipelines import COUNT, PIPELINES
from benchmarks.measure.serving_question import PipelineQuestion
from kernels.proof import gate


@pytest.mark.parametrize("name", PIPELINES)
def test_every_pipeline_is_compiled_and_timed(name: str) -> None:
    call, facts = pipeline_serving.prepare(PipelineQuestion(name, 3), "scikit-learn")
    expected = call.function(*call.arguments)
    assert len(expected) == 3
    assert facts["error"] == 0
    call, facts = pipeline_serving.prepare(PipelineQuestion(name, 3), "compiled")
    np.testing.assert_allclose(call.function(*call.arguments), expected, rtol=1e-11)
    assert facts["build_seconds"] > 0


def test_a_refused_pipeline_is_not_offered() -> None:
    estimator, _ = pipelines.fit("scaler")
    estimator.steps[0] = ("own", object())
    with pytest.raises(kernels.NotOfferedError):
        pipeline_serving.serve("compiled", estimator)


def test_a_fit_is_the_same_every_time_and_leaves_samples_to_predict() -> None:
    (one, X), (other, Z) = (pipelines.fit("columns") for _ in range(2))
    assert len(X) == COUNT
    assert X.equals(Z)
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    assert set(one.predict(X)) == {0, 1, 2}


class Wrong:
    """Gives scikit-learn's results, but for what is overridden."""

    def __init__(self, estimator: Any, predict: Any = None, predict_proba: Any = None) -> None:
        self.predict = predict or estimator.predict
        self.predict_proba = predict_proba or estimator.predict_proba


def test_wrong_results_are_not_timed() -> None:
    estimator, X = pipelines.fit("scaler")
    for name, change, message in (
        ("predict", lambda found: found[::-1], "labels differ"),
        ("predict", lambda found: found.astype(float), "predict gives float64"),
        ("predict_proba", lambda found: found[:, :2], "predict_proba gives"),
        ("predict_proba", lambda found: found + 1e-6, "predict_proba is off by 1e-06"),
        ("predict_proba", lambda found: found * np.nan, "predict_proba is off by nan"),
    ):
        method = getattr(estimator, name)

        def changed(rows: Any, method: Any = method, change: Any = change) -> Any:
            return change(method(rows))

        with pytest.raises(gate.GateError, match=message):
            pipeline_serving.difference(estimator, Wrong(estimator, **{name: changed}), X)
    assert pipeline_serving.difference(estimator, Wrong(estimator), X) == 0


def test_each_says_what_it_does() -> None:
    descriptions = pipelines.descriptions()
    assert list(descriptions) == list(PIPELINES)
    assert all(descriptions.values())
