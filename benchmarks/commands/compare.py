"""`python -m benchmarks compare`."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from benchmarks.experiments import compare as comparing
from benchmarks.experiments.compare import MARGIN
from benchmarks.measure import frames, verdicts
from benchmarks.show.tables import numbers
from benchmarks.terminal import console
from benchmarks.terminal.keeping import below_limit


def command(
    old: Annotated[
        str,
        typer.Argument(help="A file of rows or of pytest-benchmark, or a reference run's name."),
    ],
    new: Annotated[str, typer.Argument(help="The same of a later one.")],
    margin: Annotated[
        float, typer.Option(min=0.0, help="Differences up to this are none, in percent.")
    ] = 100 * MARGIN,
    every: Annotated[bool, typer.Option("--all", help="Rows without a difference too.")] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Even if machines or timings differ.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with 1 if anything became slower.")
    ] = False,
) -> None:
    """What became faster or slower between two stored runs.

    Example: python -m benchmarks compare forward results/local/ladder.jsonl
    """
    changes = comparing.compare(comparing.read(old), comparing.read(new), margin / 100, anyway)
    shown = [one for one in changes if every or one.verdict != verdicts.EQUAL]
    out = console.console()
    if shown:
        lines = [
            (
                one.name,
                numbers.duration(*times(one.old)),
                numbers.duration(*times(one.new)),
                numbers.interval(*one.ratio),
                one.verdict,
            )
            for one in shown
        ]
        out.print(console.table("", ("", "old", "new", "new / old", ""), lines))
    count = Counter(one.verdict for one in changes)
    out.print(
        f"Of {numbers.count(len(changes), 'comparison')} {count[verdicts.SLOWER]} slower, "
        f"{count[verdicts.FASTER]} faster, by more than {margin:g} % (Holm's correction: one false "
        f"verdict in twenty such tables); {count[verdicts.UNCERTAIN]} too uncertain.",
        markup=False,
    )
    wrong = below_limit(row for one in changes for row in (one.old, one.new))
    if wrong or (check and count[verdicts.SLOWER]):
        raise typer.Exit(1)


def times(row: frames.Record) -> tuple[float, float | None, float | None]:
    """Median and interval of a row."""
    return row["median_ns"], row["low_ns"], row["high_ns"]
