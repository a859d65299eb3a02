"""A pytest plugin that puts the compiled estimators in the place of scikit-learn's own."""

from __future__ import annotations

import gc

from sklearn import neural_network

from kernels import sklearn as ours
from tests.kernels.levels import unoptimised

neural_network.MLPClassifier = ours.MLPClassifier
neural_network.MLPRegressor = ours.MLPRegressor
unoptimised().start()


def pytest_collection_finish() -> None:
    """As in this project's tests."""
    gc.freeze()
