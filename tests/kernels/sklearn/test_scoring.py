"""Scores of compiled estimators are scikit-learn's to the last bit, or a mistake is explained."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import accuracy_score, r2_score

import kernels
from kernels.sklearn import scoring
from tests.kernels.sklearn.estimators import classifier, regressor, samples

X = samples()
DRAWN = np.random.default_rng(1)
WEIGHTS = (None, DRAWN.random(40), DRAWN.random(40).astype(np.float32), np.arange(40),
           [0.25] * 40, (DRAWN.random(40) > 0.5))  # fmt: skip
LABELS: dict[str, Any] = {
    "binary": [0, 1],
    "bool": [False, True],
    "text": ["a", "b", "c"],
    "objects": np.array(["a", "bcd", "e"], object),
    "floats": [0.0, 1.0, 2.0],
    "one": ["only"],
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_accuracy(labels: Any) -> None:
    y = np.array(labels)[DRAWN.integers(len(labels), size=len(X))]
    model = classifier().fit(X, y)
    fast = kernels.compile(model)
    for weights in WEIGHTS:
        expected = model.score(X, y, weights)
        for given_y in (y, y.tolist(), y[:, np.newaxis], pd.Series(y)):
            assert fast.score(X, given_y, weights) == expected
    assert isinstance(fast.score(X, y), float)


def test_accuracy_of_several_labels_at_once() -> None:
    Y = (DRAWN.random((len(X), 3)) > 0.6).astype(int)
    model = classifier().fit(X, Y)
    fast = kernels.compile(model)
    for weights in WEIGHTS:
        for given_y in (Y, Y.tolist(), scipy.sparse.csr_array(Y), pd.DataFrame(Y), Y > 0):
            assert fast.score(X, given_y, weights) == model.score(X, Y, weights)


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64])
def test_r2(outputs: int, kind: Any) -> None:
    Y = (10 * DRAWN.standard_normal((len(X), outputs))).astype(kind)
    Y[:, -1] = 3
    Y = Y.ravel() if outputs == 1 else Y
    for dtype in (np.float64, np.float32):
        model = regressor().fit(X.astype(dtype), Y)
        fast = kernels.compile(model)
        h = fast.predict(X.astype(dtype))
        for weights in WEIGHTS:
            for given_y in (Y, Y.tolist(), pd.DataFrame(Y) if outputs > 1 else pd.Series(Y)):
                expected = r2_score(given_y, h, sample_weight=weights)
                assert fast.score(X.astype(dtype), given_y, weights) == expected
    assert isinstance(fast.score(X, Y), float)


@given(st.integers(2, 20), st.integers(1, 3), st.booleans(), st.booleans(), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_any_numbers(m: int, outputs: int, constant: bool, exact: bool, seed: int) -> None:
    generator = np.random.default_rng(seed)
    y = generator.standard_normal((m, outputs))
    h = y + (0 if exact else generator.standard_normal((m, outputs)))
    if constant:
        y[:, 0] = 2
    weights = generator.random(m)
    assert scoring.r2(y, h, weights) == r2_score(y, h, sample_weight=weights)
    true, predicted = generator.integers(3, size=(2, m))
    found = scoring.accuracy(true, predicted, np.arange(3), weights)
    assert found == accuracy_score(true, predicted, sample_weight=weights)


def test_labels_of_pandas_with_missing_values_in_mind() -> None:
    y = np.arange(len(X)) % 2
    model = classifier().fit(X, y)
    fast = kernels.compile(model)
    assert fast.score(X, pd.Series(y, dtype="Int64")) == model.score(X, y)
    with pytest.raises(ValueError, match="y must be finite, got NaN"):
        fast.score(X, pd.Series([None, *y[1:]], dtype="Int64"))


def test_one_sample_has_no_r2() -> None:
    model = regressor().fit(X, X[:, 0])
    with pytest.warns(UndefinedMetricWarning):
        assert np.isnan(model.score(X[:1], X[:1, 0]))
    with pytest.warns(UserWarning, match="not defined for fewer than two samples"):
        assert np.isnan(kernels.compile(model).score(X[:1], X[:1, 0]))


NUMBER, TEXT = np.arange(40) % 2, np.array(["a", "b"])[np.arange(40) % 2]
MISTAKES: dict[str, tuple[Any, Any, Any, str]] = {
    "too few": (NUMBER, NUMBER[:-1], None, r"y must have shape \(40,\) for these X, got \(39,\)"),
    "two columns": (NUMBER, np.ones((40, 2)), None, r"y must have shape \(40,\)"),
    "text for numbers": (NUMBER, TEXT, None, "which are numbers, got text"),
    "numbers for text": (TEXT, NUMBER, None, "which are text, got numbers"),
    "mixed": (TEXT, np.array(["a", 1] * 20, object), None, "strings and other objects"),
    "ragged": (NUMBER, [[1], [1, 2]] * 20, None, "y must be an array"),
    "NaN": (NUMBER, np.full(40, np.nan), None, "y must be finite"),
    "continuous": (NUMBER, np.full(40, 0.5), None, "numbers that are not whole"),
    "short weights": (NUMBER, NUMBER, np.ones(39), r"sample_weight must have shape \(40,\)"),
    "infinite weights": (NUMBER, NUMBER, np.full(40, np.inf), "sample_weight must be finite"),
    "no weights": (NUMBER, NUMBER, np.zeros(40), "must not sum to zero"),
}


@pytest.mark.parametrize(("fitted", "y", "weights", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_explained(fitted: Any, y: Any, weights: Any, message: str) -> None:
    model = classifier().fit(X, fitted)
    with pytest.raises(ValueError, match=message):
        kernels.compile(model).score(X, y, weights)


def test_what_holds_no_numbers_is_a_type_error() -> None:
    fast = kernels.compile(regressor().fit(X, X[:, 0]))
    for y, weights in ((TEXT, None), (X[:, 0], TEXT), (np.ma.masked_array(X[:, 0]), None)):
        with pytest.raises(TypeError, match=r"must hold numbers|must be a plain array"):
            fast.score(X, y, weights)
