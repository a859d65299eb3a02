"""`kernels.compile`: a fitted scikit-learn network as code compiled for it alone.

scikit-learn spends some 100 us on validating one row and finding its way; here the compiled code
itself looks at the row (is it a float matrix of the right width, are all of its numbers finite?)
and computes. What it does not take is converted or explained in Python.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from kernels.network import Network
from kernels.rungs.specialized import RowKernel
from kernels.sklearn.conversion import Fitted, convert
from kernels.support import checks
from kernels.support.checks import Array


class Compiled:
    """A fitted estimator, compiled; made by `kernels.compile`.

    It can be copied and pickled: what travels is the network, which is compiled again where it
    arrives. Several threads may use one.
    """

    def __init__(self, fitted: Fitted, dtype: str, threads: int, check_finite: bool) -> None:
        self._given = (fitted, dtype, threads, check_finite)
        self._fitted = fitted
        self._check_finite = check_finite
        network = fitted.network
        self._plan = RowKernel(network, dtype, threads, ("forward", "forward_batch"))
        self._dtype = self._plan.dtype
        self._width, self._outputs = network.sizes[0], network.sizes[-1]

    @property
    def network(self) -> Network:
        """A copy of what is computed, with the steps before it folded in."""
        return self._fitted.network.copy()

    @property
    def n_features_in_(self) -> int:
        """How many columns samples have."""
        return self._width

    def one(self, x: Any, out: Array | None = None) -> Array:
        """The network's outputs for one row x (s_1,), into out (s_L,) or a fresh array.

        They are what the network computes, before labels or the second column of a binary
        classifier's probabilities are made of them. Whether numbers are finite is not looked at.
        """
        return self._plan.forward(x, out)

    def _raw(self, X: Any, plan: RowKernel | None = None) -> Array:
        """What the plan of the network, or another, gives for what scikit-learn takes as X.

        (m, s_1) gives (m, s_L).
        """
        if plan is None:
            plan = self._plan
        out = np.empty((1, self._outputs), self._dtype)
        if plan.row(X, out):
            return out
        X = self._samples(X)
        found = plan.forward_batch(X)
        if self._dtype.name == "float32":
            return found
        # as scikit-learn: results are as wide as the wider of samples and parameters
        return found.astype(np.result_type(X.dtype, self._fitted.dtype), copy=False)

    def _samples(self, X: Any) -> Array:
        names = self._fitted.names
        if names is not None and hasattr(X, "columns"):
            X = X[self._in_order(list(X.columns), list(names))]
        if hasattr(X, "toarray"):  # a sparse matrix
            X = X.toarray()
        if checks.is_masked(X):
            raise TypeError("X must be a plain array, got a masked one: fill it first")
        given = np.asarray(X)
        if given.ndim != 2:
            raise ValueError(
                f"X must have shape (m, {self._width}), got {given.shape}: reshape one row with "
                "x.reshape(1, -1)"
            )
        if given.dtype.kind == "O":  # a DataFrame's columns of several kinds, for example
            try:
                given = given.astype(np.float64)
            except (TypeError, ValueError) as error:
                raise ValueError(f"X must hold numbers: {error}") from None
        if given.shape[1] != self._width:
            raise ValueError(
                f"X has {given.shape[1]} features, but {self._fitted.source} is expecting "
                f"{self._width} features as input"
            )
        if not len(given):
            raise ValueError("X has 0 samples, while a minimum of 1 is required")
        if given.dtype.kind not in "biuf":
            raise TypeError(f"X must hold real numbers, got dtype {given.dtype}")
        # a sum is finite only if all are; it may overflow, so that it does not tell who is not
        with np.errstate(over="ignore", invalid="ignore"):
            suspicious = self._check_finite and not np.isfinite(given.sum(dtype=np.float64))
        if suspicious:
            if np.isnan(given).any():
                raise ValueError("X contains NaN")
            if np.isinf(given).any():
                raise ValueError("X contains infinity")
        return given

    def predict(self, X: Any) -> Array:
        """What the estimator predicts for samples X (m, s_1)."""
        raise NotImplementedError

    if TYPE_CHECKING:  # only a classifier has them, as of scikit-learn's own Pipeline

        def predict_proba(self, X: Any) -> Array: ...

        def predict_log_proba(self, X: Any) -> Array: ...

        @property
        def classes_(self) -> Array: ...

    @staticmethod
    def _in_order(given: list[Any], names: list[str]) -> list[str]:
        """The columns as they were when it was fitted."""
        missing = [name for name in names if name not in given]
        unknown = [str(name) for name in given if name not in names]
        for what, which in (("lacks", missing), ("has unknown", unknown)):
            if which:
                raise ValueError(f"X {what} columns: {', '.join(which)}")
        return names

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._given

    def __repr__(self) -> str:
        shape = self._fitted.network.architecture
        return f"<{type(self).__name__} of {self._fitted.source}: {shape}, {self._dtype}>"


class CompiledClassifier(Compiled):
    """An `MLPClassifier`."""

    def __init__(self, fitted: Fitted, dtype: str, threads: int, check_finite: bool) -> None:
        super().__init__(fitted, dtype, threads, check_finite)
        assert fitted.classes is not None
        self._labels: Array = fitted.classes
        self._labels.flags.writeable = False
        self._binary = not fitted.multilabel and self._outputs == 1

    @property
    def classes_(self) -> Array:
        """The labels, in the order of `predict_proba`'s columns; read-only."""
        return self._labels.view()

    def predict_proba(self, X: Any) -> Array:
        """The probability of each label: (m, s_1) gives (m, labels)."""
        h = self._raw(X)
        if self._outputs > 1:
            return h
        both = np.empty((len(h), 2), h.dtype)
        np.subtract(1, h, out=both[:, :1])
        both[:, 1:] = h
        return both

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithm of `predict_proba`, right where a probability is too small for a float64.

        It is computed from z of the outputs, by code that is compiled when this is first called.
        """
        function = self._fitted.network.activations[-1]
        if function == "softmax" and self._outputs > 1:
            return log_softmax(self._raw(X, self._logits))
        if function == "logistic":
            Z = self._raw(X, self._logits)
            return log_sigmoid(np.hstack([-Z, Z]) if self._outputs == 1 else Z)
        probabilities = self.predict_proba(X)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log(probabilities, out=probabilities)

    @functools.cached_property
    def _logits(self) -> RowKernel:
        """The network up to z of its outputs."""
        network = self._fitted.network
        functions = (*network.activations[:-1], "identity")
        linear = Network.from_theta(network.sizes, network.theta, functions, network.shift)
        return RowKernel(linear, self._dtype, self._plan.threads, ("forward", "forward_batch"))

    def predict(self, X: Any) -> Array:
        """The labels of samples: (m,); of a multilabel classifier 0 or 1 for each, (m, labels)."""
        h = self._raw(X)
        if self._fitted.multilabel:
            return (h > 0.5).astype(np.intp)
        if not self._binary:
            labels: Array = self._labels[h.argmax(axis=1)]
            return labels
        if len(self._labels) == 1:
            return self._labels.repeat(len(h))
        binary: Array = self._labels[(h.ravel() > 0.5).astype(np.intp)]
        return binary


class CompiledRegressor(Compiled):
    """An `MLPRegressor`."""

    def predict(self, X: Any) -> Array:
        """What is predicted for samples: (m,), or (m, s_L) where there are several outputs."""
        h = self._raw(X)
        return h.ravel() if self._outputs == 1 else h


def log_softmax(Z: Array) -> Array:
    """log h_i = z_i - max - log sum exp(z_k - max), in place of z (m, s_L).

    The sum is 1 + the others', so that log1p keeps the digits of an h near 1.
    """
    with np.errstate(invalid="ignore", under="ignore"):
        most = Z.argmax(axis=1)[:, np.newaxis]
        Z -= np.take_along_axis(Z, most, axis=1)
        others = np.exp(Z)
        np.put_along_axis(others, most, 0, axis=1)
        Z -= np.log1p(others.sum(axis=1, keepdims=True))
    return Z


def log_sigmoid(Z: Array) -> Array:
    """log h = -log(1 + exp(-z)), in place of z."""
    with np.errstate(invalid="ignore", under="ignore"):
        np.negative(Z, out=Z)
        np.logaddexp(0, Z, out=Z)
    return np.negative(Z, out=Z)


def compile_estimator(
    estimator: Any, dtype: Any = "float64", threads: int = 1, check_finite: bool = True
) -> Compiled:
    """See `kernels.compile`."""
    fitted = convert(estimator)
    kind = CompiledRegressor if fitted.classes is None else CompiledClassifier
    name = checks.dtype(dtype).name
    return kind(fitted, name, checks.integer(threads, "threads", minimum=1), bool(check_finite))
