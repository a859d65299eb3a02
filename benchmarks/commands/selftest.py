"""`python -m benchmarks selftest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments import selftest
from benchmarks.measure import duel
from benchmarks.measure.rows import Row
from benchmarks.show.tables import selftest_table
from benchmarks.terminal import console
from benchmarks.terminal.options import JsonOption, RoundsOption
from benchmarks.terminal.session import Session, measure

if TYPE_CHECKING:
    import pandas as pd


def command(
    equals: Annotated[
        int, typer.Option(min=1, help="Duels of a kernel against itself.")
    ] = selftest.EQUAL_DUELS,
    slowed: Annotated[
        int, typer.Option(min=0, help="Duels against each copy, slowed by 1, 2, 5 and 10 %.")
    ] = selftest.SLOWED_DUELS,
    time: Annotated[float, typer.Option(min=0.1, help="Seconds of timing for each duel.")] = (
        selftest.SECONDS
    ),
    rounds: RoundsOption = duel.ROUNDS,
    json: JsonOption = None,
) -> None:
    """Test the harness: does it find known differences, and none where there is none?

    By default this takes about 50 minutes. Duels are stored as they finish; after Ctrl-C those that
    finished are summed up.

    Example: python -m benchmarks selftest --equals 40 --slowed 2
    """
    total = equals + slowed * len(selftest.STEPS)

    def work(session: Session) -> None:
        duels: list[Row] = []
        for number, percent in enumerate(selftest.schedule(equals, slowed)):
            session.progress("duels", number)
            session.finished = f"{len(duels)} of {total} duels were finished"
            duels.append(selftest.one(percent, time, rounds))
            session.replace([*selftest.summary(duels), *duels])

    seconds = total * (time + 2 * rounds * selftest.START_SECONDS)
    measure("selftest", work, show, json, total=total, seconds=seconds)


def show(frame: pd.DataFrame) -> None:
    """Print the summary of a run."""
    lines = selftest_table.lines(frame)
    console.table(selftest_table.title(frame), selftest_table.HEADINGS, lines)
