"""Sessions, in which all commands measure alike: announce, measure, store, show, end.

    def work(session):
        for step in steps:
            session.progress(step.title)
            session.add(step.run())

    measure("article", work, show, json=json)

A session says in advance about how long it takes. It shows its progress as a bar, or where standard
error is no terminal as a line for each phase and every 15 seconds.

Rows are stored as they come, so that a run that is killed leaves them, and Ctrl-C ends the work but
not the command. Where storing fails, as on a full disk, the run goes on with its rows in memory;
they are shown all the same, storing is tried once more, and only then the command fails.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.progress import Progress

from benchmarks.measure import duel, header, interrupts, limits
from benchmarks.measure.contenders import Contender
from benchmarks.measure.errors import FailedError
from benchmarks.measure.rows import Row
from benchmarks.measure.runs import Run
from benchmarks.show.tables import numbers
from benchmarks.terminal import console, noise, options

if TYPE_CHECKING:
    import pandas as pd

    from benchmarks.measure.question import AnyQuestion

LONG_SECONDS = 10.0
"""Commands that take longer say so in advance."""
SILENT_SECONDS = 15.0
"""How long a phase may last without a line, where standard error is no terminal."""
LIMITS_SECONDS = 15.0
"""About the duration of `measured_limits`."""


class Session:
    """A command while it measures.

    Attributes
    ----------
    run : the run, which has the rows so far and stores them
    bar : shows the progress
    finished : the remark that the command ends with if it is interrupted now
    """

    def __init__(self, run: Run, bar: Progress, total: float | None = None) -> None:
        self.run = run
        self.finished = "nothing was measured"
        self.bar, self._task = bar, bar.add_task("", total=total)
        self._began = self._told = time.monotonic()
        self._phase = ""
        self._sittings: list[str] = []

    def progress(
        self,
        what: str,
        completed: float | None = None,
        total: float | None = None,
        phase: str = "",
    ) -> None:
        """Show what is being done, and how much of the total is finished.

        Where there is no bar, a line tells it if `phase` is a new one, or the last line is old.
        """
        self.bar.update(self._task, description=what, completed=completed, total=total)
        now, phase = time.monotonic(), phase or self._phase
        is_due = phase != self._phase or now - self._told >= SILENT_SECONDS
        if self.bar.console.is_terminal or not is_due:
            return
        self._phase, self._told = phase, now
        share = self.bar.tasks[0].percentage
        done = f", {share:.0f} %" if self.bar.tasks[0].total else ""
        console.remark(f"after {console.duration(now - self._began)}{done}: {what}")

    def progress_of_round(self, about: str, before: int, what: str, done: int) -> None:
        """Show what a sitting does, after `before` rounds of others and `done` of its own."""
        self.progress(f"{about}: {what}", before + done, phase=about)

    def sat(self, about: str, sitting: duel.Sitting, rounds: int, more: Iterable[Row]) -> None:
        """Append a sitting's rows, unless it had no round; end the work if Ctrl-C ended it."""
        self._sittings.append(f"{about} had {sitting.rounds} of {rounds} rounds")
        self.finished = ", ".join(self._sittings)
        if sitting.rounds or not sitting.interrupted:
            self.add(more)
        if sitting.interrupted:
            raise KeyboardInterrupt

    def add(self, more: Iterable[Row]) -> None:
        """Append rows, and store all."""
        self.replace([*self.run.rows, *more])

    def replace(self, all_of_them: Iterable[Row]) -> None:
        """Replace the rows, and store them, if that is possible now; `end` tries it once more."""
        with suppress(OSError):
            self.run.replace(all_of_them)

    def end(self, interrupted: bool = False) -> None:
        """End the run after its rows were shown, and print where they are stored.

        Raises typer.Exit with 130 for a run that was interrupted, with 1 for times below the limit;
        FailedError if rows or header could not be stored, or no contender could be timed.
        """
        timed = [row for row in self.run.rows if row.quantity == "time"]
        failed = bool(timed) and not interrupted and not any(row.median_ns for row in timed)
        state = header.INTERRUPTED if interrupted else header.FAILED if failed else header.COMPLETE
        failure = None
        try:
            self.run.finish(state)
        except OSError as error:
            failure = error
        below = noise.below_limit(self.run.records)
        if interrupted:
            console.remark(f"interrupted: {self.finished}")
        if self.run.rows and self.run.is_stored:
            console.remark(f"{numbers.are(len(self.run.rows), 'row')} in {self.run.path}")
        elif not self.run.rows:
            console.remark("nothing is stored")
        if failure is not None:
            what = "the state of the run" if self.run.is_stored else "the rows"
            reason = failure.strerror or failure
            raise FailedError(f"{what} could not be stored in {self.run.path}: {reason}")
        if failed:
            raise FailedError("none of the contenders could be timed")
        if interrupted:
            raise typer.Exit(interrupts.STATUS)
        if below:
            raise typer.Exit(1)


