"""`python -m benchmarks fit`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments import fitting
from benchmarks.measure.fits import CONTENDERS, FITS
from benchmarks.measure.serving_question import FitQuestion
from benchmarks.show.tables import fit_table, ladder_table
from benchmarks.terminal import console
from benchmarks.terminal.options import JsonOption, RoundsOption
from benchmarks.terminal.session import Session, measure, sitting_seconds

if TYPE_CHECKING:
    import pandas as pd


def command(
    task: Annotated[
        list[str] | None,
        typer.Option(
            help="What is fitted; repeat the option for several: "
            + "; ".join(f"{name} ({one.what})" for name, one in FITS.items())
            + ".",
            show_default="all",
        ),
    ] = None,
    time: Annotated[
        float,
        typer.Option(
            min=0.1,
            help="About how many seconds each contender is timed for a task, in all rounds.",
        ),
    ] = 8.0,
    rounds: RoundsOption = 4,
    json: JsonOption = None,
) -> None:
    """Time fits of MLPClassifier with scikit-learn and with kernels.sklearn.

    Both are scikit-learn's estimator, fitted on the same data, one thread each. Before they are
    timed, their weights are compared. All tasks take about 12 minutes.

    Example: python -m benchmarks fit --task digits-200 --task iris-32
    """
    questions = [FitQuestion(name) for name in dict.fromkeys(task or FITS)]

    def work(session: Session) -> None:
        for number, asked in enumerate(questions):
            progress = partial(session.progress_of_round, asked.what, number * rounds)
            sitting = fitting.sit(asked, time, rounds, progress)
            session.sat(asked.what, sitting, rounds, fitting.rows(asked, sitting))

    seconds = len(questions) * sitting_seconds(len(CONTENDERS), time, rounds)
    measure("fit", work, show, json, total=len(questions) * rounds, seconds=seconds)


def show(frame: pd.DataFrame) -> None:
    """Print the table of a run."""
    console.table(fit_table.TITLE, fit_table.HEADINGS, fit_table.lines(frame), left=2)
    for text in ladder_table.failures(frame):
        console.say(text)
