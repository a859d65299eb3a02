"""Samples that callers pass to a compiled estimator: converted, or refused as scikit-learn does."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from kernels.sklearn.conversion import Converted
from kernels.support import checks
from kernels.support.checks import Array


class Samples:
    """Conversion of the samples passed to one compiled estimator.

    Parameters
    ----------
    converted : the fitted estimator as a network
    dtype : the plan's dtype
    check_finite : True if NaN and infinity are refused
    """

    def __init__(self, converted: Converted, dtype: np.dtype[Any], check_finite: bool) -> None:
        self._dtype, self._check_finite = dtype, check_finite
        self._source, self._width = converted.source, converted.network.sizes[0]
        names = converted.feature_names
        self._names = None if names is None else list(names)
        self._row_shape = 1, self._width
        self._shift = converted.network.shift
        self.subtracts = self._shift is not None and dtype.name == "float32"
        """True if the shift is subtracted here: samples rounded to float32 would lose digits."""
        self._fitted = np.dtype(converted.dtype)
        self._results: dict[np.dtype[Any], np.dtype[Any]] = {}
        # results stay in the plan's dtype if a number of the samples has at most so many bytes
        self._most_bytes = dtype.itemsize if dtype == self._fitted else 0
        if dtype.name == "float32":
            self._most_bytes = sys.maxsize

    def entry(self, name: str) -> str:
        """The name of the native entry that does what `name` does for rows from `taken`."""
        return f"{name}_ready" if self.subtracts else name

    def taken(self, X: Any) -> tuple[Array, Array | None]:
        """Samples as an array, unchecked, and one sample (1, s_1) as compiled code takes it.

        The second is None if X is anything but a row of numbers, which may be NaN or infinite. The
        network's shift is subtracted from it if `subtracts`.
        """
        if hasattr(X, "columns"):  # a DataFrame
            X = self._table(X)
        elif hasattr(X, "toarray"):  # a sparse matrix
            X = X.toarray()
        if checks.is_masked(X):
            raise TypeError("X must be a plain array, got a masked one: fill it first")
        array = np.asarray(X)
        if array.dtype.kind == "O" and array.ndim == 2:  # a DataFrame's columns of several kinds
            try:
                array = array.astype(np.float64)
            except (TypeError, ValueError) as error:
                raise ValueError(f"X must hold numbers: {error}") from None
        if array.shape != self._row_shape or array.dtype.kind not in "biuf":
            return array, None
        if self.subtracts:
            return array, checks.silently(less, array, self._shift, self._dtype)
        return array, array.astype(self._dtype, "C")

    def _table(self, X: Any) -> Any:
        """A DataFrame with the columns of the fit in their order, as an array if it can be one."""
        if self._names is not None:
            given = list(X.columns)
            if given != self._names:
                check_columns(given, self._names)
                X = X[self._names]
        return X.to_numpy() if hasattr(X, "to_numpy") else X  # NumPy takes ten times as long

    def check(self, given: Array) -> None:
        """Raise what scikit-learn raises for an array that holds no samples."""
        if given.ndim != 2:
            raise ValueError(
                f"X must have shape (m, {self._width}), got {given.shape}: reshape one sample with "
                "x.reshape(1, -1)"
            )
        if given.shape[1] != self._width:
            raise ValueError(
                f"X has {given.shape[1]} features, but {self._source} is expecting "
                f"{self._width} features as input"
            )
        if not len(given):
            raise ValueError("X has 0 samples, while a minimum of 1 is required")
        if given.dtype.kind not in "biuf":
            raise TypeError(f"X must hold real numbers, got dtype {given.dtype}")
        # a finite sum proves all values finite; another one may be due to overflow alone
        if self._check_finite and not np.isfinite(checks.silently(total, given)):
            if np.isnan(given).any():
                raise ValueError("X contains NaN")
            if np.isinf(given).any():
                raise ValueError("X contains infinity")

    def result(self, found: Array, given: Array) -> Array:
        """Outputs in scikit-learn's dtype, the wider of the samples' and the fitted parameters'.

        A plan in float32 keeps its own.
        """
        if given.dtype.itemsize <= self._most_bytes:
            return found
        wider = self._results.get(given.dtype)
        if wider is None:
            wider = self._results[given.dtype] = np.result_type(given.dtype, self._fitted)
        return found.astype(wider, copy=False)


def less(array: Array, shift: Array, dtype: np.dtype[Any]) -> Array:
    """Samples less the shift in float64, rounded to `dtype`."""
    return np.subtract(array, shift, dtype=np.float64).astype(dtype, "C")


def total(given: Array) -> float:
    """The sum of all numbers, in double precision."""
    return float(given.sum(dtype=np.float64))


def check_columns(given: list[Any], names: list[str]) -> None:
    """Raise ValueError unless columns have the names of the fit, in any order."""
    missing = [name for name in names if name not in given]
    unknown = [str(name) for name in given if name not in names]
    for what, which in (("lacks", missing), ("has unknown", unknown)):
        if which:
            raise ValueError(f"X {what} columns: {', '.join(which)}")
