"""Samples that a compiled estimator accepts and refuses, as scikit-learn does."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import datasets
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    StandardScaler,
)

import kernels
from kernels.sklearn.inputs import Accepted
from tests.kernels.sklearn.estimators import TIGHT, classifier, regressor, samples
from tests.pairwise import pairwise

SPARSE: dict[str, Any] = {
    "filled, centred": make_pipeline(SimpleImputer(), StandardScaler()),
    "filled, scaled": make_pipeline(SimpleImputer(), StandardScaler(with_mean=False)),
    "zeros filled": SimpleImputer(missing_values=0),
    "selected, centred": make_pipeline(SelectKBest(k=2), StandardScaler()),
    "checked": FunctionTransformer(validate=True),
    "side by side": FeatureUnion([("a", MaxAbsScaler()), ("b", MinMaxScaler())]),
    "columns": ColumnTransformer([("a", StandardScaler(), []), ("b", MaxAbsScaler(), [0, 1])]),
    "columns, centred": ColumnTransformer(
        [("a", make_pipeline(SimpleImputer(), StandardScaler()), [0])]
    ),
}


@pytest.mark.parametrize("name", SPARSE)
def test_sparse_matrices_are_refused_by_the_step_that_takes_none(name: str) -> None:
    X = samples()
    model = make_pipeline(SPARSE[name], classifier()).fit(X, np.arange(len(X)) % 3)
    fast, rows = kernels.compile(model), sparse.csr_matrix(X)
    try:
        expected = model.predict_proba(rows)
    except (TypeError, ValueError) as error:
        with pytest.raises(type(error), match="X is sparse"):
            fast.predict_proba(rows)
    else:
        np.testing.assert_allclose(fast.predict_proba(rows), expected, rtol=1e-11)


def test_samples_that_cannot_be_are_refused() -> None:
    for fields, message in (
        ({"names": ("a",)}, "2 columns have 1 names"),
        ({"required": (2,)}, "more than its 2 columns are required"),
        ({"refuses_sparse": "KeyError"}, "there is no error 'KeyError'"),
    ):
        with pytest.raises(ValueError, match=message):
            Accepted(2, **fields)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_dtypes_are_those_of_scikit_learn(dtype: str) -> None:
    X = samples()
    three, two = np.arange(len(X)) % 3, np.arange(len(X)) % 2
    scaled = make_pipeline(StandardScaler(), classifier())
    for model, y in ((classifier(), three), (classifier(), two), (scaled, three)):
        model.fit(X.astype(dtype), y)
        fast = kernels.compile(model)
        for rows in (X, X.astype(np.float32), X.astype(int), X.astype(np.int8), X.tolist(),
                     X.astype("g"), X > 0):  # fmt: skip
            theirs, ours = model.predict_proba(rows), fast.predict_proba(rows)
            assert ours.dtype == theirs.dtype
            single = np.float32 in (np.dtype(dtype), np.asarray(rows).dtype)
            np.testing.assert_allclose(ours, theirs, rtol=1e-4 if single else 1e-12)
            assert np.array_equal(fast.predict(rows), model.predict(rows))


def test_float32_computes_in_float32() -> None:
    X, y = datasets.load_digits(return_X_y=True)
    model = make_pipeline(StandardScaler(), classifier(30)).fit(X, y)
    fast = kernels.compile(model, "float32")
    for rows in (X, X[:1], X.astype(np.float32)[:1]):
        found = fast.predict_proba(rows)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, model.predict_proba(rows), rtol=0, atol=1e-5)


def test_columns_of_a_data_frame_go_by_their_names() -> None:
    frame = pd.DataFrame(samples(), columns=list("abcde"))
    model = make_pipeline(StandardScaler(), classifier()).fit(frame, np.arange(40) % 3)
    fast = kernels.compile(model)
    true = model.predict_proba(frame)
    for table in (frame, frame.to_numpy(), frame.astype(object)):
        np.testing.assert_allclose(fast.predict_proba(table), true, **TIGHT)
    with pytest.raises(ValueError, match="X lacks columns: c"):
        fast.predict(frame.drop(columns="c"))
    with pytest.raises(ValueError, match="X has unknown columns: z"):
        fast.predict(frame.assign(z=1.0))
    with pytest.raises(ValueError, match=r"in the order of the fit: X\[\['a', 'b', 'c'"):
        fast.predict(frame[list("ecabd")])


def test_sparse_matrices_are_taken() -> None:
    X = np.where(samples() > 0.5, samples(), 0)
    model = classifier().fit(X, np.arange(40) % 3)
    fast = kernels.compile(model)
    matrix = sparse.csr_matrix(X)
    np.testing.assert_allclose(fast.predict_proba(matrix), model.predict_proba(matrix), **TIGHT)


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (np.ones((1, 4)), ValueError, "X has 4 features, but .* is expecting 5 features"),
        (np.ones((3, 6)), ValueError, "X has 6 features"),
        (np.ones(5), ValueError, r"reshape one sample with x.reshape\(1, -1\)"),
        (np.ones((1, 1, 5)), ValueError, "shape"),
        (np.ones((0, 5)), ValueError, "0 samples"),
        (np.full((1, 5), np.nan), ValueError, "NaN"),
        (np.array([[1, 2, 3, 4, np.inf]]), ValueError, "infinity"),
        (np.array([[1, 2, 3, 4, -np.inf]] * 30), ValueError, "infinity"),
        (np.ones((1, 5), complex), ValueError, "real numbers"),
        ([["a"] * 5], ValueError, "numbers"),
        (np.array([["a"] * 5], object), ValueError, "numbers"),
        (np.matrix(np.ones((1, 5))), TypeError, "matrix"),
        (None, ValueError, "shape"),
    ],
)
def test_what_scikit_learn_refuses_is_refused(wrong: Any, error: Any, message: str) -> None:
    model = classifier().fit(samples(), np.arange(40) % 3)
    fast = kernels.compile(model)
    for call in (fast.predict, fast.predict_proba):
        with pytest.raises(error, match=message):
            call(wrong)


def test_numbers_whose_sum_overflows_are_finite() -> None:
    model = classifier().fit(samples(), np.arange(40) % 3)
    fast = kernels.compile(model)
    for m in (1, 2):
        X = np.full((m, 5), 1.7e308)
        with np.errstate(all="ignore"):
            fast.predict(X)  # not refused


def test_nan_is_accepted_without_the_finite_check() -> None:
    model = regressor().fit(samples(), samples(n=1).ravel())
    fast = kernels.compile(model, check_finite=False)
    for m in (1, 3):
        assert np.isnan(fast.predict(np.full((m, 5), np.nan))).all()
    assert np.isfinite(fast.predict(samples())).all()


def test_one_writes_into_out() -> None:
    model = regressor().fit(samples(), samples(n=2))
    fast = kernels.compile(model)
    out = np.empty(2)
    assert fast.one(samples()[0], out) is out
    np.testing.assert_allclose(out, model.predict(samples()[:1])[0], **TIGHT)
    for wrong in (samples()[0, :3], samples()[:1]):
        with pytest.raises(ValueError, match="shape"):
            fast.one(wrong)
    with pytest.raises(ValueError, match="predict takes samples as rows"):
        fast.one(samples()[:1])


def misaligned(X: Any) -> Any:
    found = np.zeros(X.nbytes + 1, np.uint8)[1:].view(X.dtype).reshape(X.shape)
    found[...] = X
    return found


KINDS: dict[str, Any] = {
    **{f"dtype {code}": lambda X, code=code: X.astype(code) for code in
       ("f2", "f4", "f8", "g", "i1", "i4", "i8", "u1", "u8", ">f4", ">f8", ">i2", "?")},
    "list": lambda X: X.tolist(),
    "list of integers": lambda X: X.astype(int).tolist(),
    "strided": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "of Fortran": np.asfortranarray,
    "misaligned": misaligned,
    "unpickled": lambda X: pickle.loads(pickle.dumps(X)),
    "objects": lambda X: X.astype(object),
    "frame": lambda X: pd.DataFrame(X, columns=list("abcde")),
    "frame of integers": lambda X: pd.DataFrame(X, columns=list("abcde")).astype(int),
    "frame of several dtypes":
        lambda X: pd.DataFrame(X, columns=list("abcde")).astype({"a": "int8", "c": "Float64"}),
    "frame of objects": lambda X: pd.DataFrame(X, columns=list("abcde")).astype(object),
}  # fmt: skip


@pytest.mark.parametrize(
    ("dtype", "fitted", "mean"), pairwise(*[["float64", "float32"]] * 2, [0.0, 1e9])
)
def test_every_kind_of_row_gives_the_same_bits(dtype: str, fitted: str, mean: float) -> None:
    """A fit to small or to large means, of which the latter are subtracted from samples first."""
    frame = pd.DataFrame((samples() + mean).astype(fitted), columns=list("abcde"))
    rows = np.array([[0.0, 1.0, 3.0, 100.0, 7.0], [1.0, 0.0, 1.0, 1.0, 0.0]])
    for make, y in (
        (classifier, np.arange(40) % 3),
        (classifier, np.arange(40) % 2),
        (classifier, np.array(["a", "b", None], object)[np.arange(40) % 2]),
        (classifier, np.eye(3, dtype=int)[np.arange(40) % 3]),
        (regressor, samples(n=1).ravel()),
        (regressor, samples(n=2)),
    ):
        model = make_pipeline(StandardScaler(), make()).fit(frame, y)
        fast = kernels.compile(model, dtype)
        for name in ("predict", "predict_proba", "predict_log_proba"):
            call = getattr(fast, name, None)
            if call is None:
                continue
            for what, convert in KINDS.items():
                X = convert(rows)
                plain = X.to_numpy() if "frame" in what else X
                plain = np.array(plain, dtype=np.float64, order="C", subok=False)
                for k in (0, 1):
                    row = convert(rows[k : k + 1])
                    found, expected = call(row), call(plain[k : k + 1])
                    if found.dtype != expected.dtype:  # as wide as the samples, as scikit-learn
                        assert dtype == "float64"
                        assert found.dtype == np.result_type(np.asarray(X).dtype, fitted)
                    assert found.tolist() == expected.astype(found.dtype).tolist(), (what, name)
                    assert found.shape == expected.shape
                batch = call(X)
                assert batch.dtype == found.dtype
                assert batch.shape == (2, *found.shape[1:])


def test_columns_of_frames_are_compared_as_a_whole() -> None:
    """Frames with the columns of the fit in their order need no new frame."""
    frame = pd.DataFrame(samples(), columns=list("abcde"))
    fast = kernels.compile(classifier().fit(frame, np.arange(40) % 3))
    true = fast.predict_proba(samples()[:1])

    class Frame:
        columns = pd.Index(list("abcde"))

        def __getitem__(self, _: Any) -> Any:
            raise AssertionError("columns were taken out of the frame")

        def to_numpy(self) -> Any:
            return samples()[:1]

    assert np.array_equal(fast.predict_proba(Frame()), true)
    table = frame[:1].set_axis(list("abcdd"), axis=1)
    with pytest.raises(ValueError, match="columns of the same name: d"):
        fast.predict(table)
    for wrong in (frame[:1].assign(a=np.nan), frame[:1].assign(a="text")):
        with pytest.raises(ValueError, match=r"X contains NaN|X must hold numbers"):
            fast.predict(wrong)


def test_a_row_too_large_for_float32_is_warned_of_once() -> None:
    fast = kernels.compile(regressor().fit(samples(), samples(n=1).ravel()), "float32")
    for X in (np.full((1, 5), 1e300), np.full((2, 5), 1e300)):
        with pytest.warns(RuntimeWarning, match="overflow") as found:
            fast.predict(X)
        assert len(found) == 1
