"""Log-probabilities are right, even where probabilities underflow."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kernels
from kernels.proof import reference
from tests.kernels.sklearn.estimators import classifier, samples

X = samples(60)
KINDS: dict[str, Any] = {
    "binary": np.arange(60) % 2,
    "multiclass": np.arange(60) % 4,
    "multilabel": np.random.default_rng(0).integers(2, size=(60, 3)),
    "one label": np.zeros(60, int),
}


def fitted(kind: str, factor: float = 1.0) -> Any:
    """Return a fitted classifier after multiplying the output layer's parameters by a factor."""
    model = make_pipeline(StandardScaler(), classifier(12)).fit(X, KINDS[kind])
    model[-1].coefs_[-1] *= factor
    model[-1].intercepts_[-1] *= factor
    return model


def exact(network: kernels.Network, rows: Any) -> Any:
    """Return log h of every label in extended precision; of one output, log (1 - h) too."""
    z = reference.layers(network.architecture, network.theta, rows).z[-1]
    if network.activations[-1] == "softmax":
        most = z.max(axis=1, keepdims=True)
        others = np.exp(z - most)
        np.put_along_axis(others, z.argmax(axis=1)[:, np.newaxis], 0, axis=1)
        return z - most - np.log1p(others.sum(axis=1, keepdims=True))
    if z.shape[1] == 1:
        z = np.hstack([-z, z])
    return -np.where(z < 0, -z, 0) - np.log1p(np.exp(-np.abs(z)))


@pytest.mark.parametrize("kind", KINDS)
def test_log_probabilities_equal_scikit_learns(kind: str) -> None:
    model = fitted(kind)
    fast = kernels.compile(model)
    true = model.predict_log_proba(X)
    for rows, expected in ((X, true), (X[:1], true[:1]), (X.tolist(), true)):
        found = fast.predict_log_proba(rows)
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(found, np.log(fast.predict_proba(X)), rtol=1e-12, atol=1e-14)
    narrow = fast.predict_log_proba(X.astype(np.float32))
    assert narrow.dtype == model.predict_log_proba(X.astype(np.float32)).dtype
    np.testing.assert_allclose(narrow, true, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("factor", [1e3, 1e4, 1e100])
@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_log_probabilities_are_finite_where_probabilities_underflow(
    kind: str, factor: float
) -> None:
    model = fitted(kind, factor)
    fast = kernels.compile(model)
    found, true = fast.predict_log_proba(X), exact(fast.network, X)
    assert found.min() < -800
    # z has its own rounding errors, some units in its last place
    scale = np.abs(reference.layers(fast.network.architecture, fast.network.theta, X).z[-1]).max()
    error = np.abs(found - true)
    assert (error <= 1e-14 * float(scale) * (1 + np.abs(true) / float(scale))).all()
    ones = np.vstack([fast.predict_log_proba(row[np.newaxis]) for row in X])
    np.testing.assert_allclose(ones, found, rtol=1e-12, atol=1e-13 * float(scale))
    with np.errstate(divide="ignore"):
        theirs = model.predict_log_proba(X)
    # scikit-learn's probabilities below exp(-700) have few digits or none; so has 1 - h near h = 1
    known = theirs > -700
    lost = 1e-14 * float(scale) + 2.0**-53 / np.exp(theirs[known])
    assert (np.abs(found[known] - theirs[known]) <= lost).all()
    assert (theirs == -np.inf).any()
    assert np.isfinite(found).all()


def test_a_probability_near_one_keeps_its_digits() -> None:
    """log h is -exp(-40), which log of a rounded h would turn into 0 or -2^-53."""
    model = fitted("multiclass")
    model[-1].coefs_[-1][:], model[-1].intercepts_[-1][:] = 0, [40, 0, 0, -10]
    found = kernels.compile(model).predict_log_proba(X[:1])[0]
    small = 2 * np.exp(-40) + np.exp(-50)
    np.testing.assert_allclose(found, [-small, -40, -40, -50], rtol=1e-14)
    binary = fitted("binary")
    binary[-1].coefs_[-1][:], binary[-1].intercepts_[-1][:] = 0, [40]
    found = kernels.compile(binary).predict_log_proba(X[:1])[0]
    np.testing.assert_allclose(found, [-40, -np.exp(-40)], rtol=1e-14)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_log_probabilities_in_float32(kind: str) -> None:
    fast = kernels.compile(fitted(kind, 300.0), "float32")
    for rows in (X, X[:1], X.astype(np.float32)[:1]):
        found = fast.predict_log_proba(rows)
        assert found.dtype == np.float32
        true = exact(fast.network, rows).astype(float)
        np.testing.assert_allclose(found, true, rtol=1e-5, atol=1e-2)
    assert fast.predict_log_proba(X).min() < -200  # exp(-104) is 0 in float32


def test_log_probabilities_of_other_outputs_are_logarithms_of_probabilities() -> None:
    model = fitted("multiclass")
    model[-1].out_activation_ = "identity"
    with np.errstate(invalid="ignore"):
        theirs = model.predict_log_proba(X)
    np.testing.assert_allclose(kernels.compile(model).predict_log_proba(X), theirs, rtol=1e-10)


def test_nan_is_accepted_without_the_finite_check() -> None:
    for kind in ("binary", "multiclass", "multilabel"):
        fast = kernels.compile(fitted(kind), check_finite=False)
        for m in (1, 3):
            assert np.isnan(fast.predict_log_proba(np.full((m, 5), np.nan))).all()
        with pytest.raises(ValueError, match="NaN"):
            kernels.compile(fitted(kind)).predict_log_proba(np.full((1, 5), np.nan))


def test_code_for_log_probabilities_is_compiled_on_demand_and_not_pickled() -> None:
    fast = kernels.compile(fitted("multiclass"))
    assert "_logits" not in vars(fast)
    true = fast.predict_log_proba(X)
    assert "_logits" in vars(fast)
    other = pickle.loads(pickle.dumps(fast))
    assert "_logits" not in vars(other)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(other.predict_log_proba, [X] * 8):
            np.testing.assert_array_equal(found, true)
