"""scikit-learn: the forward pass of its MLPs, by `predict_proba` or `predict`.

Its hidden layers have one activation. An MLPRegressor has outputs without activation, or exp with
its Poisson loss. An MLPClassifier has logistic outputs if a sample may have several labels, or with
one output, the probability of class 1; with exactly one of three or more classes for each sample it
has softmax.

Gradients are computed by private methods only, so that no user calls them; its whole `fit` is timed
beside trainings here. The check that inputs are finite is switched off, which the documentation of
`predict_proba` does not show: the common interface passes NaN on, and users who need speed switch
it off. Roughly, one sample of 64-30-10 takes 135 µs so, and 150 as documented; the private method
that computes the layers alone takes 10 of them.
"""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import views
from kernels.parts.activations.exp import PART as EXP
from kernels.parts.activations.identity import PART as IDENTITY
from kernels.parts.activations.logistic import PART as LOGISTIC
from kernels.parts.architecture import Architecture
from kernels.parts.losses.poisson import PART as POISSON
from kernels.support.checks import Array

LIBRARY = "scikit-learn"
HIDDEN = ("identity", "logistic", "tanh", "relu")
LEAST_CLASSES = 3
"""With two classes an MLPClassifier has one logistic output."""


class Kernel(Plan):
    """scikit-learn's forward pass."""

    name = "scikit-learn"
    operations = ("forward", "forward_batch")
    requires = ("sklearn",)
    modules = ("sklearn.neural_network",)
    max_threads = None
    uses_blas = True

    @classmethod
    def offers_network(cls, what: Architecture) -> bool:
        *hidden, _ = what.activations
        output = what.functions[-1]
        if len(set(hidden)) > 1 or not set(hidden).issubset(HIDDEN):
            return False
        if output.over_nodes:
            return what.sizes[-1] >= LEAST_CLASSES
        return output in (LOGISTIC, IDENTITY, EXP)

    def prepare(self) -> None:
        self._fitted = fitted(self.architecture, self.dtype)

    def pack(self, theta: Array) -> Any:
        return with_parameters(self._fitted, theta)

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        self.batch_forward(parameters, x[np.newaxis], out[np.newaxis])

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        from sklearn import config_context

        predict = getattr(parameters, "predict_proba", parameters.predict)
        with config_context(assume_finite=True), np.errstate(over="ignore", invalid="ignore"):
            predicted = predict(X)
        if self.sizes[-1] == 1:  # a vector, or the probabilities of both classes
            predicted = predicted.reshape(len(X), -1)[:, -1:]
        out[:] = predicted


def fitted(what: Architecture, dtype: np.dtype[Any]) -> Any:
    """An MLPClassifier or MLPRegressor of this architecture, fitted in one step on made-up samples.

    The step gives it its shapes, labels and dtype.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    sizes, (*hidden, output) = what.sizes, what.functions
    outputs = sizes[-1]
    m = max(2, outputs)
    kind = MLPRegressor if output in (IDENTITY, EXP) else MLPClassifier
    loss = {"loss": POISSON.libraries[LIBRARY]} if output is EXP else {}
    network = kind(
        hidden_layer_sizes=sizes[1:-1],
        activation=hidden[0].libraries[LIBRARY] if hidden else "identity",
        max_iter=1,
        batch_size=m,
        random_state=0,  # else it draws from NumPy's global random numbers
        **loss,
    )
    X = np.zeros((m, sizes[0]), dtype)
    Y: Array = np.eye(m, outputs, dtype=int)
    if output.over_nodes:
        Y = np.arange(m)  # the class of each sample
    elif outputs == 1:
        Y = Y[:, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(X, Y)
    return network


def with_parameters(network: Any, theta: Array) -> Any:
    """A shallow copy of a fitted network with the parameters of a flat vector."""
    result = copy.copy(network)
    sizes = [network.n_features_in_, *(len(bias) for bias in network.intercepts_)]
    weights, biases = views(theta, sizes)
    result.coefs_ = [np.ascontiguousarray(weight.T) for weight in weights]
    result.intercepts_ = list(biases)
    return result
