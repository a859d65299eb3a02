"""kernels.compile with features whose mean is large compared with their deviation.

Their mean is not folded into the weights: the network stores it as its shift.
"""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

import kernels
from kernels import Network
from kernels.support.inputs import Inputs
from tests.kernels.sklearn.estimators import TIGHT, assert_same, classifier, regressor
from tests.kernels.sklearn.exactly import exact
from tests.rungs import GENERAL

COLUMNS = ["kelvin", "pascal", "seconds", "humidity"]
FORWARD = ("forward", "forward_batch")


def weather(m: int = 60) -> Any:
    """Return samples of a weather station: temperature, pressure, time since 1970, humidity."""
    generator = np.random.default_rng(0)
    normal = generator.standard_normal((m, 4))
    return np.array([293.15, 101_325.0, 1.7e9, 0.5]) + normal * [0.5, 20.0, 3600.0, 0.1]


def targets(X: Any, labels: int) -> Any:
    standard = (X - X.mean(axis=0)) / X.std(axis=0)
    return np.digitize(standard.sum(axis=1), np.linspace(-1, 1, labels - 1))


# --- StandardScaler -----------------------------------------------------------------------------


@pytest.mark.parametrize("labels", [2, 3])
@pytest.mark.parametrize("activation", ["relu", "logistic"])
def test_the_converted_network_computes_the_same_with_every_kernel(
    labels: int, activation: str, tmp_path: Any
) -> None:
    X = weather()
    model = make_pipeline(StandardScaler(), classifier(activation=activation))
    model.fit(X, targets(X, labels))
    assert_same(model, X)
    fast = kernels.compile(model)
    np.testing.assert_array_equal(fast.network.shift, model[0].mean_)
    fast.network.save(tmp_path / "network.npz")
    networks = [fast.network, Network.load(tmp_path / "network.npz")]
    networks.append(pickle.loads(pickle.dumps(networks[0])))
    true = model.predict_proba(X)[:, -1:] if labels == 2 else model.predict_proba(X)
    article = activation == "logistic" and labels == 2
    for network in networks:
        assert network == networks[0]
        for rung in kernels.LADDER if article else GENERAL:
            plan = kernels.plan(network, rung, operations=FORWARD)
            np.testing.assert_allclose(plan.forward_batch(X), true, **TIGHT)
            np.testing.assert_allclose([plan.forward(row) for row in X], true, **TIGHT)
    for other in (copy.copy(fast), copy.deepcopy(fast), pickle.loads(pickle.dumps(fast))):
        assert other.network == networks[0]
        np.testing.assert_array_equal(other.predict_proba(X), fast.predict_proba(X))
        np.testing.assert_array_equal(other.predict_proba(X[:1]), fast.predict_proba(X[:1]))
    shape = "4-8-1" if labels == 2 else "4-8-3"
    assert f"{shape}" in repr(fast)
    assert ", shifted, float64>" in repr(fast)


def test_regression() -> None:
    X = weather()
    assert_same(make_pipeline(StandardScaler(), regressor(12)).fit(X, X[:, 3]), X)
    assert_same(make_pipeline(StandardScaler(), regressor()).fit(X, X[:, [3, 0]]), X)


def test_samples_of_any_kind() -> None:
    X = np.rint(weather() * [1, 1, 1, 100])
    frame = pd.DataFrame(X, columns=COLUMNS)
    model = make_pipeline(StandardScaler(), classifier()).fit(frame, targets(X, 3))
    fast = kernels.compile(model)
    true = model.predict_proba(frame)
    whole = X.astype(np.int64)
    for rows in (frame, X, X.tolist(), np.asfortranarray(X), whole,
                 whole.tolist(), frame.astype(np.int64), X.astype(object)):  # fmt: skip
        np.testing.assert_allclose(fast.predict_proba(rows), true, **TIGHT)
    for row in (X[:1], whole[:1], X[:1].tolist(), frame[:1]):
        np.testing.assert_allclose(fast.predict_proba(row), true[:1], **TIGHT)
    for row in (X[0], whole[0], X[0].tolist()):
        np.testing.assert_allclose(fast.one(row), true[0], **TIGHT)


def test_float32_samples_are_shifted_in_float64() -> None:
    """scikit-learn subtracts in float32 and is wrong by up to 64 seconds here."""
    X = weather()
    model = make_pipeline(StandardScaler(), classifier()).fit(X, targets(X, 3))
    narrow = X.astype(np.float32)
    true = model.predict_proba(narrow.astype(np.float64))
    for dtype in ("float64", "float32"):
        found = kernels.compile(model, dtype).predict_proba(narrow)
        np.testing.assert_allclose(found, true, atol=1e-12 if dtype == "float64" else 1e-6)


def test_float32_networks_take_float64_samples() -> None:
    """The subtraction is in float64, even if the rest is computed in float32."""
    X = weather()
    for labels in (2, 3):
        model = make_pipeline(StandardScaler(), classifier()).fit(X, targets(X, labels))
        fast = kernels.compile(model, "float32")
        true = model.predict_proba(X)
        for found in (fast.predict_proba(X), np.vstack([fast.predict_proba(x[None]) for x in X])):
            assert found.dtype == np.float32
            np.testing.assert_allclose(found, true, rtol=0, atol=1e-6)
        one = np.array([fast.one(x) for x in X])
        np.testing.assert_allclose(one[:, -1], true[:, -1], rtol=0, atol=1e-6)
        for rung in GENERAL:
            plan = kernels.plan(fast.network, rung, "float32", operations=FORWARD)
            np.testing.assert_allclose(plan.forward_batch(X), one, rtol=0, atol=1e-6)


