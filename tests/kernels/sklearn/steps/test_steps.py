"""Every preprocessing step, compiled: scikit-learn's own outputs, rows, DataFrames and dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)

import kernels
from kernels.sklearn.steps import STEPS
from tests.kernels.sklearn.estimators import classifier, regressor, samples

COLUMNS = list("abcdef")
LABELS = np.arange(60) % 3


def numbers() -> Any:
    return samples(60, 6) * [1, 2, 3, 4, 5, 6] + [0, 1, 2, 3, -4, 0]


def with_gaps(value: float = np.nan) -> Any:
    X = numbers()
    X[np.random.default_rng(1).random(X.shape) < 0.2] = value
    return X


X, GAPS, ZEROS = numbers(), with_gaps(), with_gaps(0.0)
X[:20] += 3 * (LABELS[:20, np.newaxis] == [0, 0, 1, 1, 2, 2])
CHOICE = LogisticRegression()
CASES: dict[str, tuple[list[Any], Any]] = {
    "robust": ([RobustScaler()], X),
    "robust without centre": ([RobustScaler(with_centering=False)], X),
    "robust without scale": ([RobustScaler(with_scaling=False)], X),
    "variance": ([VarianceThreshold(2)], X),
    "best": ([StandardScaler(), SelectKBest(k=3)], X),
    "percentile": ([SelectPercentile(percentile=50), RobustScaler()], X),
    "fpr": ([SelectFpr(alpha=0.9)], X),
    "fdr": ([SelectFdr(alpha=0.99)], X),
    "fwe": ([SelectFwe(alpha=0.99)], X),
    "univariate": ([GenericUnivariateSelect(mode="k_best", param=2), MaxAbsScaler()], X),
    "from model": ([StandardScaler(), SelectFromModel(CHOICE)], X),
    "rfe": ([RFE(CHOICE, n_features_to_select=2), StandardScaler()], X),
    "rfecv": ([StandardScaler(), RFECV(CHOICE, cv=2)], X),
    "sequential": ([SequentialFeatureSelector(LinearRegression(), n_features_to_select=2)], X),
    "svd": ([StandardScaler(), TruncatedSVD(3)], X),
    "svd alone": ([TruncatedSVD(3), StandardScaler()], X),
    "incremental": ([IncrementalPCA(3)], X),
    "incremental, whitened": ([IncrementalPCA(3, whiten=True), SelectKBest(k=2)], X),
    "no function": ([FunctionTransformer(), FunctionTransformer(validate=True)], X),
    "clipped": ([MinMaxScaler((-1, 2), clip=True)], X),
    "clipped twice": ([MinMaxScaler(clip=True), StandardScaler(), MinMaxScaler(clip=True)], X),
    "clipped and filled": ([MinMaxScaler(clip=True), SimpleImputer()], GAPS),
    "filled and clipped": ([SimpleImputer(), MinMaxScaler(clip=True), PCA(4)], GAPS),
    "mean": ([SimpleImputer()], GAPS),
    "median": ([StandardScaler(), SimpleImputer(strategy="median")], GAPS),
    "most frequent": ([SimpleImputer(strategy="most_frequent"), StandardScaler()], GAPS),
    "constant": ([SimpleImputer(strategy="constant", fill_value=-1), StandardScaler()], GAPS),
    "indicators": ([SimpleImputer(add_indicator=True), StandardScaler()], GAPS),
    "indicators after a scaler": ([RobustScaler(), SimpleImputer(add_indicator=True)], GAPS),
    "zeros missing": ([SimpleImputer(missing_values=0, add_indicator=True), PCA(5)], ZEROS),
    "filled twice": ([SimpleImputer(), SimpleImputer(strategy="median")], GAPS),
    "imputer, robust, best": ([SimpleImputer(), RobustScaler(), SelectKBest(k=4)], GAPS),
    "nothing missing after a projection": ([PCA(3), SimpleImputer()], X),
    "nested": ([make_pipeline(StandardScaler(), "passthrough", PCA(4)), None], X),
    "columns": (
        [
            ColumnTransformer(
                [("x", StandardScaler(), [4, 1]), ("y", SimpleImputer(), [0]), ("z", "drop", [2])],
                remainder="passthrough",
                transformer_weights={"x": 3.0},
            ),
            PCA(4),
        ],
        np.column_stack([GAPS[:, 0], X[:, 1:]]),
    ),
    "columns with a remainder": (
        [
            ColumnTransformer(
                [("x", PCA(2), slice(1, 4)), ("empty", StandardScaler(), [])],
                remainder=make_pipeline(SimpleImputer(), StandardScaler()),
            )
        ],
        np.column_stack([GAPS[:, 0], X[:, 1:]]),
    ),
    "columns of columns": (
        [ColumnTransformer([("x", ColumnTransformer([("y", RobustScaler(), [1])]), [0, 3])])],
        X,
    ),
    "union": ([FeatureUnion([("x", PCA(3)), ("y", SelectKBest(k=2))]), StandardScaler()], X),
    "union of gaps": (
        [FeatureUnion([("x", SimpleImputer()), ("y", make_pipeline(StandardScaler(),
         SimpleImputer(strategy="constant", fill_value=9.0))), ("z", "drop")])],
        GAPS,
    ),
    "one-hot of numbers": ([OneHotEncoder(handle_unknown="ignore")], np.rint(X / 4)),
    "one-hot of gaps": ([SimpleImputer(), StandardScaler()], np.rint(GAPS)),
}  # fmt: skip


def pipeline(steps: list[Any], last: Any) -> Pipeline:
    return Pipeline([(str(k), one) for k, one in enumerate([*steps, last])])


def assert_agrees(model: Any, rows: Any, dtype: str = "float64") -> None:
    """Assert equal results for many rows, for one, and by `one`."""
    fast = kernels.compile(model, dtype)
    bound: Any = {"rtol": 1e-9, "atol": 1e-13} if dtype == "float64" else {"atol": 2e-5}
    name = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    call, expected = getattr(fast, name), getattr(model, name)(rows)
    scale = max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(call(rows) / scale, expected / scale, **bound)
    for k in (0, 1, 5, 41):
        row = rows[k : k + 1]
        np.testing.assert_allclose(call(row) / scale, expected[k : k + 1] / scale, **bound)
        if dtype == "float64" and name == "predict_proba":
            assert fast.predict(row).tolist() == fast.predict(rows)[k : k + 1].tolist()
    if dtype == "float64":
        found = fast.predict(rows)
        assert (found.dtype, found.shape) == (model.predict(rows).dtype, model.predict(rows).shape)
        assert call(rows[:1]).dtype == expected.dtype


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("is_frame", [False, True], ids=["array", "frame"])
def test_a_step_computes_what_scikit_learn_computes(name: str, is_frame: bool) -> None:
    steps, rows = CASES[name]
    rows = pd.DataFrame(rows, columns=COLUMNS) if is_frame else rows
    model = pipeline(steps, regressor() if name == "sequential" else classifier())
    model.fit(rows, LABELS)
    assert_agrees(model, rows)
    if not is_frame:
        assert_agrees(model, np.asfortranarray(rows), "float32")
        fast = kernels.compile(model)
        proba = getattr(fast, "predict_proba", fast.predict)
        assert np.allclose(fast.one(rows[3])[-1], np.ravel(proba(rows[3:4]))[-1], rtol=1e-12)


def test_every_step_has_a_case() -> None:
    def names(one: Any) -> set[str]:
        inner = getattr(one, "steps", []) or getattr(one, "transformers", [])
        inner = [*inner, *getattr(one, "transformer_list", [])]
        return {type(one).__name__}.union(*(names(each[1]) for each in inner))

    found = set().union(*(names(one) for steps, _ in CASES.values() for one in steps))
    elsewhere = {"OrdinalEncoder", "FrozenEstimator"}  # test_encoders, test_wrappers
    assert set(STEPS) - elsewhere <= found


def test_columns_without_values_are_dropped_or_kept() -> None:
    rows = GAPS.copy()
    rows[:, 2] = np.nan
    for keep in (False, True):
        steps = [SimpleImputer(keep_empty_features=keep), StandardScaler()]
        with pytest.warns(UserWarning, match="Skipping features") if not keep else nothing():
            model = pipeline(steps, classifier()).fit(rows, LABELS)
            expected = model.predict_proba(rows)
        fast = kernels.compile(model)
        np.testing.assert_allclose(fast.predict_proba(rows), expected, rtol=1e-12)


def nothing() -> Any:
    import contextlib

    return contextlib.nullcontext()


def test_selections_stay_one_native_call() -> None:
    """All columns must be finite anyway, so weights of those not selected are 0."""
    model = pipeline([StandardScaler(), SelectKBest(k=2)], classifier()).fit(X, LABELS)
    fast = kernels.compile(model)
    assert fast.network.sizes[0] == fast.n_features_in_ == 6
    assert (fast.network.W[0] == 0).all(axis=0).sum() == 4


@pytest.mark.parametrize(
    "steps",
    [[SimpleImputer()], [SimpleImputer(), MinMaxScaler(clip=True)], [VarianceThreshold(2)]],
    ids=["imputer", "clip", "variance"],
)
def test_without_the_finite_check_nothing_is_refused(steps: list[Any]) -> None:
    model = pipeline(steps, classifier()).fit(X, LABELS)
    fast = kernels.compile(model, check_finite=False)
    for value in (np.nan, np.inf):
        for rows in (np.full((1, 6), value), np.full((3, 6), value)):
            assert fast.predict_proba(rows).shape == (len(rows), 3)
    np.testing.assert_allclose(fast.predict_proba(X), model.predict_proba(X), rtol=1e-9)
