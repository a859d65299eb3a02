"""Compiled estimators as ordinary objects: copied, pickled, used by threads and other processes."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import joblib
import numpy as np
from joblib.externals.loky import get_reusable_executor
from sklearn import datasets
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    StandardScaler,
)

import kernels
from kernels import Network
from tests.kernels.sklearn.estimators import TIGHT, classifier, samples


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


def test_refusing_another_object_does_not_import_scikit_learn() -> None:
    code = (
        "import sys, kernels\n"
        "try: kernels.compile(object())\n"
        "except TypeError as error: print(error)\n"
        "assert 'sklearn' not in sys.modules"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "got object" in found.stdout


def test_the_network_of_a_plain_estimator_is_its_own() -> None:
    model = classifier(activation="tanh").fit(samples(), np.arange(40) % 3)
    expected = Network(
        [weight.T for weight in model.coefs_], model.intercepts_, ("tanh", "softmax")
    )
    assert kernels.compile(model).network == expected
