"""Searches of scikit-learn on joblib's Dask backend, with a real scheduler and workers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kernels.sklearn import MLPClassifier
from tests.dask_cluster import running
from tests.running import python

pytest.importorskip("distributed")

PROGRAM = """
import sys
import numpy as np

sys.path.append("examples/cluster")
from grid_search import search, search_on

for name, found in ("here", search()), ("there", search_on(sys.argv[1])):
    scores = [found.cv_results_[f"split{k}_test_score"] for k in range(3)]
    weights = np.concatenate([W.ravel() for W in found.best_estimator_.coefs_])
    np.savez(f"{sys.argv[2]}/{name}.npz", scores=scores, weights=weights)
"""
"""The example's search, by itself and on the cluster; stores what was found."""


def test_a_search_on_a_cluster_finds_the_same_bits(tmp_path: Path) -> None:
    fits = tmp_path / "fits"
    noting = f"""
from {MLPClassifier.__module__} import MLPClassifier

def noted(self, *arguments, fit=MLPClassifier.fit):
    with open({str(fits)!r}, "a") as file:
        file.write("fit\\n")
    return fit(self, *arguments)

if MLPClassifier.fit.__name__ != "noted":  # a preload may run twice
    MLPClassifier.fit = noted
"""
    with running(tmp_path) as cluster:
        cluster.have(2, noting)
        result = python("-c", PROGRAM, cluster.address, str(tmp_path))
    assert result.returncode == 0, result.stderr
    here, there = (np.load(tmp_path / f"{name}.npz") for name in ("here", "there"))
    for name in ("scores", "weights"):
        np.testing.assert_array_equal(here[name], there[name])
    assert len(fits.read_text().split()) == 2 * 2 * 3  # the best is fitted again by the client
