"""Samples that a compiled estimator accepts and refuses, as scikit-learn does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import datasets
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    StandardScaler,
)

import kernels
from tests.kernels.sklearn.estimators import TIGHT, classifier, regressor, samples


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_dtypes_are_those_of_scikit_learn(dtype: str) -> None:
    X = samples()
    for y in (np.arange(len(X)) % 3, np.arange(len(X)) % 2):
        model = classifier().fit(X.astype(dtype), y)
        fast = kernels.compile(model)
        for rows in (X, X.astype(np.float32), X.astype(int), X.astype(np.int8), X.tolist()):
            theirs, ours = model.predict_proba(rows), fast.predict_proba(rows)
            assert ours.dtype == theirs.dtype
            np.testing.assert_allclose(ours, theirs, rtol=1e-12 if dtype == "float64" else 1e-4)
            assert np.array_equal(fast.predict(rows), model.predict(rows))


def test_float32_computes_in_float32() -> None:
    X, y = datasets.load_digits(return_X_y=True)
    model = make_pipeline(StandardScaler(), classifier(30)).fit(X, y)
    fast = kernels.compile(model, "float32")
    for rows in (X, X[:1], X.astype(np.float32)[:1]):
        found = fast.predict_proba(rows)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, model.predict_proba(rows), rtol=0, atol=1e-5)


def test_columns_of_a_data_frame_go_by_their_names() -> None:
    frame = pd.DataFrame(samples(), columns=list("abcde"))
    model = make_pipeline(StandardScaler(), classifier()).fit(frame, np.arange(40) % 3)
    fast = kernels.compile(model)
    true = model.predict_proba(frame)
    for table in (frame, frame[list("ecabd")], frame.to_numpy(), frame.astype(object)):
        np.testing.assert_allclose(fast.predict_proba(table), true, **TIGHT)
    with pytest.raises(ValueError, match="X lacks columns: c"):
        fast.predict(frame.drop(columns="c"))
    with pytest.raises(ValueError, match="X has unknown columns: z"):
        fast.predict(frame.assign(z=1.0))


def test_sparse_matrices_are_taken() -> None:
    X = np.where(samples() > 0.5, samples(), 0)
    model = classifier().fit(X, np.arange(40) % 3)
    fast = kernels.compile(model)
    matrix = sparse.csr_matrix(X)
    np.testing.assert_allclose(fast.predict_proba(matrix), model.predict_proba(matrix), **TIGHT)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (np.ones((1, 4)), ValueError, "X has 4 features, but .* is expecting 5 features"),
        (np.ones((3, 6)), ValueError, "X has 6 features"),
        (np.ones(5), ValueError, r"reshape one sample with x.reshape\(1, -1\)"),
        (np.ones((1, 1, 5)), ValueError, "shape"),
        (np.ones((0, 5)), ValueError, "0 samples"),
        (np.full((1, 5), np.nan), ValueError, "NaN"),
        (np.array([[1, 2, 3, 4, np.inf]]), ValueError, "infinity"),
        (np.array([[1, 2, 3, 4, -np.inf]] * 30), ValueError, "infinity"),
        (np.ones((1, 5), complex), TypeError, "real numbers"),
        ([["a"] * 5], TypeError, "real numbers"),
        (np.array([["a"] * 5], object), ValueError, "numbers"),
        (np.ma.masked_array(np.ones((1, 5)), mask=True), TypeError, "masked"),
        (None, ValueError, "shape"),
    ],
)
def test_what_scikit_learn_refuses_is_refused(wrong: Any, error: Any, message: str) -> None:
    model = classifier().fit(samples(), np.arange(40) % 3)
    fast = kernels.compile(model)
    for call in (fast.predict, fast.predict_proba):
        with pytest.raises(error, match=message):
            call(wrong)


def test_numbers_whose_sum_overflows_are_finite() -> None:
    model = classifier().fit(samples(), np.arange(40) % 3)
    fast = kernels.compile(model)
    for m in (1, 2):
        X = np.full((m, 5), 1.7e308)
        with np.errstate(all="ignore"):
            fast.predict(X)  # not refused


def test_nan_is_accepted_without_the_finite_check() -> None:
    model = regressor().fit(samples(), samples(n=1).ravel())
    fast = kernels.compile(model, check_finite=False)
    for m in (1, 3):
        assert np.isnan(fast.predict(np.full((m, 5), np.nan))).all()
    assert np.isfinite(fast.predict(samples())).all()


def test_one_writes_into_out() -> None:
    model = regressor().fit(samples(), samples(n=2))
    fast = kernels.compile(model)
    out = np.empty(2)
    assert fast.one(samples()[0], out) is out
    np.testing.assert_allclose(out, model.predict(samples()[:1])[0], **TIGHT)
    for wrong in (samples()[0, :3], samples()[:1]):
        with pytest.raises(ValueError, match="shape"):
            fast.one(wrong)
