"""scikit-learn: the forward pass of an MLPClassifier, by `predict_proba`.

With several labels per sample, an MLPClassifier has logistic outputs, and so computes exactly the
article's forward pass; with one output it is the binary classifier's probability of class 1. Its
training minimises the log-loss, not the squared error of §4.2, so gradient and training are not
offered. The check that inputs are finite is switched off, because the common interface passes NaN
on, and because users who need speed switch it off.
"""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import views
from kernels.support.checks import Array


class Kernel(Plan):
    """scikit-learn's forward pass."""

    name = "scikit-learn"
    operations = ("forward", "forward_batch")
    requires = ("sklearn",)
    max_threads = None
    uses_blas = True

    def prepare(self) -> None:
        self._fitted = fitted(self.sizes, self.dtype)

    def pack(self, theta: Array) -> Any:
        return with_parameters(self._fitted, theta)

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        self.batch_forward(parameters, x[np.newaxis], out[np.newaxis])

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        from sklearn import config_context

        with config_context(assume_finite=True), np.errstate(over="ignore", invalid="ignore"):
            probabilities = parameters.predict_proba(X)
        out[:] = probabilities[:, -1:] if self.sizes[-1] == 1 else probabilities


def fitted(sizes: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """An MLPClassifier of these sizes, fitted in one step on two made-up samples.

    The step gives it its shapes, labels and dtype.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    classifier = MLPClassifier(
        hidden_layer_sizes=sizes[1:-1],
        activation="logistic",
        max_iter=1,
        batch_size=2,
        random_state=0,  # else it draws from NumPy's global random numbers
    )
    X, outputs = np.zeros((2, sizes[0]), dtype), sizes[-1]
    Y = np.array([0, 1]) if outputs == 1 else np.eye(2, outputs, dtype=int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(X, Y)
    return classifier


def with_parameters(classifier: Any, theta: Array) -> Any:
    """A shallow copy of a fitted classifier with the parameters of a flat vector."""
    result = copy.copy(classifier)
    sizes = [classifier.n_features_in_, *(len(bias) for bias in classifier.intercepts_)]
    weights, biases = views(theta, sizes)
    result.coefs_ = [np.ascontiguousarray(weight.T) for weight in weights]
    result.intercepts_ = list(biases)
    return result
