"""kernels.compile against scikit-learn itself: its data sets, any network, every kind of label."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joblib.externals.loky import get_reusable_executor
from scipy import sparse
from sklearn import datasets
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    StandardScaler,
)

import kernels
from kernels import Network
from tests.kernels.test_properties import COMPILING

TIGHT: Any = {"rtol": 1e-12, "atol": 1e-300}


@pytest.fixture(autouse=True)
def _few_iterations() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Stochastic Optimizer: Maximum iterations")
        yield


def classifier(*hidden: int, **options: Any) -> MLPClassifier:
    return MLPClassifier(hidden or (8,), max_iter=20, random_state=0, **options)


def regressor(*hidden: int, **options: Any) -> MLPRegressor:
    return MLPRegressor(hidden_layer_sizes=hidden or (8,), max_iter=20, random_state=0, **options)


def samples(m: int = 40, n: int = 5, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal((m, n))


def assert_same(estimator: Any, X: Any) -> None:
    """Same results, shapes and dtypes, for all rows, for one, and for one without ceremony."""
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


# --- its data sets ------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("name", ["digits", "iris", "wine", "breast_cancer"])
def test_classification(name: str, activation: str) -> None:
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    model = make_pipeline(StandardScaler(), classifier(12, activation=activation)).fit(X, y)
    assert_same(model, X)


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("name", ["diabetes", "linnerud"])
def test_regression(name: str, activation: str) -> None:
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    model = make_pipeline(StandardScaler(), regressor(12, 7, activation=activation)).fit(X, y)
    assert_same(model, X)


# --- labels -------------------------------------------------------------------------------------


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
    assert_same(model, X)  # all labels are as likely
    binary = classifier().fit(X, y > 0)
    for factor in (0.0, 1e4):
        binary.coefs_[-1] *= factor
        binary.intercepts_[-1] *= factor
        theirs, fast = binary.predict_proba(X), kernels.compile(binary)
        np.testing.assert_array_equal(fast.predict(X), binary.predict(X))
        # probabilities below the smallest normal number are 0
        np.testing.assert_allclose(fast.predict_proba(X), theirs, rtol=1e-10, atol=1e-307)


# --- pipelines ----------------------------------------------------------------------------------

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


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (PolynomialFeatures(), "step PolynomialFeatures cannot be folded"),
        (MinMaxScaler(clip=True), "step MinMaxScaler cannot be folded .* clip=True"),
    ],
)
def test_other_steps_are_refused_by_name(step: Any, message: str) -> None:
    X = samples()
    model = make_pipeline(step, classifier()).fit(X, np.arange(len(X)) % 2)
    with pytest.raises(ValueError, match=message):
        kernels.compile(model)


def test_outputs_that_are_not_offered_are_refused_by_name() -> None:
    model = MLPRegressor(loss="poisson", hidden_layer_sizes=(3,), max_iter=5, random_state=0)
    with pytest.raises(ValueError, match=r"the output layer has one of .*, got 'exp'"):
        kernels.compile(model.fit(samples(), np.arange(40.0)))


@pytest.mark.parametrize(
    "wrong",
    [LogisticRegression(), make_pipeline(StandardScaler(), LogisticRegression()), "model", None],
)
def test_other_estimators_are_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="takes a fitted MLPClassifier"):
        kernels.compile(wrong)


@pytest.mark.parametrize(
    "unfitted", [classifier(), regressor(), make_pipeline(StandardScaler(), classifier())]
)
def test_what_is_not_fitted_is_refused(unfitted: Any) -> None:
    with pytest.raises(NotFittedError):
        kernels.compile(unfitted)


# --- what is passed -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_dtypes_are_those_of_scikit_learn(dtype: str) -> None:
    X = samples()
    for y in (np.arange(len(X)) % 3, np.arange(len(X)) % 2):
        model = classifier().fit(X.astype(dtype), y)
        fast = kernels.compile(model)
        for rows in (X, X.astype(np.float32), X.astype(int), X.astype(np.int8), X.tolist()):
            theirs, ours = model.predict_proba(rows), fast.predict_proba(rows)
            assert ours.dtype == theirs.dtype
            np.testing.assert_allclose(ours, theirs, rtol=1e-12 if dtype == "float64" else 1e-4)
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
    for table in (frame, frame[list("ecabd")], frame.to_numpy(), frame.astype(object)):
        np.testing.assert_allclose(fast.predict_proba(table), true, **TIGHT)
    with pytest.raises(ValueError, match="X lacks columns: c"):
        fast.predict(frame.drop(columns="c"))
    with pytest.raises(ValueError, match="X has unknown columns: z"):
        fast.predict(frame.assign(z=1.0))


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
        (np.ones(5), ValueError, r"reshape one row with x.reshape\(1, -1\)"),
        (np.ones((1, 1, 5)), ValueError, "shape"),
        (np.ones((0, 5)), ValueError, "0 samples"),
        (np.full((1, 5), np.nan), ValueError, "NaN"),
        (np.array([[1, 2, 3, 4, np.inf]]), ValueError, "infinity"),
        (np.array([[1, 2, 3, 4, -np.inf]] * 30), ValueError, "infinity"),
        (np.ones((1, 5), complex), TypeError, "real numbers"),
        ([["a"] * 5], TypeError, "real numbers"),
        (np.array([["a"] * 5], object), ValueError, "numbers"),
        (np.ma.masked_array(np.ones((1, 5)), mask=True), TypeError, "masked"),
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


def test_nan_passes_if_one_says_so() -> None:
    model = regressor().fit(samples(), samples(n=1).ravel())
    fast = kernels.compile(model, check_finite=False)
    for m in (1, 3):
        assert np.isnan(fast.predict(np.full((m, 5), np.nan))).all()
    assert np.isfinite(fast.predict(samples())).all()


# --- a good citizen -----------------------------------------------------------------------------


def test_it_is_copied_and_pickled() -> None:
    X = samples()
    model = make_pipeline(StandardScaler(), classifier()).fit(X, np.arange(40) % 3)
    fast = kernels.compile(model, "float32", check_finite=False)
    for other in (copy.copy(fast), copy.deepcopy(fast), pickle.loads(pickle.dumps(fast))):
        assert np.array_equal(other.predict_proba(X), fast.predict_proba(X))
        assert repr(other) == repr(fast)
        assert np.isnan(other.predict_proba(np.full((1, 5), np.nan))).all()
    text = "<CompiledClassifier of StandardScaler + MLPClassifier: 5-8-3 (relu, softmax), float32>"
    assert repr(fast) == text
    assert fast.n_features_in_ == 5


def test_threads_and_joblib_workers_use_it() -> None:
    X = samples(400)
    model = classifier().fit(X, np.arange(400) % 3)
    fast = kernels.compile(model)
    true = model.predict_proba(X)
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(fast.predict_proba, [X] * 32):
            np.testing.assert_allclose(found, true, **TIGHT)
        rows = list(pool.map(lambda k: fast.predict_proba(X[k : k + 1]), range(400)))
    np.testing.assert_allclose(np.vstack(rows), true, **TIGHT)
    parts = joblib.Parallel(2)(joblib.delayed(fast.predict_proba)(half) for half in np.split(X, 2))
    get_reusable_executor().shutdown()  # its threads would still be there in the next test
    np.testing.assert_allclose(np.vstack(parts), true, **TIGHT)


def test_the_network_travels_without_scikit_learn(tmp_path: Any) -> None:
    X, y = datasets.load_wine(return_X_y=True)
    model = make_pipeline(StandardScaler(), classifier()).fit(X, y)
    fast = kernels.compile(model)
    path = tmp_path / "wine.npz"
    fast.network.save(path)
    np.save(tmp_path / "X.npy", X)
    code = (
        "import sys, numpy as np, kernels; "
        f"plan = kernels.plan(kernels.Network.load({str(path)!r}), 'specialized'); "
        f"y = plan.forward_batch(np.load({str(tmp_path / 'X.npy')!r})); "
        "assert 'sklearn' not in sys.modules; print(y.argmax(axis=1).tolist())"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(model.predict(X).tolist())
    changed = fast.network
    changed.theta[:] = 0
    assert fast.network.theta.any()


def test_scikit_learn_is_not_imported_for_what_is_none() -> None:
    code = (
        "import sys, kernels\n"
        "try: kernels.compile(object())\n"
        "except TypeError as error: print(error)\n"
        "assert 'sklearn' not in sys.modules"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "got object" in found.stdout


def test_one_writes_where_it_is_told() -> None:
    model = regressor().fit(samples(), samples(n=2))
    fast = kernels.compile(model)
    out = np.empty(2)
    assert fast.one(samples()[0], out) is out
    np.testing.assert_allclose(out, model.predict(samples()[:1])[0], **TIGHT)
    for wrong in (samples()[0, :3], samples()[:1]):
        with pytest.raises(ValueError, match="shape"):
            fast.one(wrong)


# --- any network --------------------------------------------------------------------------------


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


def test_the_network_of_a_plain_estimator_is_its_own() -> None:
    model = classifier(activation="tanh").fit(samples(), np.arange(40) % 3)
    expected = Network(
        [weight.T for weight in model.coefs_], model.intercepts_, ("tanh", "softmax")
    )
    assert kernels.compile(model).network == expected