def test_one_row_takes_the_compiled_path(monkeypatch: pytest.MonkeyPatch) -> None:
    X = weather()
    model = make_pipeline(StandardScaler(), classifier()).fit(X, targets(X, 3))
    fast = kernels.compile(model)
    true, log = model.predict_proba(X), fast.predict_log_proba(X)

    def never(*_: Any) -> Any:
        raise AssertionError("Python prepared the row")

    monkeypatch.setattr(Inputs, "converted", never)
    np.testing.assert_allclose(fast.one(X[0]), true[0], **TIGHT)
    np.testing.assert_allclose(fast.predict_proba(X[:1]), true[:1], **TIGHT)
    np.testing.assert_allclose(fast.predict_log_proba(X[:1]), log[:1], **TIGHT)
    assert fast.predict(X[:1]) == true[0].argmax()


def test_nan_and_infinity_are_refused_by_shifted_networks_too() -> None:
    X = weather()
    fast = kernels.compile(make_pipeline(StandardScaler(), regressor()).fit(X, X[:, 3]))
    for wrong, message in ((np.nan, "NaN"), (np.inf, "infinity")):
        for m in (1, 3):
            rows = X[:m].copy()
            rows[0, 1] = wrong
            with pytest.raises(ValueError, match=message):
                fast.predict(rows)


# --- other steps that subtract ------------------------------------------------------------------

STEPS: dict[str, list[Any]] = {
    "after maxabs": [MaxAbsScaler(), StandardScaler()],
    "means alone": [StandardScaler(with_std=False), MaxAbsScaler()],
    "minmax": [MinMaxScaler()],
    "after minmax": [MinMaxScaler((5, 6)), StandardScaler()],
    "twice": [StandardScaler(with_mean=False), StandardScaler()],
    "pca": [PCA(3, random_state=0), StandardScaler()],
    "whitened": [PCA(4, whiten=True, random_state=0)],
    "standard and pca": [StandardScaler(), PCA(3, random_state=0)],
    "maxabs and pca": [MaxAbsScaler(), PCA(4, whiten=True, random_state=0)],
    "robust": [RobustScaler()],
    "selected": [VarianceThreshold(0.1), StandardScaler()],
    "filled": [SimpleImputer(), StandardScaler()],
    "scaled, then filled": [StandardScaler(), SimpleImputer(add_indicator=True)],
    "clipped": [MinMaxScaler((-1, 2), clip=True)],
    "filled, scaled and clipped": [SimpleImputer(), StandardScaler(), MinMaxScaler(clip=True)],
    "filled and whitened": [SimpleImputer(), PCA(4, whiten=True, random_state=0)],
    "columns": [
        ColumnTransformer(
            [("a", make_pipeline(SimpleImputer(), RobustScaler()), [2, 0])],
            remainder=StandardScaler(),
        )
    ],
    "columns scaled later": [
        ColumnTransformer([("a", SimpleImputer(), [2]), ("b", PCA(2), [0, 1])]),
        StandardScaler(),
    ],
    "union": [FeatureUnion([("a", PCA(3)), ("b", SimpleImputer())]), StandardScaler()],
}


@pytest.mark.parametrize("name", STEPS)
def test_no_preprocessing_step_loses_digits(name: str) -> None:
    """Some steps of scikit-learn lose digits, so the comparison is with extended precision."""
    X = weather()
    model = Pipeline([(str(k), step) for k, step in enumerate([*STEPS[name], classifier()])])
    model.fit(X, targets(X, 3))
    fast = kernels.compile(model)
    prepared = fast._converted.preparation
    shifts: Any = fast.network.shift if prepared is None else prepared.program[:, -1]
    assert np.abs(shifts).max() > 1e9
    true = exact(model, X)
    np.testing.assert_allclose(fast.predict_proba(X), true, rtol=1e-12)
    np.testing.assert_allclose(fast.predict_proba(X[:1]), true[:1], rtol=1e-12)
    np.testing.assert_allclose(model.predict_proba(X), true, rtol=1e-5)
    gaps = X.copy()
    gaps[::3, [2, 0]] = np.nan
    if "filled" in name:
        np.testing.assert_allclose(fast.predict_proba(gaps), exact(model, gaps), rtol=1e-12)


def test_small_means_are_folded_without_a_shift() -> None:
    """A shift would cost a batch one more pass over its samples."""
    X = np.random.default_rng(0).standard_normal((40, 4)) + 100
    for steps in ([StandardScaler()], [MinMaxScaler()], [PCA(3)], [MaxAbsScaler()]):
        model = make_pipeline(*steps, MLPClassifier((4,), max_iter=2, random_state=0))
        assert kernels.compile(model.fit(X, np.arange(40) % 2)).network.shift is None
