"""Random pipelines against the same steps in extended precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

import kernels
from tests.kernels.examples import COMPILING
from tests.kernels.sklearn.estimators import classifier
from tests.kernels.sklearn.exactly import exact

COLUMNS = 5
STEPS = st.one_of(
    st.builds(StandardScaler, with_mean=st.booleans(), with_std=st.booleans()),
    st.just(RobustScaler()),
    st.builds(MinMaxScaler, st.sampled_from([(0, 1), (-2, 1)]), clip=st.booleans()),
    st.just(MaxAbsScaler()),
    st.builds(SimpleImputer, strategy=st.sampled_from(["mean", "median", "most_frequent"]),
              add_indicator=st.booleans()),
    st.builds(SelectKBest, k=st.integers(1, 2)),
    st.just(VarianceThreshold()),
    st.builds(PCA, n_components=st.just(1), random_state=st.just(0)),
    st.builds(TruncatedSVD, n_components=st.just(1), random_state=st.just(0)),
    st.just("passthrough"),
)  # fmt: skip


@st.composite
def chains(draw: st.DrawFn, steps: Any, most: int) -> Pipeline:
    chosen = [draw(steps) for _ in range(draw(st.integers(1, most)))]
    return Pipeline([(str(k), one) for k, one in enumerate(chosen)])


@st.composite
def pipelines(draw: st.DrawFn) -> Pipeline:
    """A pipeline that starts with a choice of columns, a union, or clipped columns."""
    first = draw(st.sampled_from(["columns", "union", "clip", "imputer"]))
    one, other = draw(chains(STEPS, 2)), draw(chains(STEPS, 2))
    start: Any = SimpleImputer(add_indicator=draw(st.booleans()))
    if first == "columns":
        chosen = draw(st.permutations(range(COLUMNS)))[: draw(st.integers(2, COLUMNS))]
        rest = draw(st.sampled_from(["drop", "passthrough", other]))
        start = ColumnTransformer([("a", one, chosen)], remainder=rest, sparse_threshold=0)
    elif first == "union":
        start = FeatureUnion([("a", one), ("b", other), ("c", RobustScaler())])
    elif first == "clip":
        start = MinMaxScaler(clip=True)
    imputer = SimpleImputer(strategy="median")
    return Pipeline(
        [("a", start), ("b", imputer), ("c", draw(chains(STEPS, 2))), ("d", classifier(4))]
    )


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")  # of odd fits
@COMPILING
@given(pipelines(), st.integers(0, 9), st.sampled_from([0.0, 100.0, 1e6]), st.booleans())
def test_random_pipelines(model: Any, seed: int, mean: float, gaps: bool) -> None:
    generator = np.random.default_rng(seed)
    X = generator.standard_normal((40, COLUMNS)) * [1, 2, 3, 4, 5] + [0, mean, 1, 0, -mean]
    new = generator.standard_normal((9, COLUMNS)) * 7 + [0, mean, 1, 0, -mean]
    if gaps:
        X[generator.random(X.shape) < 0.1] = np.nan
        new[generator.random(new.shape) < 0.2] = np.nan
    try:
        model.fit(pd.DataFrame(X).to_numpy(), np.arange(40) % 3)
        expected = model.predict_proba(new)
    except ValueError:  # a step that takes no NaN, or has too few columns
        reject()
    try:
        fast = kernels.compile(model)
    except ValueError as error:  # a scaler clips what was projected
        if "clip=True after a projection; instead, kernels.compile(p[" not in str(error):
            raise
        reject()
    found = fast.predict_proba(new)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)
    true = exact(model, new)
    theirs = np.abs(expected - true).max()
    assert np.abs(found - true).max() <= max(2 * theirs, 1e-10)
    for k in range(len(new)):
        np.testing.assert_allclose(fast.predict_proba(new[k : k + 1]), found[k : k + 1], rtol=1e-9)
