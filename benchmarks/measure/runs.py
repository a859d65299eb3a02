"""Runs: folders of one measurement each, rows.jsonl and run.json, of which none is overwritten.

    with Run.begin("ladder", ["--sizes", "3-3-1"]) as run:     # results/local/<time>-ladder/
        run.add(rows)
        run.finish("complete")

A run that is killed keeps the rows stored so far, and its header stays at "running".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from benchmarks.measure import files, frames, header, rows
from benchmarks.measure.header import COMPLETE, FAILED, INTERRUPTED, RUNNING, Header
from benchmarks.measure.rows import Row

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Run:
    """A run that is measured now."""

    path: Path
    """The run's folder, or the file of rows that --json names."""
    header: Header
    """The header, which holds for all rows."""
    rows: list[Row] = field(default_factory=list)
    """All rows so far."""
    columns: dict[str, Any] = field(default_factory=dict)
    """Columns that a row has no field for, such as limits; stored in each row."""

    @classmethod
    def begin(
        cls,
        command: str,
        arguments: Sequence[str] = (),
        json: Path | None = None,
        threads: int = 1,
    ) -> Run:
        """Begin a run: make its folder, and write its header with the state "running".

        Parameters
        ----------
        command, arguments : the command's name, and the words after it without those of files
        json : the file that rows go to instead of a folder, with the header beside it; a device or
            a pipe gets no header, and each row repeats its columns
        threads : threads of a call

        Raises OSError if the folder or the header cannot be written, and FileExistsError if the
        file has content or a header already.
        """
        about = header.of_this_process(command, arguments, threads)
        if json is None:
            return cls(new_folder(rows.LOCAL, command, about), about)
        check_new(json)
        if not files.is_special(json):
            json.parent.mkdir(parents=True, exist_ok=True)
            files.create(header.beside(json), about.encoded())
        return cls(json, about)

    @property
    def file(self) -> Path:
        """The file of the rows."""
        return rows.file_of(self.path)

    def add(self, more: Iterable[Row]) -> None:
        """Append rows, and store all; OSError if that fails: the run then still has them."""
        self.replace([*self.rows, *more])

    def replace(self, all_of_them: Iterable[Row]) -> None:
        """Replace this run's rows, and store them; OSError if that fails, as in `add`."""
        self.rows = list(all_of_them)
        self.store()

    def store(self) -> None:
        """Write the rows there are; OSError if that fails."""
        if self.rows:
            inherited = self.header.columns if files.is_special(self.path) else {}
            rows.write(self.file, self.rows, inherited | self.columns)

    def finish(self, state: str) -> None:
        """End the run as "complete", "interrupted" or "failed", and store all that it has.

        A run that did not complete and measured nothing is removed.

        Raises OSError if something cannot be stored.
        """
        self.header = replace(self.header, state=state, finished=header.now())
        if state != COMPLETE and not self.rows:
            header.beside(self.file).unlink(missing_ok=True)
            if self.path.is_dir():
                self.path.rmdir()
            return
        self.store()
        if not files.is_special(self.path):
            files.replace(header.beside(self.file), self.header.encoded())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """End a run that is still running: as failed, interrupted by Ctrl-C, or complete."""
        if self.header.state != RUNNING:
            return
        if kind is None:
            self.finish(COMPLETE)
            return
        with suppress(OSError):  # the exception that ended the block is the one to be told
            self.finish(INTERRUPTED if issubclass(kind, KeyboardInterrupt) else FAILED)

    @property
    def records(self) -> list[dict[str, Any]]:
        """The rows in the form in which they are read back."""
        return rows.records(self.rows, self.header.columns | self.columns)

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a frame, like that of a stored run."""
        return frames.frame(self.records)


def check_new(path: Path) -> None:
    """Raise an OSError that says why a new run's rows cannot be written to a file.

    It has content or a header already; it is a folder; or it lies in one that cannot be made.
    """
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory")
    if files.is_special(path):
        return
    for one in (path, header.beside(path)):
        if one.exists() and (one is not path or one.stat().st_size):
            raise FileExistsError(f"{one} is there already: a run overwrites nothing")


def stamp(moment: str) -> str:
    """The beginning of the name of a run's folder, from a moment in UTC: 2026-11-25T18-03-12."""
    return moment.partition(".")[0].replace(":", "-")


def new_folder(parent: Path, command: str, about: Header) -> Path:
    """Make the folder of a run that begins, with its header."""
    parent.mkdir(parents=True, exist_ok=True)
    name, number = f"{stamp(str(about.started))}-{command}", 1
    path = parent / name
    while True:
        try:
            path.mkdir()
            break
        except FileExistsError:
            number += 1
            path = parent / f"{name}-{number}"
    files.replace(path / header.HEADER, about.encoded())
    return path
