"""Rows as a pandas DataFrame: what every table, figure and comparison selects and groups.

A field that does not apply is None in a row and `pandas.NA` in a frame, whose columns have types
that know it: whole numbers stay whole beside it. `records` and `values` lead back to Python's own
values and None. pandas is imported when a frame is made: workers and `--help` do without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from benchmarks.measure import fields, question, rows

if TYPE_CHECKING:
    import pandas as pd

Record = dict[str, Any]
RUN = "run"
"""The column that says which stored run a row is from; NA for rows that are not stored yet."""
QUESTION = list(question.COLUMNS)
"""The columns that make a question, as pandas wants them."""


def dtype_of(kind: fields.Kind) -> str:
    """The type of the column of a field that may have these types."""
    return "string" if str in kind else "Float64" if float in kind else "Int64"


DTYPES: dict[str, str] = {RUN: "string"} | {
    name: dtype_of(kind) for name, kind in {**rows.KINDS, **fields.ENVIRONMENT}.items()
}
"""The columns that every frame has, in their order, with their types."""


def frame(records: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Records as a frame, with every field of a row; columns that rows lack follow untyped."""
    import pandas as pd

    found = [fields.complete(record, rows.DEFAULTS) for record in records]
    names = dict.fromkeys([*DTYPES, *(name for record in found for name in record)])
    return pd.DataFrame(
        {
            name: pd.Series([record.get(name) for record in found], dtype=DTYPES.get(name))
            for name in names
        }
    )


NOTHING: Any = None
"""What stands for NA in Python's own values; the stubs of pandas do not know it to be a value."""


def values(column: pd.Series[Any]) -> list[Any]:
    """A column's values, None where it has none."""
    found: list[Any] = column.to_numpy(dtype=object, na_value=NOTHING).tolist()
    return found


def records(frame: pd.DataFrame) -> list[Record]:
    """The rows of a frame as they are stored, None where a field does not apply."""
    names = [str(name) for name in frame.columns]
    return [
        {name: value for name, value in zip(names, row, strict=True) if name != RUN}
        for row in frame.to_numpy(dtype=object, na_value=NOTHING).tolist()
    ]


def first(frame: pd.DataFrame) -> Record:
    """The first row of a frame that has one, as it is stored."""
    return records(frame.head(1))[0]


def number_of_question(frame: pd.DataFrame) -> pd.Series[int]:
    """Which question each row answers, counted from 0 in the order in which they were asked."""
    return frame.groupby(QUESTION, sort=False, dropna=False).ngroup()


def questions(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows of each question, in that order."""
    return [group for _, group in frame.groupby(number_of_question(frame))]


def timed(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with the time of a contender."""
    return frame[(frame["quantity"] == "time") & (frame["state"] == "ok")]


def untimed(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of contenders that have no time, and say why."""
    return frame[(frame["quantity"] == "time") & (frame["state"] != "ok")]
