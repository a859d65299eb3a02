"""`python -m benchmarks selftest`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks import console
from benchmarks import selftest as measuring
from benchmarks.commands.options import JsonOption, target
from benchmarks.measure import duel, rows
from benchmarks.measure.environment import environment
from benchmarks.report import numbers


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

    By default this takes hours; finished duels are stored as it goes, and Ctrl-C sums them up.
    """
    path = target(json, "selftest")
    total = equals + slowed * len(measuring.STEPS)
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
    lines = [cells(record) for record in records if record["quantity"] != "duel"]
    headings = ("", "duels", "%", "95 % interval")
    console.console().print(console.table("The harness against itself", headings, lines))


def cells(record: dict[str, Any]) -> tuple[str, ...]:
    """A line of the summary."""
    what = {
        "false_positives_percent": "a difference seen between equals",
        "found_percent": f"a slow-down of {record['slower_percent']:g} % found"
        if record["slower_percent"]
        else "",
        "smallest_difference_percent": "found nine times in ten: a difference of",
    }[record["quantity"]]
    interval = "" if record["low"] is None else f"{record['low']:.1f} to {record['high']:.1f}"
    return what, str(record["samples"]), numbers.significant(record["value"], 2), interval
