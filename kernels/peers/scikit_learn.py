"""scikit-learn's MLPClassifier, by way of `predict_proba`.

With several labels a sample, an MLPClassifier has logistic outputs, and so computes exactly the
article's forward pass; with one output it is the binary classifier's probability of class 1.
Its training minimises the log-loss, not the squared error of §4.2, so that gradient and training
are not offered here; `train_other_loss` does what it has instead, for its time. The check that
the input is finite is switched off, as a user in a hurry would do and as this interface asks
(NaN flows through).
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import Network, views
from kernels.support.checks import Array


class Kernel(Plan):
    """scikit-learn's forward pass."""

    name = "scikit-learn"
    operations = ("forward", "forward_batch")
    requires = ("sklearn",)
    max_threads = None
    uses_blas = True
    other_loss = "the log-loss"

    def pack(self, theta: Array) -> Any:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier

        classifier = MLPClassifier(
            hidden_layer_sizes=self.sizes[1:-1],
            activation="logistic",
            max_iter=1,
            batch_size=2,
            random_state=0,  # else it draws from NumPy's global random numbers
        )
        # One step on two made-up samples gives the estimator its shapes; then the network's
        # parameters take the place of what it learned.
        X = np.zeros((2, self.sizes[0]), self.dtype)
        outputs = self.sizes[-1]
        Y = np.array([0, 1]) if outputs == 1 else np.eye(2, outputs, dtype=int)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            classifier.fit(X, Y)
        weights, biases = views(theta, self.sizes)
        classifier.coefs_ = [np.ascontiguousarray(weight.T) for weight in weights]
        classifier.intercepts_ = list(biases)
        return classifier

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        self.batch_forward(parameters, x[np.newaxis], out[np.newaxis])

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        from sklearn import config_context

        with config_context(assume_finite=True), np.errstate(over="ignore", invalid="ignore"):
            probabilities = parameters.predict_proba(X)
        out[:] = probabilities[:, -1:] if self.sizes[-1] == 1 else probabilities

    def train_other_loss(self, X: Array, Y: Array, iterations: int, alpha: float) -> Network:
        import sklearn
        from sklearn.exceptions import ConvergenceWarning

        classifier = self.pack(self.network.theta.astype(self.dtype))
        classifier.set_params(
            solver="sgd",
            learning_rate_init=alpha,
            momentum=0.0,
            alpha=0.0,
            batch_size=len(X),
            shuffle=False,
            max_iter=iterations,
            n_iter_no_change=iterations + 1,
            warm_start=True,
        )
        _, X = self._converted(X, (None, self.sizes[0]), "X")
        labels = np.rint(Y).astype(int)
        with sklearn.config_context(assume_finite=True), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            classifier.fit(X, labels.ravel() if self.sizes[-1] == 1 else labels)
        weights = [weight.T for weight in classifier.coefs_]
        return Network(weights, classifier.intercepts_, shift=self.network.shift)
