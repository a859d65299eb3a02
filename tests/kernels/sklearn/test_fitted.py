"""Results of compiled estimators equal scikit-learn's, for any data, labels and network."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import datasets
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    StandardScaler,
)

import kernels
from tests.kernels.examples import COMPILING
from tests.kernels.sklearn.estimators import assert_same, classifier, regressor, samples


@pytest.mark.parametrize(
    ("name", "activation"),
    [("digits", "relu"), ("digits", "logistic"), ("iris", "tanh"), ("iris", "identity"),
     ("wine", "relu"), ("wine", "tanh"), ("breast_cancer", "logistic"),
     ("breast_cancer", "identity")],
)  # fmt: skip
def test_classification(name: str, activation: str) -> None:
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    model = make_pipeline(StandardScaler(), classifier(12, activation=activation)).fit(X, y)
    assert_same(model, X)


@pytest.mark.parametrize(
    ("name", "activation"),
    [
        ("diabetes", "relu"),
        ("diabetes", "logistic"),
        ("linnerud", "tanh"),
        ("linnerud", "identity"),
    ],
)
def test_regression(name: str, activation: str) -> None:
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    model = make_pipeline(StandardScaler(), regressor(12, 7, activation=activation)).fit(X, y)
    assert_same(model, X)


@pytest.mark.parametrize(
    "labels",
    [
        ["no", "yes"],
        ["a", "b", "c"],
        [False, True],
        [-1, 1],
        [3, 10, 700],
        [0.0, 1.0, 2.0],
        np.array(["a", "b"], object),
        ["only"],
    ],
    ids=str,
)
def test_labels_of_any_type(labels: Any) -> None:
    X = samples()
    y = np.array(labels)[np.random.default_rng(1).integers(len(labels), size=len(X))]
    assert_same(classifier().fit(X, y), X)


@pytest.mark.parametrize("labels", [2, 4])
def test_several_labels_at_once(labels: int) -> None:
    X = samples()
    Y = (np.random.default_rng(1).random((len(X), labels)) > 0.6).astype(int)
    assert_same(classifier().fit(X, Y), X)


def test_no_hidden_layer_and_many() -> None:
    X, y = datasets.load_iris(return_X_y=True)
    for hidden in ((), (3,) * 6):
        model = MLPClassifier(hidden, max_iter=5, random_state=0).fit(X, y)
        assert_same(model, X)


def test_ties_and_saturation() -> None:
    X = samples()
    y = np.arange(len(X)) % 3
    model = classifier().fit(X, y)
    for weight, bias in zip(model.coefs_, model.intercepts_, strict=True):
        weight[:], bias[:] = 0, 0
    assert_same(model, X)  # all labels are equally probable
    binary = classifier().fit(X, y > 0)
    for factor in (0.0, 1e4):
        binary.coefs_[-1] *= factor
        binary.intercepts_[-1] *= factor
        theirs, fast = binary.predict_proba(X), kernels.compile(binary)
        np.testing.assert_array_equal(fast.predict(X), binary.predict(X))
        # probabilities below the smallest normal number become 0
        np.testing.assert_allclose(fast.predict_proba(X), theirs, rtol=1e-10, atol=1e-307)


@given(
    hidden=st.lists(st.integers(1, 30), max_size=3).map(tuple),
    activation=st.sampled_from(["relu", "tanh", "logistic", "identity"]),
    kind=st.sampled_from(["binary", "multiclass", "multilabel", "one", "many"]),
    n=st.integers(1, 20),
    seed=st.integers(0, 1000),
)
@COMPILING
def test_any_estimator(
    hidden: tuple[int, ...], activation: str, kind: str, n: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    X = generator.standard_normal((30, n))
    targets: dict[str, Any] = {
        "binary": np.arange(30) % 2,
        "multiclass": np.array(list("abcde"))[np.arange(30) % 5],
        "multilabel": generator.integers(2, size=(30, 3)),
        "one": generator.standard_normal(30),
        "many": generator.standard_normal((30, 4)),
    }
    make = MLPRegressor if kind in ("one", "many") else MLPClassifier
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = make(
            hidden_layer_sizes=hidden, activation=activation, max_iter=2, random_state=seed
        )
        assert_same(model.fit(X, targets[kind]), X)
