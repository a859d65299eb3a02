"""`python -m benchmarks compare`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer

from benchmarks.experiments import compare as comparing
from benchmarks.experiments.compare import MARGIN, Change
from benchmarks.measure import result_sets, stored, verdicts
from benchmarks.show.figures import gathering
from benchmarks.show.tables import numbers
from benchmarks.terminal import console, noise
from benchmarks.terminal.options import RUN_HELP


def command(
    old: Annotated[
        str, typer.Argument(help=f"{RUN_HELP} Or a result set of merge, or a folder of runs.")
    ],
    new: Annotated[
        str | None,
        typer.Argument(
            help="A later run, given in the same ways; none for a result set of several machines.",
            show_default=False,
        ),
    ] = None,
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

    Of your own runs, `compare 1 latest` takes the first and the last. A result set shows its
    machines side by side: who wins where, and where the verdicts differ; with --all, every share of
    the limit too.

    Example: python -m benchmarks compare article forward --anyway
    """
    if any(map(result_sets.is_set, (old, new or ""))):
        if margin != 100 * MARGIN or anyway or check:
            raise ValueError("--margin, --anyway and --check are for two runs, not for result sets")
        show_machines([old, *([new] if new is not None else [])], every)
        return
    if new is None:
        stored.find(old)
        raise ValueError(f"{old} is one run: compare takes another to compare it with")
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


def show_machines(words: Sequence[str], every: bool) -> None:
    """Print the machines of result sets side by side; `every` for each share and difference."""
    runs = gathering.named(words)
    for name, reason in runs.damaged:
        console.remark(f"{name} is damaged and left out: {reason}")
    found = gathering.side_by_side(runs)
    if found is None:
        raise ValueError(
            f"{' and '.join(words)}: there are no two machines here with times to show side by side"
        )
    for note in found.notes():
        console.remark(note)
    shown = [found.winners(), found.disagreements(every), *([found.shares()] if every else [])]
    for table in shown:
        if table.lines:
            console.table(table.title, table.headings, table.lines, left=table.left)
            if table.note:
                console.say(table.note)
    console.say(found.agreement())


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
