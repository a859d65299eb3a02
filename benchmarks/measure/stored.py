"""Stored runs as one pandas DataFrame, and as CSV.

    load("forward")                          # a committed reference run, by its name
    load("forward", "latest")                # and your newest run
    load("results/local/2026-11-25T18-03-12-ladder", "rows.jsonl")    # folders and files

Code that shows, compares or draws stored rows gets them here. Every row is checked, and its column
`run` names the run it is from; `measure.frames` describes the other columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.measure import fields, files, frames, header, listing, rows, suite_report
from benchmarks.measure.frames import RUN, Record
from kernels.support import checks

if TYPE_CHECKING:
    import pandas as pd


class Load(Protocol):
    """A function that returns the rows of runs, given by their names, as one frame."""

    def __call__(self, *runs: str) -> pd.DataFrame: ...


def load(*names: str | Path) -> pd.DataFrame:
    """The rows of these runs, one after the other.

    A run is given as the name of a folder in `results/reference` or `results/local`, as its number
    in `list --runs`, as "latest", or as a path: the folder of a run, a file of rows with or without
    a header beside it, or pytest-benchmark's JSON, whose benchmarks become rows with a time.

    Raises OSError if a file cannot be read, ValueError for a run that does not exist, for two that
    are the same or have the same name, and for damaged rows, naming file and line.
    """
    found = paths_of(names)
    return frames.frame(
        record | {RUN: name} for name, path in found.items() for record in read(path)
    )


def paths_of(names: Iterable[str | Path]) -> dict[str, Path]:
    """The path of each run, by the name that its rows get.

    Raises ValueError if one is given twice, or two have the same name.
    """
    found: dict[str, Path] = {}
    known: dict[Path, str | Path] = {}
    for given in names:
        name, path = find(given)
        file = rows.file_of(path).resolve()
        if file in known:
            other = known[file]
            twice = "is named twice" if other == given else f"and {other} are the same run"
            raise ValueError(f"{given} {twice}")
        known[file] = given
        if name in found:  # a reference run, and a path that reads like its name
            raise ValueError(f"two runs are called {name}: let the file be './{name}', as a text")
        found[name] = path
    return found


def find(run: str | Path) -> tuple[str, Path]:
    """The name of a run, and its path: see `load` for how a run is given.

    Numbers and "latest" get the name of the run's folder.

    Raises ValueError for a run that does not exist, and for a folder that is not of a run.
    """
    if isinstance(run, str) and Path(run).name == run != "":
        if (rows.REFERENCE / run / header.HEADER).is_file():
            return run, rows.REFERENCE / run
        own = listing.paths()
        if rows.LOCAL / run in own:
            return run, rows.LOCAL / run
        if run == listing.LATEST and own:
            return own[-1].name, own[-1]
        if run.isascii() and run.isdigit() and 1 <= int(run) <= len(own):
            return own[int(run) - 1].name, own[int(run) - 1]
    path = Path(run)
    if run == "":
        problem = "an empty name is no run"
    elif path.exists():
        rows.file_of(path)
        return str(run), path
    else:
        problem = f"there is no run {run}"
    hint = checks.near(str(run), [*reference_names(), listing.LATEST])
    raise ValueError(f"{problem}; {known_runs()}{hint}")


def known_runs() -> str:
    """The part of a message that lists the runs with names."""
    own = len(listing.paths())
    local = f"list --runs shows yours, 1 to {own}" if own else "there are none of yours"
    return f"the reference runs are {', '.join(reference_names())}, and {local}"


def reference_names() -> list[str]:
    """The names of the reference runs."""
    return sorted(path.parent.name for path in rows.REFERENCE.glob(f"[!.]*/{header.HEADER}"))


def read(path: Path) -> list[Record]:
    """The rows of a run's folder or of a file, each with every field."""
    if path.is_dir():
        return rows.read(path)
    text = files.text_of(path)
    try:
        whole = fields.parse(text)
    except ValueError:
        whole = None  # not one object: a line a row
    if isinstance(whole, dict) and "benchmarks" in whole:
        return list(suite_report.records(path, whole))
    return rows.decoded(path, text)


def csv(frame: pd.DataFrame) -> str:
    """A frame as CSV: a line a row, a column a field, and nothing where a field does not apply.

    `pandas.read_csv(file, dtype=frames.DTYPES, keep_default_na=False, na_values=[""])` restores the
    frame, except that CSV cannot tell an empty text from none, and that line ends within a text
    become newlines.
    """
    # the csv module does not quote a carriage return, at which readers would end the line
    return str(frame.replace("\r\n?", "\n", regex=True).to_csv(index=False))


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a new CSV file, completely or not at all.

    Raises FileExistsError if the file exists, OSError if it cannot be written.
    """
    if path.is_file():
        raise FileExistsError(f"{path} is there already")
    files.write(path, csv(frame))
