"""`python -m benchmarks compare`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer

from benchmarks.experiments import compare as comparing
from benchmarks.experiments.compare import MARGIN, Change
from benchmarks.measure import stored, verdicts
from benchmarks.show.tables import numbers
from benchmarks.terminal import console, noise
from benchmarks.terminal.options import RUN_HELP


def command(
    old: Annotated[str, typer.Argument(help=RUN_HELP)],
    new: Annotated[str, typer.Argument(help="A later run, given in the same ways.")],
    margin: Annotated[
        float, typer.Option(min=0.0, help="Percent up to which a difference counts as none.")
    ] = 100 * MARGIN,
    every: Annotated[bool, typer.Option("--all", help="Show rows without a difference too.")] = (
        False
    ),
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Compare even if machines or timings differ.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 if anything became slower.")
    ] = False,
) -> None:
    """Show what became faster or slower between two stored runs.

    Of your own runs, `compare 1 latest` takes the first and the last.

    Example: python -m benchmarks compare article forward --anyway
    """
    stored.paths_of((old, new))
    runs = {old: comparing.read(old), new: comparing.read(new)}
    changes = comparing.compare(runs[old], runs[new], margin / 100, anyway)
    for name, fields in comparing.unknown(runs).items():
        console.remark(f"unknown in {name}: {', '.join(fields)}")
    for field, values in comparing.different_settings(changes).items():
        console.remark(f"{field} differs: {' and '.join(values)}")
    for line in comparing.different_tasks(changes):
        console.remark(line)
    show([one for one in changes if every or one.verdict != verdicts.EQUAL])
    count = Counter(one.verdict for one in changes)
    console.say(
        f"Of {numbers.count(len(changes), 'comparison')} {count[verdicts.SLOWER]} slower, "
        f"{count[verdicts.FASTER]} faster, by more than {margin:g} % (Holm's correction: one false "
        f"verdict in twenty such tables); {count[verdicts.UNCERTAIN]} too uncertain. Intervals are "
        "of a line alone."
    )
    wrong = noise.below_limit(row for one in changes for row in (one.old, one.new))
    if wrong or (check and count[verdicts.SLOWER]):
        raise typer.Exit(1)


def show(changes: Sequence[Change]) -> None:
    """Print the table of these changes, unless there is none."""
    if not changes:
        return
    lines = [
        (
            one.name,
            numbers.time_of(one.old),
            numbers.time_of(one.new),
            numbers.interval(*one.ratio),
            one.verdict,
        )
        for one in changes
    ]
    console.table("", ("", "old", "new", "new / old", ""), lines)
