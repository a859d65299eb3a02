"""`python -m benchmarks selftest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments import selftest as measuring
from benchmarks.measure import duel, rows
from benchmarks.measure.runs import Run
from benchmarks.show.tables import selftest_table
from benchmarks.terminal import console, noise
from benchmarks.terminal.keeping import Kept
from benchmarks.terminal.options import JsonOption, check_new, words

if TYPE_CHECKING:
    import pandas as pd


def command(
    equals: Annotated[
        int, typer.Option(min=1, help="Duels of a kernel against itself.")
    ] = measuring.EQUAL_DUELS,
    slowed: Annotated[
        int, typer.Option(min=0, help="Duels against a copy slowed by 1, 2, 5 and 10 %, each.")
    ] = measuring.SLOWED_DUELS,
    time: Annotated[float, typer.Option(min=0.1, help="Seconds of timing for each duel.")] = (
        measuring.SECONDS
    ),
    rounds: Annotated[
        int, typer.Option(min=2, help="Fresh processes for each contender.")
    ] = duel.ROUNDS,
    json: JsonOption = None,
) -> None:
    """How often the harness sees a difference where there is none, and how small a one it finds.

    By default this takes about 50 minutes; finished duels are stored as it goes, and Ctrl-C sums
    them up.

    Example: python -m benchmarks selftest --equals 40 --slowed 2
    """
    check_new(json)
    total = equals + slowed * len(measuring.STEPS)
    noise.announce()
    duels: list[rows.Row] = []
    kept = Kept(Run.begin("selftest", words(), json))
    interrupted = False
    with console.progress() as bar:
        task = bar.add_task("duels", total=total)
        try:
            for row in measuring.run(
                equals, slowed, time, rounds, lambda done: bar.update(task, completed=done)
            ):
                duels.append(row)
                kept.replace([*measuring.summary(duels), *duels])
        except KeyboardInterrupt:
            interrupted = True
    if duels:
        show(kept.frame)
    kept.finish(f"{len(duels)} of {total} duels were held" if interrupted else None)


def show(frame: pd.DataFrame) -> None:
    """The summary of a run."""
    table = console.table(
        selftest_table.title(frame), selftest_table.HEADINGS, selftest_table.lines(frame)
    )
    console.console().print(table)
