"""DataFrames: their columns in the order of the fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kernels.sklearn.inputs import Accepted


class Frames:
    """Columns of the DataFrames that are passed to one estimator.

    The columns of the last DataFrame are remembered: a comparison with them is much cheaper than
    one with a list of names.
    """

    def __init__(self, accepted: Accepted) -> None:
        self._accepted = accepted
        self._last: tuple[Any, Sequence[int] | None] = (None, None)

    def positions(self, frame: Any) -> Sequence[int] | None:
        """Where the columns of the fit are in a DataFrame; None if they are its own, in order.

        A column that is not required may be missing; its position is then -1.

        Raises
        ------
        TypeError
            If some of its names are strings and others are not.
        ValueError
            If columns are missing, or, unless they are found by name, are more or in another order.
        """
        columns = frame.columns
        last, positions = self._last
        if last is not None and (columns is last or is_equal(last, columns)):
            return positions
        positions = self._positions(list(columns))
        self._last = columns, positions
        return positions

    def _positions(self, given: list[Any]) -> Sequence[int] | None:
        names, by_name = self._accepted.names, self._accepted.by_name
        are_text = {isinstance(name, str) for name in given}
        if len(are_text) > 1 or (by_name and are_text == {False}):
            raise TypeError(
                "Feature names are only supported if all input features have string names, but X "
                "has column names of other types"
            )
        twice = sorted({str(name) for name in given if given.count(name) > 1})
        if twice:
            raise ValueError(f"X has columns of the same name: {', '.join(twice)}")
        if names is None or are_text == {False} or given == list(names):
            return None
        if not by_name:
            refuse_columns(given, names)
        place = {name: k for k, name in enumerate(given)}
        positions = [place.get(name, -1) for name in names]
        missing = [names[k] for k in self._accepted.required if positions[k] < 0]
        if missing:
            raise ValueError(f"X lacks columns: {', '.join(missing)}")
        return positions


def is_equal(last: Any, columns: Any) -> bool:
    """True if columns are those of the last DataFrame, by pandas or as a list."""
    equals = getattr(last, "equals", None)
    return bool(last == columns) if equals is None else bool(equals(columns))


def refuse_columns(given: list[Any], names: Sequence[str]) -> None:
    """Raise ValueError for columns that are not those of the fit in their order."""
    missing = [name for name in names if name not in given]
    unknown = [str(name) for name in given if name not in names]
    for what, which in (("lacks", missing), ("has unknown", unknown)):
        if which:
            raise ValueError(f"X {what} columns: {', '.join(which)}")
    raise ValueError(f"X must have its columns in the order of the fit: X[{list(names)}]")
