"""scikit-learn's own tests and tools, with the compiled estimators in the place of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn import datasets, neural_network
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks

from kernels import sklearn as ours
from tests.kernels.sklearn.training.test_fits import CLASSIFIERS, REGRESSORS, difference

ROOT = Path(__file__).parents[4]
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
IRIS: Any = datasets.load_iris(return_X_y=True)


@pytest.mark.skipif(
    find_spec("sklearn.neural_network.tests") is None, reason="this scikit-learn has no tests"
)
def test_their_own_tests(tmp_path: Path) -> None:
    plugin = "tests.kernels.sklearn.training.in_place_of_theirs"
    command = [sys.executable, "-m", "pytest", "-q", "-p", plugin, "-p", "no:cacheprovider"]
    command += ["-c", os.devnull, "--rootdir", str(tmp_path), "-n", "0"]
    command += ["--pyargs", "sklearn.neural_network.tests.test_mlp"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout
    passed = re.search(r"(\d+) passed", run.stdout)
    assert passed is not None
    assert int(passed[1]) >= 50


@pytest.mark.parametrize("kinds", [CLASSIFIERS, REGRESSORS], ids=lambda kinds: kinds[0].__name__)
def test_their_common_checks(kinds: tuple[type, type]) -> None:
    if not hasattr(estimator_checks, "estimator_checks_generator"):
        pytest.skip("this scikit-learn does not report its checks")
    found = []
    for kind in kinds:
        results = estimator_checks.check_estimator(kind(max_iter=20), on_fail=None, on_skip=None)
        found.append([(one["check_name"], one["status"]) for one in results])
    assert found[0] == found[1]
    assert len(found[0]) > 40


def test_a_search_in_several_processes() -> None:
    searches = []
    for kind in CLASSIFIERS:
        pipeline = make_pipeline(StandardScaler(), kind(max_iter=30, random_state=0))
        grid = {pipeline.steps[-1][0] + "__hidden_layer_sizes": [(4,), (8,)]}
        searches.append(GridSearchCV(pipeline, grid, n_jobs=2, cv=3).fit(*IRIS))
    one, other = searches
    assert type(other.best_estimator_[-1]) is ours.MLPClassifier
    assert one.best_params_ == other.best_params_
    for name in ("mean_test_score", "split0_test_score"):
        np.testing.assert_array_equal(one.cv_results_[name], other.cv_results_[name])
    assert difference(one.best_estimator_[-1], other.best_estimator_[-1]) < 1e-9


@pytest.mark.parametrize("backend", ["threading", "multiprocessing"])
def test_cross_validation(backend: str) -> None:
    with joblib.parallel_config(backend=backend, n_jobs=2):
        one, other = (
            cross_val_score(kind((4,), max_iter=30, random_state=0), *IRIS) for kind in CLASSIFIERS
        )
    np.testing.assert_array_equal(one, other)


def test_bagging() -> None:
    one, other = (
        BaggingClassifier(kind((4,), max_iter=10), 3, random_state=0).fit(*IRIS)
        for kind in CLASSIFIERS
    )
    np.testing.assert_allclose(
        one.predict_proba(IRIS[0]), other.predict_proba(IRIS[0]), rtol=1e-9, atol=1e-12
    )


def test_many_rows_are_predicted_by_compiled_code() -> None:
    X, y = np.random.default_rng(0).normal(size=(3000, 20)), np.arange(3000) % 3
    one, other = (kind((64,), max_iter=3, random_state=0).fit(X, y) for kind in CLASSIFIERS)
    for rows in (X, X[:, ::-1][:, ::-1], X.astype(np.float32)):
        np.testing.assert_allclose(one.predict_proba(rows), other.predict_proba(rows), rtol=1e-6)
    assert isinstance(one, neural_network.MLPClassifier)
