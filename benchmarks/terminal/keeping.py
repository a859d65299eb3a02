"""The rows of a run until its end: shown first, then stored, then judged.

Rows are stored as they come, so that a run that is killed leaves them. Where that fails, as on a
full disk, the run goes on with its rows in memory; they are shown all the same, storing is tried
once more, and only then the command fails.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from benchmarks.measure import frames, header, verdicts
from benchmarks.measure.rows import Row
from benchmarks.measure.runs import Run
from benchmarks.show.tables import numbers
from benchmarks.terminal import console

if TYPE_CHECKING:
    import pandas as pd


class Kept:
    """A run, with the failure to store it if there is one."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.failure: OSError | None = None

    @property
    def path(self) -> Path:
        """The folder of the run, or the file of its rows."""
        return self.run.path

    @property
    def rows(self) -> list[Row]:
        """All rows so far."""
        return self.run.rows

    def add(self, more: Iterable[Row]) -> None:
        """Append rows, and store all."""
        self.replace([*self.rows, *more])

    def replace(self, all_of_them: Iterable[Row]) -> None:
        """Replace the rows, and store them, if that is possible now."""
        self.failure = None
        try:
            self.run.replace(all_of_them)
        except OSError as failure:
            self.failure = failure

    @property
    def records(self) -> list[frames.Record]:
        """The rows as they are read back."""
        return self.run.records

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a frame, like that of a stored run."""
        return self.run.frame

    def finish(self, interrupted: str | None = None) -> None:
        """End the run after its rows were shown: say where they are, and how the command ends.

        Raises typer.Exit with 130 for a run that was interrupted, as the text says, with 1 for
        times below the limit; OSError if the rows could not be stored.
        """
        self.failure = None
        try:
            self.run.finish(header.COMPLETE if interrupted is None else header.INTERRUPTED)
        except OSError as failure:
            self.failure = failure
        if interrupted is not None:
            console.remark(f"interrupted: {interrupted}")
        if self.rows and self.failure is None:
            console.remark(f"{numbers.are(len(self.rows), 'row')} in {self.path}")
        below = below_limit(self.records)
        if self.failure is not None:
            reason = self.failure.strerror or self.failure
            raise OSError(f"the rows could not be stored in {self.path}: {reason}")
        if interrupted is not None:
            raise typer.Exit(130)
        if below:
            raise typer.Exit(1)


def below_limit(records: Iterable[verdicts.Record]) -> list[str]:
    """The times below the limit, which are named on standard error."""
    found = verdicts.below_limit(records)
    if found:
        console.remark(
            f"below the limit: {', '.join(found)}: the kernel is wrong in a way that the gate does "
            "not see, or the limit is too high"
        )
    return found
