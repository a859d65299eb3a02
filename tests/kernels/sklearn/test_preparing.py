"""Programs that prepare samples: the compiled function against NumPy's, with and without Numba."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

import kernels
from kernels.sklearn.fitted import CompiledClassifier
from kernels.sklearn.preparing import FIELDS, Instruction, run_by_columns, run_program, runner
from tests.kernels.examples import RELAXED
from tests.kernels.sklearn.estimators import classifier, samples
from tests.running import python

VALUES = st.sampled_from([0.0, 1.0, -2.5, 1e6, -1.0, np.nan, np.inf, -np.inf])
BOUNDS = st.sampled_from([-np.inf, -1.0, 0.0, 0.5])


@st.composite
def programs(draw: st.DrawFn) -> Any:
    rows = []
    for _ in range(draw(st.integers(1, 6))):
        low = draw(BOUNDS)
        instruction = draw(st.sampled_from(list(Instruction)))
        value = draw(st.sampled_from([-1.0, 0.0, 1.0]))
        value = np.nan if instruction == Instruction.FILL_NAN else value
        fill, shift = draw(st.sampled_from([-3.0, 7.0])), draw(st.sampled_from([0.0, 0.5]))
        high = draw(st.sampled_from([0.5, 2.0, np.inf]))
        rows.append((instruction, draw(st.integers(0, 2)), value, fill, low, high, shift))
    assert len(rows[0]) == len(FIELDS)
    return np.array(rows, float)


@RELAXED
@given(programs(), arrays(np.float64, (4, 3), elements=VALUES))
def test_all_versions_agree(program: Any, X: Any) -> None:
    found = []
    for function in (runner(), run_program, run_by_columns):
        out = np.full((4, int((program[:, 0] >= Instruction.COPY).sum())), 0.25)
        found.append((function(program, X.copy(), out), out))
    (refused, out), *others = found
    assert all((other == 0) == (refused == 0) for other, _ in others)
    if not refused:
        for _, other in others:
            np.testing.assert_array_equal(out, other)


def test_one_row_reads_arrays_of_every_kind() -> None:
    X = np.where(np.abs(samples()) > 1, np.nan, samples())
    fast = kernels.compile(make_pipeline(SimpleImputer(), classifier()).fit(X, np.arange(40) % 3))
    true = fast.predict_proba(X[:1])
    readonly = X[:1].copy()
    readonly.flags.writeable = False
    wide = np.repeat(X, 2, axis=1)
    for row in (readonly, wide[:1, ::2], np.asfortranarray(X)[:1], X[:1].astype(">f8"),
                X[:1].tolist(), X[:1].astype(object)):  # fmt: skip
        np.testing.assert_array_equal(fast.predict_proba(row), true)
    assert fast.predict_proba.__name__ == "predict_proba"
    assert "probability" in str(fast.predict_proba.__doc__)
    with pytest.raises(ValueError, match="one takes a sample of shape"):
        fast.one(X[:1])
    np.testing.assert_allclose(fast.one(X[0]), true[0], rtol=1e-12)


CODE = """
import sys
sys.modules["numba"] = None
import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
import kernels
X = np.random.default_rng(0).random((40, 4))
X[X > 0.8] = np.nan
network = MLPClassifier((6,), max_iter=5, random_state=0, tol=10.0)
model = make_pipeline(SimpleImputer(), network).fit(X, np.arange(40) % 3)
fast = kernels.compile(model)
for rows in (X, X[:1]):
    np.testing.assert_allclose(fast.predict_proba(rows), model.predict_proba(rows), rtol=1e-12)
"""


def test_numpy_prepares_where_numba_cannot_be_imported() -> None:
    result = python("-W", "ignore", "-c", CODE)
    assert result.returncode == 0, result.stderr


def test_log_probabilities_and_threads() -> None:
    X = np.where(np.abs(samples(200)) > 1, np.nan, samples(200))
    model = make_pipeline(SimpleImputer(), classifier()).fit(X, np.arange(200) % 3)
    fast = kernels.compile(model)
    true = fast.predict_proba(X)
    for rows in (X, X[:1]):
        expected = np.log(true[: len(rows)])
        np.testing.assert_allclose(fast.predict_log_proba(rows), expected, rtol=1e-10)
    with ThreadPoolExecutor(8) as pool:
        for k, found in enumerate(pool.map(fast.predict_proba, np.split(X, 200))):
            np.testing.assert_allclose(found, true[k : k + 1], rtol=1e-12)


def test_it_is_copied_pickled_and_freed_at_once() -> None:
    X = np.where(np.abs(samples()) > 1, np.nan, samples())
    model = make_pipeline(SimpleImputer(), classifier()).fit(X, np.arange(40) % 3)
    gc.collect()
    gc.disable()
    try:
        fast = kernels.compile(model)
        true = fast.predict_proba(X)
        for other in (copy.copy(fast), copy.deepcopy(fast), pickle.loads(pickle.dumps(fast))):
            np.testing.assert_array_equal(other.predict_proba(X), true)
            np.testing.assert_array_equal(other.predict(X[:1]), fast.predict(X[:1]))
        call, gone = fast.predict, weakref.ref(fast)
        del fast
        assert gone() is None
        assert call(X[:1]) == true[0].argmax()
    finally:
        gc.enable()


def test_a_subclass_keeps_its_own_methods() -> None:
    class Ten(CompiledClassifier):
        def predict(self, X: Any) -> Any:
            return super().predict(X) + 10

    X = np.where(np.abs(samples()) > 1, np.nan, samples())
    model = make_pipeline(SimpleImputer(), classifier()).fit(X, np.arange(40) % 3)
    fast = Ten(kernels.compile(model)._converted, "float64", 1, True)
    assert fast.predict(X[:1]) == model.predict(X[:1]) + 10
