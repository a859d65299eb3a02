"""`kernels.compile`: a fitted scikit-learn network as code compiled for it alone.

scikit-learn spends some 100 us on validating one row and finding its way; here the compiled code
itself looks at the row (is it a float matrix of the right width, are all of its numbers finite?)
and computes. What it does not take is converted or explained in Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels import checks
from kernels.architecture import Architecture
from kernels.checks import Array
from kernels.conversion import Fitted, convert
from kernels.network import Network
from kernels.specialized import RowKernel


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
        self._shift = fitted.shift
        self._width, self._outputs = network.sizes[0], network.sizes[-1]

    @property
    def network(self) -> Network:
        """What is computed, with the steps before it folded in."""
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
        if self._shift is not None:
            x = checks.array(x, np.dtype(np.float64), (self._width,), "x") - self._shift
        return self._plan.forward(x, out)

    def _raw(self, X: Any) -> Array:
        """The network's outputs (m, s_L) for what scikit-learn takes as X (m, s_1)."""
        out = np.empty((1, self._outputs), self._dtype)
        if self._shift is None and self._plan.row(X, out):
            return out
        X = self._samples(X)
        found = self._plan.forward_batch(X if self._shift is None else X - self._shift)
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
        network = self._fitted.network
        shape = Architecture(network.sizes, network.activations)
        return f"<{type(self).__name__} of {self._fitted.source}: {shape}, {self._dtype}>"


class CompiledClassifier(Compiled):
    """An `MLPClassifier`."""

    def __init__(self, fitted: Fitted, dtype: str, threads: int, check_finite: bool) -> None:
        super().__init__(fitted, dtype, threads, check_finite)
        assert fitted.classes is not None
        self.classes_: Array = fitted.classes
        """The labels, in the order of `predict_proba`'s columns."""
        self._binary = not fitted.multilabel and self._outputs == 1

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
        """The logarithm of `predict_proba`."""
        probabilities = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.log(probabilities, out=probabilities)

    def predict(self, X: Any) -> Array:
        """The labels of samples: (m,); of a multilabel classifier 0 or 1 for each, (m, labels)."""
        h = self._raw(X)
        if self._fitted.multilabel:
            return (h > 0.5).astype(np.intp)
        if not self._binary:
            labels: Array = self.classes_[h.argmax(axis=1)]
            return labels
        if len(self.classes_) == 1:
            return self.classes_.repeat(len(h))
        binary: Array = self.classes_[(h.ravel() > 0.5).astype(np.intp)]
        return binary


class CompiledRegressor(Compiled):
    """An `MLPRegressor`."""

    def predict(self, X: Any) -> Array:
        """What is predicted for samples: (m,), or (m, s_L) where there are several outputs."""
        h = self._raw(X)
        return h.ravel() if self._outputs == 1 else h


def compile_estimator(
    estimator: Any, dtype: Any = "float64", threads: int = 1, check_finite: bool = True
) -> CompiledClassifier | CompiledRegressor:
    """See `kernels.compile`."""
    fitted = convert(estimator)
    kind = CompiledRegressor if fitted.classes is None else CompiledClassifier
    name = checks.dtype(dtype).name
    return kind(fitted, name, checks.integer(threads, "threads", minimum=1), bool(check_finite))