def sitting_seconds(contenders: int, seconds: float, rounds: int) -> float:
    """About the duration of a sitting, with `seconds` of timing for each contender."""
    return contenders * (seconds + rounds * duel.START_SECONDS)


def measured_limits(session: Session, activations: Iterable[str]) -> limits.Limits:
    """The machine's limits, with the rates of these activations.

    They are measured in a third of the time that the command `limits` takes.
    """

    def progress(what: str) -> None:
        session.progress(f"limits: {what}", phase="limits")

    return limits.measure(limits.SECONDS / 3, progress, activations)


def measure(
    command: str,
    work: Callable[[Session], None],
    show: Callable[[pd.DataFrame], None],
    json: Path | None = None,
    threads: int = 1,
    total: float | None = None,
    seconds: float = 0.0,
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
    seconds : about the duration, which is told in advance; 0 if it is unknown
    announced : print first what would spoil the times
    flagged : print at the end which times are too uncertain for a verdict

    Raises as `Session.end` does, and OSError at once if the rows cannot be stored there.
    """
    with Run.begin(command, options.words(), json, threads) as run:
        interrupted = False
        session = Session(run, console.progress(), total)
        try:
            with session.bar:
                announce(seconds, threads)
                if announced:
                    noise.announce()
                work(session)
        except KeyboardInterrupt:
            interrupted = True
        try:
            if run.rows:
                frame = run.frame
                show(frame)
                if flagged and not interrupted:
                    noise.flag(frame)
        except KeyboardInterrupt:
            interrupted = True
        with interrupts.held():
            session.end(interrupted)


def measure_duels(
    command: str,
    questions: Sequence[tuple[str, AnyQuestion]],
    names: Callable[[Any], Iterable[str]],
    rows: Callable[[Any, duel.Sitting], Iterable[Row]],
    show: Callable[[pd.DataFrame], None],
    time: float,
    rounds: int,
    json: Path | None = None,
    threads: int = 1,
) -> None:
    """Run a command that holds a sitting for each of its questions.

    Parameters
    ----------
    command, show, json, threads : as of `measure`
    questions : each with what it is called while it is measured
    names : the contenders of a question
    rows : the rows of a question's sitting
    time, rounds : seconds of timing for each contender, and fresh processes, in a sitting
    """

    def work(session: Session) -> None:
        for number, (about, asked) in enumerate(questions):
            entries = [Contender(name) for name in names(asked)]
            progress = partial(session.progress_of_round, about, number * rounds)
            sitting = duel.sit(asked, entries, time * len(entries), rounds, progress)
            session.sat(about, sitting, rounds, rows(asked, sitting))

    each = [sitting_seconds(len(list(names(asked))), time, rounds) for _, asked in questions]
    total = len(questions) * rounds
    measure(command, work, show, json, threads, total=total, seconds=sum(each))


def announce(seconds: float, threads: int) -> None:
    """Say about how long a run takes, and that it asks for more threads than there are cores."""
    cores = os.cpu_count() or 1
    if threads > cores:
        console.remark(
            f"--threads {threads}: this machine has {numbers.count(cores, 'core')}, for which the "
            "threads have to wait"
        )
    if seconds >= LONG_SECONDS:
        console.remark(f"this takes about {console.duration(seconds)}")
