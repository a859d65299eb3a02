"""Small scikit-learn networks, samples for them, and a comparison with the compiled ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

import kernels

TIGHT: Any = {"rtol": 1e-12, "atol": 1e-300}


def classifier(*hidden: int, **options: Any) -> MLPClassifier:
    return MLPClassifier(hidden or (8,), max_iter=20, random_state=0, **options)


def regressor(*hidden: int, **options: Any) -> MLPRegressor:
    return MLPRegressor(hidden_layer_sizes=hidden or (8,), max_iter=20, random_state=0, **options)


def samples(m: int = 40, n: int = 5, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal((m, n))


def assert_same(estimator: Any, X: Any) -> None:
    """Assert equal results, shapes and dtypes for all samples, for one, and by `one`."""
    fast = kernels.compile(estimator)
    for rows in (X, X[:1]):
        theirs, ours = estimator.predict(rows), fast.predict(rows)
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        if hasattr(estimator, "predict_proba"):
            np.testing.assert_array_equal(ours, theirs)
            theirs, ours = estimator.predict_proba(rows), fast.predict_proba(rows)
            assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
            np.testing.assert_array_equal(fast.classes_, estimator.classes_)
        np.testing.assert_allclose(ours, theirs, **TIGHT)
    outputs = fast.one(X[0])
    assert outputs.shape == fast.network.sizes[-1:]
    np.testing.assert_allclose(np.ravel(theirs)[-len(outputs) :], outputs, **TIGHT)
