"""A compiled estimator is a snapshot: changing the model or its results later does not alter it."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kernels
from tests.kernels.sklearn.estimators import assert_same, classifier, regressor, samples

X = samples()
LABELS = np.arange(len(X)) % 3


def test_labels_are_read_only() -> None:
    for y in (LABELS, np.array(["a", "b", "c"])[LABELS], np.array(list("abc"), object)[LABELS]):
        fast = kernels.compile(classifier().fit(X, y))
        for one in (fast, pickle.loads(pickle.dumps(fast))):
            true = one.predict(X)
            with pytest.raises(ValueError, match="read-only"):
                one.classes_[:] = one.classes_[0]
            with pytest.raises(ValueError, match="WRITEABLE"):
                one.classes_.flags.writeable = True
            with pytest.raises(AttributeError):
                setattr(one, "classes_", one.classes_[::-1])  # noqa: B010  # mypy knows it to be read-only
            np.testing.assert_array_equal(one.predict(X), true)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel", "one label", "regression"])
def test_results_share_no_memory_with_the_estimator(kind: str) -> None:
    y: dict[str, Any] = {
        "binary": LABELS > 0,
        "multiclass": LABELS,
        "multilabel": np.eye(3, dtype=int)[LABELS],
        "one label": np.zeros(len(X), int),
        "regression": X[:, 0],
    }
    fast = kernels.compile((regressor() if kind == "regression" else classifier()).fit(X, y[kind]))
    for name in ("predict", "predict_proba", "predict_log_proba", "one"):
        call = getattr(fast, name, None)
        for rows in (X[0],) if name == "one" else (X, X[:1]):
            if call is None:
                continue
            first = call(rows)
            kept = first.copy()
            first[...] = first.dtype.type(7)
            np.testing.assert_array_equal(call(rows), kept)
    changed = fast.network
    changed.theta[:] = 0
    assert fast.network.theta.all()


def test_a_compiled_estimator_is_a_snapshot() -> None:
    model = make_pipeline(StandardScaler(), classifier()).fit(X, LABELS)
    fast = kernels.compile(model)
    true = fast.predict_proba(X), fast.predict(X)
    for weight in model[-1].coefs_:
        weight[:] = 0
    model[0].mean_[:] = 7
    model[-1].classes_[:] = 0
    np.testing.assert_array_equal(fast.predict_proba(X), true[0])
    np.testing.assert_array_equal(fast.predict(X), true[1])


def test_estimators_fitted_by_partial_fit_are_compiled() -> None:
    for y in (LABELS, np.eye(3, dtype=int)[LABELS]):
        model = classifier()
        for part in np.array_split(np.arange(len(X)), 2):
            model.partial_fit(X[part], y[part], classes=[0, 1, 2])
        assert_same(model, X)
