"""`python -m benchmarks costs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments.sweep import costs, data
from benchmarks.show.tables import costs_table
from benchmarks.terminal import console
from benchmarks.terminal.options import JsonOption
from benchmarks.terminal.session import Session, measure

if TYPE_CHECKING:
    import pandas as pd

STEPS = 4 + 2
"""What is measured besides whole sweeps, and about how many rounds of these take as long."""


def command(
    seeds: Annotated[
        int, typer.Option(min=2, help="Networks that each worker trains in a whole sweep.")
    ] = 1000,
    rounds: Annotated[
        int, typer.Option(min=2, help="Whole sweeps, and bare loops, of 1 and of 2 workers.")
    ] = 4,
    json: JsonOption = None,
) -> None:
    """Measure what a sweep costs besides its trainings, and what it adds to a bare loop.

    From the constants follows how long any sweep takes, and how many workers it keeps busy. Without
    the extra cluster, handing tasks to a Dask worker is left out. This takes about 10 minutes.

    Example: python -m benchmarks costs
    """
    digits = data.load("digits")
    total = STEPS + rounds * len(costs.WORKERS)

    def work(session: Session) -> None:
        done = 0

        def progress(what: str) -> None:
            nonlocal done
            session.progress(what, done, phase=what)
            done += 1

        for row in costs.rows(digits, seeds, rounds, progress):
            session.add([row])
            session.finished = f"{len(session.run.rows)} rows were measured"

    measure("costs", work, show, json, threads=max(costs.WORKERS), total=total, flagged=False)


def show(frame: pd.DataFrame) -> None:
    """Print the constants, what they predict, and the overhead."""
    console.table(costs_table.TITLE, costs_table.HEADINGS, costs_table.lines(frame), left=2)
    predicted = costs_table.predicted(frame)
    if predicted:
        headings = costs_table.PREDICTED_HEADINGS
        console.table(costs_table.PREDICTED, headings, predicted, left=0)
    for sentence in costs_table.sentences(frame):
        console.say(sentence)
