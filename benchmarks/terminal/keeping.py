"""The rows of a run until its end: shown first, then stored, then judged.

Rows are stored as they come, so that a run that is killed leaves them. Where that fails, as on a
full disk, the run goes on with its rows in memory; they are shown all the same, storing is tried
once more, and only then the command fails.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from benchmarks.measure import frames, rows, verdicts
from benchmarks.show.tables import numbers
from benchmarks.terminal import console

if TYPE_CHECKING:
    import pandas as pd


class Kept:
    """What a command has measured so far, and the file that it goes to."""

    def __init__(self, path: Path, environment: dict[str, Any]) -> None:
        self.path, self.environment = path, environment
        self.rows: list[rows.Row] = []
        self.error: OSError | None = None

    def add(self, more: Iterable[rows.Row]) -> None:
        """Take more rows, and store what there is."""
        self.replace([*self.rows, *more])

    def replace(self, all_of_them: Iterable[rows.Row]) -> None:
        """Take these rows instead of those before, and store them."""
        self.rows = list(all_of_them)
        self.store()

    def store(self) -> None:
        """Write the rows there are, if that is possible now."""
        if not self.rows:
            return
        try:
            rows.write(self.path, self.rows, self.environment)
        except OSError as error:
            self.error = error
        else:
            self.error = None

    @property
    def records(self) -> list[dict[str, Any]]:
        """The rows as they are read back."""
        return rows.records(self.rows, self.environment)

    @property
    def frame(self) -> pd.DataFrame:
        """The same as a frame, like one that was stored."""
        return frames.frame(self.records)

    def finish(self, interrupted: str | None = None) -> None:
        """Say where the rows are, after they were shown, and how the command ends.

        Raises typer.Exit with 130 for a run that was interrupted, as the text says, with 1 for
        times below the limit; OSError if the rows could not be stored.
        """
        self.store()
        if interrupted is not None:
            console.remark(f"interrupted: {interrupted}")
        if self.rows and self.error is None:
            console.remark(f"{numbers.are(len(self.rows), 'row')} in {self.path}")
        below = below_limit(self.records)
        if self.error is not None:
            reason = self.error.strerror or self.error
            raise OSError(f"the rows could not be stored in {self.path}: {reason}")
        if interrupted is not None:
            raise typer.Exit(130)
        if below:
            raise typer.Exit(1)


def below_limit(records: Iterable[frames.Record]) -> list[str]:
    """The times below the limit, which are named on standard error."""
    found = verdicts.below_limit(records)
    if found:
        console.remark(
            f"below the limit: {', '.join(found)}: the kernel is wrong in a way that the gate does "
            "not see, or the limit is too high"
        )
    return found
