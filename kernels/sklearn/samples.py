"""Samples that callers pass to a compiled estimator: converted, or refused as scikit-learn does."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from kernels.sklearn.conversion import Converted
from kernels.sklearn.frames import Frames
from kernels.support import checks
from kernels.support.checks import Array

FLOATS = tuple(map(np.dtype, ("f2", "f4", "f8")))
"""Dtypes in which steps that convert samples to floating point compute; float64 for others."""
ERRORS = {"TypeError": TypeError, "ValueError": ValueError}


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
        self._source, self._accepted = converted.source, converted.takes
        self._width = converted.takes.columns
        self._frames = Frames(converted.takes)
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
        array = self._numbers(self._array(X))
        if array.shape != self._row_shape or array.dtype.kind not in "biuf":
            return array, None
        if self.subtracts:
            return array, checks.silently(less, array, self._shift, self._dtype)
        return array, array.astype(self._dtype, "C")

    def _array(self, X: Any) -> Any:
        """Samples as an array of any dtype; columns of DataFrames are in the order of the fit."""
        if hasattr(X, "columns"):  # a DataFrame
            return self._of_frame(X)
        if self._accepted.only_named:
            raise ValueError("X must be a DataFrame: columns were chosen by their names in the fit")
        if isinstance(X, np.matrix):
            raise TypeError("X must be an array, got a np.matrix: convert it with np.asarray")
        if hasattr(X, "toarray"):  # a sparse matrix
            if self._accepted.refuses_sparse:
                kind = ERRORS[self._accepted.refuses_sparse]
                raise kind("X is sparse, and a step takes none: pass X.toarray()")
            X = X.toarray()
        return np.asarray(X)

    def _of_frame(self, X: Any) -> Array:
        """A DataFrame as an array."""
        positions = self._frames.positions(X)
        array = X.to_numpy() if hasattr(X, "to_numpy") else X  # NumPy takes ten times as long
        array = np.asarray(array)
        return array if positions is None else placed(array, positions)

    def _numbers(self, array: Array) -> Array:
        """An array of objects or text as numbers, where scikit-learn takes them."""
        kind = array.dtype.kind
        if kind in "biuf" or array.ndim != 2:
            return array
        if kind == "O":
            return as_numbers(array)
        if kind == "c":
            raise ValueError("X must hold real numbers, got complex ones")
        if kind in "USV":
            if not self._accepted.takes_text:
                raise ValueError(f"X must hold numbers, got text (dtype {array.dtype})")
            return as_numbers(array)
        return array

    def check(self, given: Array) -> None:
        """Raise what scikit-learn raises for an array that holds no samples."""
        self.check_shape(given)
        if given.dtype.kind not in "biuf":
            raise TypeError(f"X must hold real numbers, got dtype {given.dtype}")
        # a finite sum proves all values finite; another one may be due to overflow alone
        if self._check_finite and not np.isfinite(checks.silently(total, given)):
            if np.isnan(given).any():
                raise ValueError("X contains NaN")
            if np.isinf(given).any():
                raise ValueError("X contains infinity")

    def check_shape(self, given: Array) -> None:
        """Raise ValueError unless an array has at least one row, and the columns of the fit."""
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

    def result(self, found: Array, given: Array) -> Array:
        """Outputs in scikit-learn's dtype, the wider of the samples' and the fitted parameters'.

        The samples' is what the first step converts them to, if it does. A plan in float32 keeps
        its own.
        """
        if given.dtype.itemsize <= self._most_bytes:
            return found
        wider = self._results.get(given.dtype)
        if wider is None:
            computed = given.dtype
            if self._accepted.takes_text and computed not in FLOATS:  # the first step converts it
                computed = np.dtype(np.float64)
            wider = self._results[given.dtype] = np.result_type(computed, self._fitted)
        return found.astype(wider, copy=False)


def less(array: Array, shift: Array, dtype: np.dtype[Any]) -> Array:
    """Samples less the shift in float64, rounded to `dtype`."""
    return np.subtract(array, shift, dtype=np.float64).astype(dtype, "C")


def total(given: Array) -> float:
    """The sum of all numbers, in double precision."""
    return float(given.sum(dtype=np.float64))


def placed(array: Array, positions: Any) -> Array:
    """The columns of a matrix at these positions; NaN for those at -1."""
    chosen = np.asarray(positions)
    found = array[:, chosen]
    if (chosen < 0).any():
        found = found.astype(object if array.dtype.kind not in "fiub" else np.float64)
        found[:, chosen < 0] = np.nan
    return found


def as_numbers(array: Array) -> Array:
    """Objects or text as float64.

    Raises
    ------
    TypeError, ValueError
        What NumPy raises: ValueError for text that is no number, TypeError for other objects.
    """
    if array.dtype.kind == "O":
        missing = [type(value).__name__ == "NAType" for value in array.flat]
        if any(missing):
            array = np.where(np.reshape(missing, array.shape), np.nan, array)
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(f"X must hold numbers: {error}") from None
