"""`python -m benchmarks selftest`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks import console
from benchmarks import selftest as measuring
from benchmarks.commands import noise
from benchmarks.commands.options import JsonOption, target
from benchmarks.measure import duel, rows
from benchmarks.measure.environment import environment
from benchmarks.report import selftest_table


def selftest(
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
    path = target(json, "selftest")
    total = equals + slowed * len(measuring.STEPS)
    noise.announce()
    duels: list[rows.Row] = []
    interrupted = False
    with console.progress() as bar:
        task = bar.add_task("duels", total=total)
        try:
            for row in measuring.run(
                equals, slowed, time, rounds, lambda done: bar.update(task, completed=done)
            ):
                duels.append(row)
                rows.write(path, [*measuring.summary(duels), *duels], environment())
        except KeyboardInterrupt:
            interrupted = True
    if duels:
        show(path)
    if interrupted:
        console.remark(f"interrupted after {len(duels)} of {total} duels, which are in {path}")
        raise typer.Exit(130)
    console.remark(f"{len(duels)} duels are in {path}")


def show(path: Path) -> None:
    """The summary of a stored run."""
    records = rows.read(path)
    table = console.table(
        selftest_table.title(records), selftest_table.HEADINGS, selftest_table.lines(records)
    )
    console.console().print(table)
