"""Samples of estimators that have a preparation: read column by column, prepared in compiled code.

One row takes the shortest way: an array of float64 goes straight to compiled code, and a DataFrame
with categories is read cell by cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kernels.sklearn.conversion import Converted
from kernels.sklearn.lookups import Lookups, is_na
from kernels.sklearn.preparing import Instruction, Preparation, runner
from kernels.sklearn.samples import Samples, as_numbers
from kernels.support.checks import Array

FLOAT64 = np.dtype(np.float64)
MOST_CELLS = 24
"""Numbers and categories that are read one by one from a DataFrame of one row; it takes about 3 us
each, all at once about 50 us."""


class PreparedSamples(Samples):
    """Conversion of samples that have a preparation; the parameters are those of `Samples`."""

    def __init__(self, converted: Converted, dtype: np.dtype[Any], check_finite: bool) -> None:
        super().__init__(converted, dtype, check_finite)
        given = converted.preparation
        assert given is not None
        self._unchecked = given.without_checks()
        self._preparation = given if check_finite else self._unchecked
        self._lookups = Lookups(given.lookups)
        self._categories = [one.column for one in given.lookups]
        self._read_columns = sorted({*given.numbers, *self._categories})
        self._sources = given.columns + len(given.lookups)
        self._run = runner()

    def first(
        self, of_row: Callable[..., Any], back: Callable[..., Any], method: Callable[..., Any]
    ) -> Callable[..., Any] | None:
        """A function that computes one row of float64 itself, and calls `back` for the rest.

        None if there are categories, which are read in Python anyway, or no arrays are taken.
        """
        if self._categories or self._accepted.only_named:
            return None
        shape, run, empty = self._row_shape, self._run, np.empty
        program, result_shape = self._preparation.program, (1, self._preparation.features)
        array, dtype, narrow = np.ndarray, FLOAT64, self._dtype != FLOAT64

        def call(X: Any) -> Any:
            if X.__class__ is array and X.shape == shape and X.dtype == dtype and X.flags.carray:
                row = empty(result_shape)
                if not run(program, X, row):
                    found = of_row(row.astype("f4") if narrow else row)
                    if found is not None:
                        return found
            return back(X)

        call.__name__, call.__doc__ = method.__name__, method.__doc__
        call.__qualname__ = method.__qualname__
        return call

    def taken(self, X: Any) -> tuple[Array, Array | None]:
        """An array of the dtype that results depend on, and the features (m, features).

        Raises what scikit-learn raises for values that a step refuses.
        """
        sources, given = self._read(X)
        return given, self._prepared(sources, self._preparation)

    def row(self, x: Any) -> Array:
        """The features of one sample (columns,); NaN and infinity are not refused."""
        if self._accepted.only_named:
            raise ValueError(
                "one takes numbers without names, and this Pipeline chooses columns by name: use "
                "predict or predict_proba on a DataFrame of one row"
            )
        if np.ndim(x) != 1:
            raise ValueError(
                f"one takes a sample of shape ({self._width},), got {np.shape(x)}: predict takes "
                "samples as rows"
            )
        row = np.array([x], object if self._categories else None)
        sources, _ = self._read(row)
        (found,) = self._prepared(sources, self._unchecked)
        return np.asarray(found)

    def check(self, given: Array) -> None:
        """Nothing is left to check after `taken`."""

    def _prepared(self, sources: Array, preparation: Preparation) -> Array:
        """The features of sources (m, sources), in the plan's dtype."""
        out = np.empty((len(sources), preparation.features))
        refused = self._run(preparation.program, sources, out)
        if refused:
            self._refuse(sources, preparation.program[refused - 1])
        return out if self._dtype == FLOAT64 else out.astype(self._dtype)

    def _refuse(self, sources: Array, check: Array) -> None:
        """Raise ValueError for the column that a check of the program refuses."""
        source = int(check[1])
        of_code = source - self._width
        column = self._categories[of_code] if of_code >= 0 else source
        name = str(column) if self._accepted.names is None else self._accepted.names[column]
        is_nan = check[0] == Instruction.REFUSE_NOT_FINITE and np.isnan(sources[:, source]).any()
        raise ValueError(f"X contains {'NaN' if is_nan else 'infinity'} in column {name}")

    def _read(self, X: Any) -> tuple[Array, Array]:
        """The sources (m, sources) in float64, and an array of the dtype that results depend on."""
        if self._categories and hasattr(X, "iat") and hasattr(X, "columns"):  # of pandas
            positions = self._frames.positions(X)
            if X.shape[0] == 1 and self._reads_cells(X.shape[1], positions is None):
                cell, places = X.iat, positions or range(self._width)
                read = {k: cell[0, places[k]] for k in self._read_columns}
                if not any(map(is_na, read.values())):  # what NA is depends on the column's dtype
                    return self._of_cells(read.__getitem__)
            return self._of_columns(X, positions)
        if isinstance(X, list) and self._categories:
            X = np.array(X, object)  # numbers beside text stay numbers
        array = self._array(X)
        self.check_shape(array)
        if array.dtype.kind == "c":
            raise ValueError("X must hold real numbers, got complex ones")
        if not self._categories:
            numbers = self._chosen_numbers(array)
            return numbers.astype(np.float64, "C", copy=not numbers.flags.carray), numbers
        if array.dtype.kind == "O" and len(array) == 1:
            return self._of_cells(array[0].tolist().__getitem__)
        sources = self._empty(len(array))
        self._encode([array[:, k].tolist() for k in self._categories], sources)
        chosen = list(self._preparation.numbers)
        if chosen:
            sources[:, chosen] = self._numbers(array[:, chosen])
        return sources, sources

    def _chosen_numbers(self, array: Array) -> Array:
        """A matrix as numbers; columns that are not read as numbers may hold anything."""
        if array.dtype.kind in "biuf":
            return array
        if len(self._preparation.numbers) == self._width:
            return self._numbers(array)
        found = np.zeros(array.shape)
        chosen = list(self._preparation.numbers)
        found[:, chosen] = self._numbers(array[:, chosen])
        return found

    def _reads_cells(self, columns: int, in_order: bool) -> bool:
        """True if the cells of a DataFrame of one row are read one by one."""
        few = len(self._preparation.numbers) + len(self._categories) <= MOST_CELLS
        return few and (not in_order or columns == self._width)

    def _of_cells(self, cell: Callable[[int], Any]) -> tuple[Array, Array]:
        """One row, of which `cell` gives the value of each column."""
        sources = self._empty(1)
        for k in self._preparation.numbers:
            value = cell(k)
            try:
                sources[0, k] = value
            except (TypeError, ValueError):
                sources[0, k] = as_numbers(np.array([[value]], object))[0, 0]
        values = [cell(k) for k in self._categories]
        codes = self._lookups.row(values)
        if codes is None:
            self._encode([[value] for value in values], sources)
        else:
            sources[0, self._width :] = codes
        return sources, sources

    def _of_columns(self, X: Any, positions: Sequence[int] | None) -> tuple[Array, Array]:
        """A DataFrame column by column, which keeps the dtype of each."""
        places = range(X.shape[1]) if positions is None else positions
        if len(places) != self._width or not len(X):
            self.check_shape(np.empty((len(X), len(places))))
        sources = self._empty(len(X))
        for k in self._preparation.numbers:
            column = X.iloc[:, places[k]].to_numpy()
            if column.dtype.kind not in "biuf":
                column = self._numbers(column[:, np.newaxis])[:, 0]
            sources[:, k] = column
        self._encode([values_of(X.iloc[:, places[k]]) for k in self._categories], sources)
        return sources, sources

    def _empty(self, rows: int) -> Array:
        """Sources to be filled; what is not read is 0."""
        return np.zeros((rows, self._sources))

    def _encode(self, values: Sequence[Any], sources: Array) -> None:
        """Write the codes of categories to the last columns of the sources."""
        self._lookups.encode(values, sources[:, self._width :])


def values_of(column: Any) -> list[Any]:
    """The values of a column of pandas; NA in a column of numbers is NaN, as scikit-learn reads it.

    NA among text stays NA.
    """
    values: list[Any] = column.tolist()
    if isinstance(column.dtype, np.dtype) or column.dtype.kind not in "biuf":
        return values
    return [np.nan if is_na(value) else value for value in values]


def samples_of(converted: Converted, dtype: np.dtype[Any], check_finite: bool) -> Samples:
    """The conversion of samples for an estimator, with a preparation or without."""
    kind = Samples if converted.preparation is None else PreparedSamples
    return kind(converted, dtype, check_finite)
