"""Stored runs as one pandas DataFrame, and as CSV.

    load("forward")                                    # a committed reference run, by its name
    load("forward", "results/local/ladder.jsonl")      # and a run of one's own

Whoever shows, compares or draws what was stored has it from here. Every row is checked, and says
in the column `run` where it is from; `measure.frames` has the other columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.measure import fields, files, frames, rows, suite_report
from benchmarks.measure.frames import RUN, Record

if TYPE_CHECKING:
    import pandas as pd


class Load(Protocol):
    """Gives the rows of runs by their names, as one frame."""

    def __call__(self, *runs: str) -> pd.DataFrame: ...


def load(*runs: str | Path) -> pd.DataFrame:
    """The rows of these runs, one after the other.

    A run is the name of one in `results/reference`, or a file: the rows that any command stores,
    or pytest-benchmark's JSON, of which each benchmark becomes a row with a time.

    Raises OSError if a file cannot be read, ValueError if there is none, if two runs are the
    same or have one name, or if a row is not right: it names file and line.
    """
    return frames.frame(
        record | {RUN: str(run)} for run, path in paths_of(runs).items() for record in read(path)
    )


def paths_of(runs: Iterable[str | Path]) -> dict[str | Path, Path]:
    """The file of each run. ValueError where one is there twice, or two have the same name."""
    found: dict[str | Path, Path] = {}
    known: dict[Path, str | Path] = {}
    for run in runs:
        path = path_of(run)
        other = known.setdefault(path.resolve(), run)
        if run in found:
            raise ValueError(f"{run} is named twice")
        if other != run:
            raise ValueError(f"{run} and {other} are the same run")
        if str(run) in map(str, found):  # a reference run, and a path that reads like its name
            raise ValueError(f"two runs are called {run}: let the file be './{run}', as a text")
        found[run] = path
    return found


def path_of(run: str | Path) -> Path:
    """The file of a run. ValueError for one that there is not, or that is a directory."""
    reference = rows.REFERENCE / f"{run}.jsonl"
    if isinstance(run, str) and Path(run).name == run and reference.is_file():
        return reference
    path = Path(run)
    if run == "":
        problem = "an empty name is no run"
    elif path.is_dir():
        problem = f"{run} is a directory, not a file of rows"
    elif not path.exists():
        problem = f"there is no file {run}"
    else:
        return path
    known = ", ".join(sorted(path.stem for path in rows.REFERENCE.glob("*.jsonl")))
    raise ValueError(f"{problem}, and the reference runs are {known}")


def read(path: Path) -> Iterator[Record]:
    """The rows of a file, each with every field."""
    try:
        whole = fields.parse(rows.text_of(path))
    except ValueError:
        whole = None  # not one object: a line a row
    if isinstance(whole, dict) and "benchmarks" in whole:
        yield from suite_report.records(path, whole)
    else:
        yield from rows.read(path)


def csv(frame: pd.DataFrame) -> str:
    """A line a row, under the names of the columns; nothing where a field does not apply.

    `pandas.read_csv(file, dtype=frames.DTYPES, keep_default_na=False, na_values=[""])` gives the
    frame again, but that CSV knows no difference between an empty text and none, and that a text's
    lines end in a newline.
    """
    # the csv module does not quote a carriage return, at which readers would end the line
    return str(frame.replace("\r\n?", "\n", regex=True).to_csv(index=False))


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a file that is not there yet, completely or not at all.

    Raises FileExistsError if it is, OSError if it cannot be written.
    """
    if path.is_file():
        raise FileExistsError(f"{path} is there already")
    files.write(path, csv(frame))
