"""`python -m benchmarks fit`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments import fitting
from benchmarks.measure.fits import CONTENDERS, FITS
from benchmarks.measure.serving_question import FitQuestion
from benchmarks.show.tables import fit_table, ladder_table
from benchmarks.terminal import console
from benchmarks.terminal.options import JsonOption, RoundsOption, TaskTimeOption, listed
from benchmarks.terminal.session import measure_duels

if TYPE_CHECKING:
    import pandas as pd


def command(
    task: Annotated[
        list[str] | None,
        typer.Option(
            help=listed("What is fitted", {name: one.what for name, one in FITS.items()}),
            show_default="all",
        ),
    ] = None,
    time: TaskTimeOption = 8.0,
    rounds: RoundsOption = 4,
    json: JsonOption = None,
) -> None:
    """Time fits of MLPClassifier with scikit-learn and with kernels.sklearn.

    Both are scikit-learn's estimator, fitted on the same data, one thread each. Before they are
    timed, their weights are compared. All tasks take about 12 minutes.

    Example: python -m benchmarks fit --task digits-200 --task iris-32
    """
    asked = [FitQuestion(name) for name in dict.fromkeys(task or FITS)]
    questions = [(one.what, one) for one in asked]
    measure_duels("fit", questions, lambda _: CONTENDERS, fitting.rows, show, time, rounds, json)


def show(frame: pd.DataFrame) -> None:
    """Print the table of a run."""
    console.table(fit_table.TITLE, fit_table.HEADINGS, fit_table.lines(frame), left=2)
    for text in ladder_table.failures(frame):
        console.say(text)
