"""Rows as a pandas DataFrame, which tables, figures and comparisons select from and group.

A field that does not apply is None in a row and `pandas.NA` in a frame. The columns have pandas'
nullable types, so that whole numbers stay whole beside NA. `records` and `values` convert back to
Python's own values and None. pandas is imported when a frame is made: workers and `--help` do
without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from benchmarks.measure import fields, question, rows
from benchmarks.measure.machines import NAMED

if TYPE_CHECKING:
    import pandas as pd

Record = dict[str, Any]
"""A row as it is read: its fields, and the columns of its run's header."""
RUN = "run"
"""The column with the name of the run that a row is from; NA for rows that are not stored yet."""
QUESTION = list(question.COLUMNS)
"""The columns that identify a question: rows that agree in them answer the same one."""


def dtype_of(kind: fields.Kind) -> str:
    """The column's type for a field that may have these types."""
    return "string" if str in kind else "Float64" if float in kind else "Int64"


DTYPES: dict[str, str] = {RUN: "string"} | {
    name: dtype_of(kind) for name, kind in {**rows.KINDS, **fields.ENVIRONMENT}.items()
}
"""The columns that every frame has, in their order, with their types."""


def frame(records: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Records as a frame with the columns of `DTYPES`; other columns follow, untyped."""
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
"""None, typed so that pandas' stubs accept it as the value for NA."""


def values(column: pd.Series[Any]) -> list[Any]:
    """The values of a column, with None for NA."""
    found: list[Any] = column.to_numpy(dtype=object, na_value=NOTHING).tolist()
    return found


def records(frame: pd.DataFrame) -> list[Record]:
    """The rows of a frame as records, without the column `run`, and with None for NA."""
    names = [str(name) for name in frame.columns]
    return [
        {name: value for name, value in zip(names, row, strict=True) if name != RUN}
        for row in frame.to_numpy(dtype=object, na_value=NOTHING).tolist()
    ]


def first(frame: pd.DataFrame) -> Record:
    """The first row of a frame as a record; IndexError if the frame is empty."""
    return records(frame.head(1))[0]


def number_of_question(frame: pd.DataFrame) -> pd.Series[int]:
    """The number of each row's question, from 0 in the order of their first rows."""
    return frame.groupby(QUESTION, sort=False, dropna=False).ngroup()


def questions(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows of each question, in the order of `number_of_question`."""
    return [group for _, group in frame.groupby(number_of_question(frame))]


def machines(frame: pd.DataFrame) -> pd.Series[int]:
    """A number for each row, the same for rows of one machine."""
    return frame.groupby(NAMED, sort=False, dropna=False).ngroup()


def of_one_machine(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the machine that has the most: times of others cannot stand in one line."""
    numbers = machines(frame)
    return frame if frame.empty else frame[numbers == numbers.mode()[0]]


def timed(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with a contender's time."""
    return frame[(frame["quantity"] == "time") & (frame["state"] == "ok")]


def untimed(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of contenders that have no time but a state that says why."""
    return frame[(frame["quantity"] == "time") & (frame["state"] != "ok")]


def network(row: Record, remarks: Iterable[str] = ()) -> str:
    """The network of a row, with remarks in brackets: the digest of weights from a file, if any."""
    told = [*remarks, *([f"weights {row['weights']}"] if row.get("weights") else [])]
    return f"{row['workload']} ({', '.join(told)})" if told else str(row["workload"])
