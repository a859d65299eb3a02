"""Pipelines: scaling and PCA become part of the network, what is no network is refused."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    StandardScaler,
)

import kernels
from tests.kernels.sklearn.estimators import assert_same, classifier, regressor, samples

STEPS = {
    "standard": StandardScaler(),
    "mean": StandardScaler(with_std=False),
    "deviation": StandardScaler(with_mean=False),
    "neither": StandardScaler(with_mean=False, with_std=False),
    "minmax": MinMaxScaler((-1, 3)),
    "maxabs": MaxAbsScaler(),
    "pca": PCA(3, random_state=0),
    "whiten": PCA(4, whiten=True, random_state=0),
    "nothing": "passthrough",
}


@pytest.mark.parametrize(
    "names",
    [*((name,) for name in STEPS), ("standard", "pca"), ("pca", "minmax"),
     ("minmax", "whiten", "maxabs"), ("pca", "whiten", "standard")],
    ids="+".join,
)  # fmt: skip
@pytest.mark.parametrize("make", [classifier, regressor])
def test_steps_are_folded(make: Any, names: tuple[str, ...]) -> None:
    X = samples(n=6) * [1, 2, 3, 4, 5, 6] + 3
    y = (X.sum(axis=1) > 60).astype(int) if make is classifier else X[:, :2]
    if "whiten" in names and "pca" in names:
        steps = [("pca", PCA(5, random_state=0))]
        steps += [(f"{k}", copy.deepcopy(STEPS[name])) for k, name in enumerate(names[1:])]
    else:
        steps = [(f"{k}", copy.deepcopy(STEPS[name])) for k, name in enumerate(names)]
    model = Pipeline([*steps, ("network", make())]).fit(X, y)
    assert_same(model, X)


def test_large_means_lose_no_digits() -> None:
    X = samples() + 1e9
    model = make_pipeline(StandardScaler(), classifier()).fit(X, np.arange(len(X)) % 3)
    assert_same(model, X)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_poisson_regressions_are_compiled(dtype: str) -> None:
    model = MLPRegressor(loss="poisson", hidden_layer_sizes=(9,), max_iter=300, random_state=0)
    X = samples().astype(dtype)
    model.fit(X, np.arange(len(X), dtype=dtype) % 4)
    fast = kernels.compile(model)
    assert fast.network.activations[-1] == "exp"
    bound = 1e-12 if dtype == "float64" else 1e-6
    np.testing.assert_allclose(fast.predict(X), model.predict(X), rtol=bound)
    np.testing.assert_allclose(fast.one(X[0]), model.predict(X[:1]), rtol=bound)


def test_outputs_that_are_not_offered_are_refused_by_name() -> None:
    model = regressor().fit(samples(), np.arange(40.0))
    model.out_activation_ = "cubic"
    with pytest.raises(ValueError, match=r"the output layer has one of .*, got 'cubic'"):
        kernels.compile(model)


@pytest.mark.parametrize(
    "wrong",
    [LogisticRegression(), make_pipeline(StandardScaler(), LogisticRegression()), "model", None],
)
def test_other_estimators_are_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="or a fitted MLPClassifier"):
        kernels.compile(wrong)


def test_a_class_in_the_place_of_an_estimator_is_named() -> None:
    with pytest.raises(TypeError, match="got the class MLPRegressor"):
        kernels.compile(MLPRegressor)


@pytest.mark.parametrize(
    "unfitted", [classifier(), regressor(), make_pipeline(StandardScaler(), classifier())]
)
def test_what_is_not_fitted_is_refused(unfitted: Any) -> None:
    with pytest.raises(NotFittedError):
        kernels.compile(unfitted)
