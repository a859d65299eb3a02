"""Estimators made by `kernels.compile`: a fitted scikit-learn network as code compiled for it.

Predicting one sample with scikit-learn takes about 100 us, most of it for validation and dispatch.
Here compiled code validates the sample itself (a matrix of one row in the plan's dtype, the right
number of columns, all values finite) and computes its outputs. Every other input is converted, or
refused with an explanation, in Python.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from kernels.network import Network
from kernels.rungs.specialized import RowKernel
from kernels.sklearn.conversion import Converted, convert
from kernels.support import checks
from kernels.support.checks import Array


class Compiled:
    """A fitted estimator whose network was compiled; made by `kernels.compile`.

    Copies and pickles contain the network, which is compiled again when they are loaded. An
    instance may be used by several threads at once.
    """

    def __init__(self, converted: Converted, dtype: str, threads: int, check_finite: bool) -> None:
        self._arguments = (converted, dtype, threads, check_finite)
        self._converted = converted
        self._check_finite = check_finite
        network = converted.network
        self._plan = RowKernel(network, dtype, threads, ("forward", "forward_batch"))
        self._dtype = self._plan.dtype
        self._width, self._outputs = network.sizes[0], network.sizes[-1]

    @property
    def network(self) -> Network:
        """A copy of the network that is computed, with all preprocessing steps folded in."""
        return self._converted.network.copy()

    @property
    def n_features_in_(self) -> int:
        """The number of columns that samples must have."""
        return self._width

    def one(self, x: Any, out: Array | None = None) -> Array:
        """Return the network's outputs for one sample, without scikit-learn's post-processing.

        A binary classifier thus gives one probability, not two. NaN and infinity are not refused.

        Parameters
        ----------
        x : (s_1,), one sample
        out : (s_L,) of the plan's dtype, to be filled and returned; a new array if None
        """
        return self._plan.forward(x, out)

    def _network_outputs(self, X: Any, plan: RowKernel | None = None) -> Array:
        """Return the outputs (m, s_L) for samples (m, s_1), computed by `plan`, else this plan.

        They have scikit-learn's result dtype, or float32 if the plan computes in float32.
        """
        if plan is None:
            plan = self._plan
        out = np.empty((1, self._outputs), self._dtype)
        if plan.row(X, out):
            return out
        X = self._validated(X)
        found = plan.forward_batch(X)
        if self._dtype.name == "float32":
            return found
        # scikit-learn's result dtype: the wider of the samples' and the parameters'
        return found.astype(np.result_type(X.dtype, self._converted.dtype), copy=False)

    def _validated(self, X: Any) -> Array:
        """Return samples as an array (m, s_1), or raise what scikit-learn raises for them."""
        names = self._converted.feature_names
        if names is not None and hasattr(X, "columns"):
            X = X[self._fitted_order(list(X.columns), list(names))]
        if hasattr(X, "toarray"):  # a sparse matrix
            X = X.toarray()
        if checks.is_masked(X):
            raise TypeError("X must be a plain array, got a masked one: fill it first")
        given = np.asarray(X)
        if given.ndim != 2:
            raise ValueError(
                f"X must have shape (m, {self._width}), got {given.shape}: reshape one sample with "
                "x.reshape(1, -1)"
            )
        if given.dtype.kind == "O":  # a DataFrame's columns of several kinds, for example
            try:
                given = given.astype(np.float64)
            except (TypeError, ValueError) as error:
                raise ValueError(f"X must hold numbers: {error}") from None
        if given.shape[1] != self._width:
            raise ValueError(
                f"X has {given.shape[1]} features, but {self._converted.source} is expecting "
                f"{self._width} features as input"
            )
        if not len(given):
            raise ValueError("X has 0 samples, while a minimum of 1 is required")
        if given.dtype.kind not in "biuf":
            raise TypeError(f"X must hold real numbers, got dtype {given.dtype}")
        # a finite sum proves all values finite; another one may be due to overflow alone
        with np.errstate(over="ignore", invalid="ignore"):
            suspicious = self._check_finite and not np.isfinite(given.sum(dtype=np.float64))
        if suspicious:
            if np.isnan(given).any():
                raise ValueError("X contains NaN")
            if np.isinf(given).any():
                raise ValueError("X contains infinity")
        return given

    def predict(self, X: Any) -> Array:
        """Return the predictions for samples X (m, s_1)."""
        raise NotImplementedError

    if TYPE_CHECKING:  # only a classifier has these, but type checkers are told of them for all

        def predict_proba(self, X: Any) -> Array: ...

        def predict_log_proba(self, X: Any) -> Array: ...

        @property
        def classes_(self) -> Array: ...

    @staticmethod
    def _fitted_order(given: list[Any], names: list[str]) -> list[str]:
        """Return the columns in the order of fitting; ValueError if they are not the same."""
        missing = [name for name in names if name not in given]
        unknown = [str(name) for name in given if name not in names]
        for what, which in (("lacks", missing), ("has unknown", unknown)):
            if which:
                raise ValueError(f"X {what} columns: {', '.join(which)}")
        return names

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._arguments

    def __repr__(self) -> str:
        shape = self._converted.network.architecture
        return f"<{type(self).__name__} of {self._converted.source}: {shape}, {self._dtype}>"


class CompiledClassifier(Compiled):
    """A compiled `MLPClassifier`, or a Pipeline that ends in one."""

    def __init__(self, converted: Converted, dtype: str, threads: int, check_finite: bool) -> None:
        super().__init__(converted, dtype, threads, check_finite)
        assert converted.classes is not None
        self._labels: Array = converted.classes
        self._labels.flags.writeable = False
        self._binary = not converted.multilabel and self._outputs == 1

    @property
    def classes_(self) -> Array:
        """The labels, in the order of `predict_proba`'s columns; read-only."""
        return self._labels.view()

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each label, (m, labels), for samples (m, s_1)."""
        h = self._network_outputs(X)
        if self._outputs > 1:
            return h
        both = np.empty((len(h), 2), h.dtype)
        np.subtract(1, h, out=both[:, :1])
        both[:, 1:] = h
        return both

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithm of `predict_proba`, (m, labels), for samples (m, s_1).

        It is finite even where the probability underflows to 0, because it is computed from the
        output layer's z. The code for that is compiled by the first call.
        """
        activation = self._converted.network.activations[-1]
        if activation == "softmax" and self._outputs > 1:
            return log_softmax(self._network_outputs(X, self._logits))
        if activation == "logistic":
            Z = self._network_outputs(X, self._logits)
            return log_sigmoid(np.hstack([-Z, Z]) if self._outputs == 1 else Z)
        probabilities = self.predict_proba(X)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(probabilities, out=probabilities)

    @functools.cached_property
    def _logits(self) -> RowKernel:
        """A plan whose outputs are the output layer's z."""
        network = self._converted.network
        activations = (*network.activations[:-1], "identity")
        linear = Network.from_theta(network.sizes, network.theta, activations, network.shift)
        return RowKernel(linear, self._dtype, self._plan.threads, ("forward", "forward_batch"))

    def predict(self, X: Any) -> Array:
        """Return the predicted labels (m,) for samples (m, s_1).

        A multilabel classifier returns 0 or 1 for every label, (m, labels).
        """
        h = self._network_outputs(X)
        if self._converted.multilabel:
            return (h > 0.5).astype(np.intp)
        if not self._binary:
            labels: Array = self._labels[h.argmax(axis=1)]
            return labels
        if len(self._labels) == 1:
            return self._labels.repeat(len(h))
        binary: Array = self._labels[(h.ravel() > 0.5).astype(np.intp)]
        return binary


