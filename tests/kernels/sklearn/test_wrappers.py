"""Estimators around a network: searches, transformed targets, several outputs, frozen ones."""

# scikit-learn has no types
# mypy: disable-error-code="misc"
from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)

import kernels
from tests.kernels.sklearn.estimators import assert_same, classifier, regressor, samples

X = samples(60, 6)
LABELS = np.arange(60) % 3
TARGET = X[:, 0] * 1e4 + 1e6
TARGETS = np.column_stack([TARGET, X[:, 1]])


def assert_predicts_the_same(model: Any, rows: Any) -> None:
    fast = kernels.compile(model)
    for some in (rows, rows[:1], rows[7:10]):
        theirs, ours = model.predict(some), fast.predict(some)
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        np.testing.assert_allclose(ours, theirs, rtol=1e-11)
    np.testing.assert_allclose(fast.one(rows[2]), np.ravel(model.predict(rows[2:3])), rtol=1e-11)


@pytest.mark.parametrize(
    "search",
    [
        lambda model: GridSearchCV(model, {"b__alpha": [1e-4, 1e-2]}, cv=2),
        lambda model: RandomizedSearchCV(model, {"b__alpha": [1e-4, 1e-2]}, n_iter=1, cv=2),
        lambda model: HalvingGridSearchCV(model, {"b__alpha": [1e-4, 1e-2]}, cv=2),
        lambda model: HalvingRandomSearchCV(
            model, {"b__alpha": [1e-4, 1e-2]}, cv=2, n_candidates=2
        ),
        FrozenEstimator,
    ],
)
def test_wrappers_that_predict_what_is_in_them(search: Any) -> None:
    model = Pipeline([("a", StandardScaler()), ("b", classifier())]).fit(X, LABELS)
    assert_same(search(model).fit(X, LABELS), X)


def test_frozen_steps_and_nested_pipelines() -> None:
    frozen = FrozenEstimator(make_pipeline(StandardScaler(), PCA(3)).fit(X))
    assert_same(make_pipeline(frozen, make_pipeline(None, classifier())).fit(X, LABELS), X)


def test_a_search_without_an_estimator_is_refused() -> None:
    model = make_pipeline(StandardScaler(), classifier())
    search = GridSearchCV(model, {"mlpclassifier__alpha": [1e-3]}, cv=2, refit=False)
    with pytest.raises(NotFittedError):
        kernels.compile(GridSearchCV(model, {}, cv=2))
    with pytest.raises(ValueError, match=r"refit=False .*fit p.estimator.set_params"):
        kernels.compile(search.fit(X, LABELS))
    other = search.estimator.set_params(**search.best_params_).fit(X, LABELS)
    assert_same(other, X)
    with pytest.raises(TypeError, match="got LogisticRegression"):
        kernels.compile(GridSearchCV(LogisticRegression(), {}, cv=2).fit(X, LABELS))


@pytest.mark.parametrize(
    "transformer",
    [StandardScaler(), StandardScaler(with_mean=False), MinMaxScaler((-2, 1)), MaxAbsScaler(),
     MinMaxScaler(clip=True), RobustScaler(), FunctionTransformer(), None],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:A column-vector y was passed")
@pytest.mark.parametrize("y", [TARGET, TARGET[:, np.newaxis], TARGETS], ids=["m", "m1", "m2"])
def test_transformed_targets(transformer: Any, y: Any) -> None:
    inner = make_pipeline(StandardScaler(), regressor())
    model = TransformedTargetRegressor(inner, transformer=transformer)
    assert_predicts_the_same(model.fit(X, y), X)


def test_targets_that_are_not_linear_are_refused() -> None:
    model = TransformedTargetRegressor(regressor(), func=np.log, inverse_func=np.exp)
    model.fit(X, TARGET)
    with pytest.raises(
        ValueError, match=r"inverse_func is a function of Python.*p.transformer_.inverse"
    ):
        kernels.compile(model)
    poisson = regressor(loss="poisson")
    model = TransformedTargetRegressor(poisson, transformer=MinMaxScaler()).fit(X, TARGET)
    with pytest.raises(
        ValueError, match=r"has the activation exp\. Instead, with p .*: kernels.compile\("
    ):
        kernels.compile(model)
    model = TransformedTargetRegressor(regressor(), transformer=StandardScaler()).fit(X, TARGET)
    model.transformer_.inverse_transform = lambda y: y
    with pytest.raises(TypeError, match=r"StandardScaler\.inverse_transform is not scikit-learn's"):
        kernels.compile(model)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_several_outputs_are_one_network(count: int) -> None:
    Y = np.column_stack([X[:, 0], X[:, 1], X[:, 2] * 3])[:, :count]
    for inner in (regressor(), make_pipeline(StandardScaler(), regressor(4, 3))):
        model = MultiOutputRegressor(inner).fit(X, Y)
        assert_predicts_the_same(model, X)
        hidden = sum(one[-1].coefs_[0].shape[1] if isinstance(one, Pipeline)
                     else one.coefs_[0].shape[1] for one in model.estimators_)  # fmt: skip
        assert kernels.compile(model).network.sizes[:2] == (6, hidden)


def test_several_outputs_of_samples_with_gaps() -> None:
    rows = np.where(np.abs(X) > 1.5, np.nan, X)
    inner = make_pipeline(SimpleImputer(), StandardScaler(), regressor())
    assert_predicts_the_same(MultiOutputRegressor(inner).fit(rows, X[:, :2]), rows)


def test_several_outputs_of_different_layers_are_refused() -> None:
    model = MultiOutputRegressor(regressor()).fit(X, X[:, :2])
    model.estimators_[1] = regressor(3, 4).fit(X, X[:, 1])
    with pytest.raises(ValueError, match=r"estimator: \[kernels.compile\(one\) for one in p.est"):
        kernels.compile(model)


def test_wrappers_take_data_frames() -> None:
    frame = pd.DataFrame(X, columns=list("abcdef"))
    inner = make_pipeline(StandardScaler(), regressor())
    search = GridSearchCV(inner, {"mlpregressor__alpha": [1e-4]}, cv=2)
    for model in (TransformedTargetRegressor(search, transformer=StandardScaler()),
                  MultiOutputRegressor(inner)):  # fmt: skip
        model.fit(frame, X[:, :2])
        fast = kernels.compile(model)
        for rows in (frame, frame[:1], X):
            expected = model.predict(frame[: len(rows)])
            np.testing.assert_allclose(fast.predict(rows), expected, rtol=1e-11)
        with pytest.raises(ValueError, match="order of the fit"):
            fast.predict(frame[list("fedcba")])


def test_wrappers_that_predict_otherwise_are_refused() -> None:
    class Doubled(TransformedTargetRegressor):
        def predict(self, X: Any, **options: Any) -> Any:
            return 2 * super().predict(X, **options)

    with pytest.raises(TypeError, match=r"Doubled\.predict is not scikit-learn's own"):
        kernels.compile(Doubled(regressor()).fit(X, TARGET))
    search = GridSearchCV(regressor(), {}, cv=2).fit(X, TARGET)
    search.predict = lambda X: X
    with pytest.raises(TypeError, match=r"BaseSearchCV\.predict is not scikit-learn's own"):
        kernels.compile(search)
