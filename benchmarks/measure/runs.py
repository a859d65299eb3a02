"""Runs: folders of one measurement each, rows.jsonl and run.json, of which none is overwritten.

    with Run.begin("ladder", ["--sizes", "3-3-1"]) as run:     # results/local/<time>-ladder/
        run.add(rows)
        run.finish("complete")

A run that is killed keeps the rows stored so far, and its header stays at "running".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

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
    file: Path
    """The file of the rows; where --json names a symbolic link, the file that it leads to."""
    header_file: Path
    """The file of the header, in the folder or beside what --json names."""
    header: Header
    """The header, which holds for all rows."""
    rows: list[Row] = field(default_factory=list)
    """All rows so far."""
    columns: dict[str, Any] = field(default_factory=dict)
    """Columns that a row has no field for, such as limits; stored in each row."""
    is_stored: bool = True
    """True if all rows so far are in the file."""
    special: TextIO | None = None
    """The device or pipe that is open for the rows, if they go to one."""
    version: files.Version | None = None
    """The file as this run left it."""

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
            a pipe gets no header, and each row, written when the run ends, repeats its columns
        threads : threads of a call

        Raises OSError if the folder or the header cannot be written, and FileExistsError if the
        file has content or a header already.
        """
        if json is not None:
            check_new(json)
        about = header.of_this_process(command, arguments, threads)
        if json is None:
            path = new_folder(rows.LOCAL, command, about)
            return cls(path, path / header.ROWS, path / header.HEADER, about)
        beside = header.beside(json)
        if files.is_special(json):
            return cls(json, json, beside, about, special=files.open_special(json))
        file = Path(os.path.realpath(json)) if json.is_symlink() else json
        for path in (beside, file):
            files.make_folder(path.parent)
        try:
            files.create(beside, about.encoded())
        except OSError as error:
            raise cannot_be_stored(json, error) from error
        return cls(json, file, beside, about, version=files.version(file))

    def add(self, more: Iterable[Row]) -> None:
        """Append rows, and store all; OSError if that fails: the run then still has them."""
        self.replace([*self.rows, *more])

    def replace(self, all_of_them: Iterable[Row]) -> None:
        """Replace this run's rows, and store them; OSError if that fails, as in `add`."""
        self.rows = list(all_of_them)
        self.is_stored = False
        if self.special is None:  # what a pipe has got cannot be replaced: it waits for the end
            self.store()

    def store(self) -> None:
        """Write the rows there are.

        Raises OSError if that fails, FileExistsError if the file is not as this run left it.
        """
        if self.special is not None:
            self._send(self.special)
        elif self.rows:
            if files.version(self.file) not in (None, self.version):
                self.is_stored = False
                raise FileExistsError(f"{self.file} was written by somebody else meanwhile")
            rows.write(self.file, self.rows, self.columns)
            self.version = files.version(self.file)
        self.is_stored = True

    def _send(self, special: TextIO) -> None:
        """Write all rows to a device or pipe and close it, once."""
        if special.closed:
            return
        sys.stdout.flush()  # the rows may go there: not into the middle of a line
        with special:
            special.write(rows.encoded(self.rows, self.header.columns | self.columns))

    def finish(self, state: str) -> None:
        """End the run as "complete", "interrupted" or "failed", and store all that it has.

        A run that did not complete and measured nothing is removed, unless others put files there.

        Raises OSError if something cannot be stored; the run is then not ended.
        """
        ended = replace(self.header, state=state, finished=header.now())
        if state != COMPLETE and not self.rows and self._is_alone():
            self._remove()
        else:
            self.store()
            if self.special is None:
                files.replace(self.header_file, ended.encoded())
        self.header = ended  # last: what is stopped before is not ended

    def _is_alone(self) -> bool:
        """True unless the run's folder has files of others."""
        folder = self.header_file.parent
        if folder != self.path or not folder.is_dir():
            return True
        return all(one == self.header_file for one in folder.iterdir())

    def _remove(self) -> None:
        """Remove what a run without rows has made."""
        if self.special is not None:
            self.special.close()
            return
        self.header_file.unlink(missing_ok=True)
        if self.header_file.parent == self.path and self.path.is_dir():
            self.path.rmdir()

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
    beside = header.beside(path)
    for one, taken in ((path, path.exists() and path.stat().st_size), (beside, is_named(beside))):
        if taken:
            raise FileExistsError(f"{one} is there already: a run overwrites nothing")


def is_named(path: Path) -> bool:
    """True if a name is taken, also by a symbolic link that leads nowhere."""
    return path.exists() or path.is_symlink()


def cannot_be_stored(path: Path, error: OSError) -> OSError:
    """The error of a run that cannot begin, with the path that it was to be stored in."""
    if isinstance(error, FileExistsError):
        return error
    return OSError(error.errno, f"no run can be stored in {path}: {error.strerror or error}")


def stamp(moment: str) -> str:
    """The beginning of the name of a run's folder, from a moment in UTC: 2026-11-25T18-03-12."""
    return moment.partition(".")[0].replace(":", "-")


def new_folder(parent: Path, command: str, about: Header) -> Path:
    """Make the folder of a run that begins, with its header; both or nothing.

    Raises OSError, with the folder's name, if that fails.
    """
    name, number = f"{stamp(str(about.started))}-{command}", 1
    path = parent / name
    try:
        parent.mkdir(parents=True, exist_ok=True)
        while True:
            try:
                path.mkdir()
                break
            except FileExistsError:
                number += 1
                path = parent / f"{name}-{number}"
        try:
            files.create(path / header.HEADER, about.encoded())
        except BaseException:
            with suppress(OSError):
                path.rmdir()
            raise
    except OSError as error:
        raise cannot_be_stored(path, error) from error
    return path
