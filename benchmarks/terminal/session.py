"""Sessions, in which all commands measure alike: announce, measure, store, show, end.

    def work(session):
        for step in steps:
            session.progress(step.title)
            session.add(step.run())

    measure("article", work, show, json=json)

Rows are stored as they come, so that a run that is killed leaves them, and Ctrl-C ends the work but
not the command. Where storing fails, as on a full disk, the run goes on with its rows in memory;
they are shown all the same, storing is tried once more, and only then the command fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.progress import Progress

from benchmarks.measure import header, limits
from benchmarks.measure.rows import Row
from benchmarks.measure.runs import Run
from benchmarks.show.tables import numbers
from benchmarks.terminal import console, noise, options

if TYPE_CHECKING:
    import pandas as pd

INTERRUPTED_STATUS = 130


class Session:
    """A command while it measures.

    Attributes
    ----------
    run : the run, which has the rows so far and stores them
    finished : the remark that the command ends with if it is interrupted now
    """

    def __init__(self, run: Run, bar: Progress, total: float | None = None) -> None:
        self.run = run
        self.finished = "what was finished is stored"
        self._bar, self._task = bar, bar.add_task("", total=total)

    def progress(
        self, what: str, completed: float | None = None, total: float | None = None
    ) -> None:
        """Show on the bar what is being done, and how much of the total is finished."""
        self._bar.update(self._task, description=what, completed=completed, total=total)

    def progress_of_round(self, about: str, before: int, what: str, done: int) -> None:
        """Show what a sitting does, after `before` rounds of others and `done` of its own."""
        self.progress(f"{about}: {what}", before + done)

    def add(self, more: Iterable[Row], interrupted: bool = False) -> None:
        """Append rows, and store all; then raise KeyboardInterrupt if `interrupted`."""
        self.replace([*self.run.rows, *more])
        if interrupted:
            raise KeyboardInterrupt

    def replace(self, all_of_them: Iterable[Row]) -> None:
        """Replace the rows, and store them, if that is possible now; `end` tries it once more."""
        with suppress(OSError):
            self.run.replace(all_of_them)

    def end(self, interrupted: bool = False) -> None:
        """End the run after its rows were shown, and print where they are stored.

        Raises typer.Exit with 130 for a run that was interrupted, with 1 for times below the limit;
        OSError if rows or header could not be stored, ValueError if no contender could be timed.
        """
        timed = [row for row in self.run.rows if row.quantity == "time"]
        failed = bool(timed) and not interrupted and not any(row.median_ns for row in timed)
        state = header.INTERRUPTED if interrupted else header.FAILED if failed else header.COMPLETE
        failure = None
        try:
            self.run.finish(state)
        except OSError as error:
            failure = error
        if interrupted:
            console.remark(
                f"interrupted: {self.finished if self.run.rows else 'nothing was measured'}"
            )
        if self.run.rows and self.run.is_stored:
            console.remark(f"{numbers.are(len(self.run.rows), 'row')} in {self.run.path}")
        below = noise.below_limit(self.run.records)
        if failure is not None:
            what = "the state of the run" if self.run.is_stored else "the rows"
            reason = failure.strerror or failure
            raise OSError(f"{what} could not be stored in {self.run.path}: {reason}")
        if failed:
            raise ValueError("none of the contenders could be timed")
        if interrupted:
            raise typer.Exit(INTERRUPTED_STATUS)
        if below:
            raise typer.Exit(1)


def measured_limits(session: Session, activations: Iterable[str]) -> limits.Limits:
    """The machine's limits, with the rates of these activations.

    They are measured in a third of the time that the command `limits` takes.
    """

    def progress(what: str) -> None:
        session.progress(f"limits: {what}")

    return limits.measure(limits.SECONDS / 3, progress, activations)


def measure(
    command: str,
    work: Callable[[Session], None],
    show: Callable[[pd.DataFrame], None],
    json: Path | None = None,
    threads: int = 1,
    total: float | None = None,
    announced: bool = True,
    flagged: bool = True,
) -> None:
    """Run a command that measures, from its announcement to its exit status.

    Parameters
    ----------
    command : the command's name, for the run's header and folder
    work : measures; adds rows to the session as they come, and shows its progress
    show : prints the rows of the run, if there are any
    json : the file that the rows go to; None for a new folder in results/local
    threads : threads of a call, for the run's header
    total : what the bar counts up to; None if it is unknown
    announced : print first what would spoil the times
    flagged : print at the end which times are too uncertain for a verdict

    Raises as `Session.end` does, and OSError at once if the rows cannot be stored there.
    """
    with Run.begin(command, options.words(), json, threads) as run:
        interrupted = False
        with console.progress() as bar:
            session = Session(run, bar, total)
            try:
                if announced:
                    noise.announce()
                work(session)
            except KeyboardInterrupt:
                interrupted = True
        if run.rows:
            frame = run.frame
            show(frame)
            if flagged and not interrupted:
                noise.flag(frame)
        session.end(interrupted)