class CompiledRegressor(Compiled):
    """A compiled `MLPRegressor`, or a Pipeline that ends in one."""

    def predict(self, X: Any) -> Array:
        """Return the predictions for samples (m, s_1): (m,), or (m, s_L) if s_L > 1."""
        h = self._network_outputs(X)
        return h.ravel() if self._outputs == 1 else h


def log_softmax(Z: Array) -> Array:
    """Replace each row of Z (m, s_L) by log h_i = z_i - max - log sum exp(z_k - max); return Z.

    The sum is 1 (the largest z) plus the rest, so log1p of the rest keeps the digits of an h
    near 1.
    """
    with np.errstate(invalid="ignore", under="ignore"):
        largest = Z.argmax(axis=1)[:, np.newaxis]
        Z -= np.take_along_axis(Z, largest, axis=1)
        others = np.exp(Z)
        np.put_along_axis(others, largest, 0, axis=1)
        Z -= np.log1p(others.sum(axis=1, keepdims=True))
    return Z


def log_sigmoid(Z: Array) -> Array:
    """Replace each z of Z by log h = -log(1 + exp(-z)); return Z."""
    with np.errstate(invalid="ignore", under="ignore"):
        np.negative(Z, out=Z)
        np.logaddexp(0, Z, out=Z)
    return np.negative(Z, out=Z)


def compile_estimator(
    estimator: Any, dtype: Any = "float64", threads: int = 1, check_finite: bool = True
) -> Compiled:
    """Compile a fitted estimator; `kernels.compile` documents the parameters."""
    converted = convert(estimator)
    kind = CompiledRegressor if converted.classes is None else CompiledClassifier
    name = checks.dtype(dtype).name
    threads = checks.integer(threads, "threads", minimum=1)
    return kind(converted, name, threads, bool(check_finite))
