"""`python -m benchmarks article`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks import console, reproduce
from benchmarks.commands import noise
from benchmarks.commands.options import JsonOption, target
from benchmarks.measure import rows
from benchmarks.measure.environment import environment, limit_blas
from benchmarks.report import article_table


def article(
    quick: Annotated[bool, typer.Option("--quick", help="Rougher, in about 20 seconds.")] = False,
    json: JsonOption = None,
) -> None:
    """Every figure the article publishes, beside this machine's.

    Example: python -m benchmarks article --quick
    """
    limit_blas(1)
    path = target(json, "article")
    if not quick:
        noise.announce()
    measured: list[rows.Row] = []
    steps = list(reproduce.steps(quick))
    interrupted = False
    with console.progress() as bar:
        task = bar.add_task("", total=sum(step.seconds for step in steps))
        try:
            for step in steps:
                bar.update(task, description=step.title)
                measured += step.run()
                bar.advance(task, step.seconds)
        except KeyboardInterrupt:
            interrupted = True
    if measured:
        rows.write(path, measured, environment())
        show_article(path)
    if interrupted:
        console.remark(f"interrupted: {len(measured)} rows of finished steps are in {path}")
        raise typer.Exit(130)
    if not quick:
        noise.flag(path)
    console.remark(f"{len(measured)} rows are in {path}")


def show_article(path: Path) -> None:
    """The two tables, from a stored run."""
    records = rows.read(path)
    out = console.console()
    lines = article_table.headline(records)
    out.print(console.table("The article's figures", article_table.HEADINGS, lines, left=2))
    for note in article_table.notes(records):
        out.print(note, markup=False)
    wrong = article_table.statements(records)
    out.print()
    headings = ("§", "the article says", "measured")
    out.print(console.table("What does not hold, or not quite", headings, wrong, left=3))
    out.print(article_table.machine(records), markup=False)
