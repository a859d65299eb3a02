"""A search of scikit-learn whose fits run on a Dask cluster: python grid_search.py ADDRESS."""

from __future__ import annotations

import sys

import joblib
from dask.distributed import Client
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV

from kernels.sklearn import MLPClassifier


def search() -> GridSearchCV:
    """Networks of two sizes with two penalties, each fitted on three splits of the digits."""
    network = MLPClassifier(max_iter=30, random_state=0, tol=0.01)
    grid = {"hidden_layer_sizes": [(16,), (30,)], "alpha": [1e-4, 1e-2]}
    X, y = load_digits(return_X_y=True)
    return GridSearchCV(network, grid, cv=3).fit(X / 16, y)


def search_on(address: str) -> GridSearchCV:
    """The same search on the workers of a cluster."""
    with Client(address), joblib.parallel_config(backend="dask"):
        return search()


if __name__ == "__main__":
    found = search_on(sys.argv[1])
    print(found.best_params_, f"{found.best_score_:.4f}")
