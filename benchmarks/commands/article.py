"""`python -m benchmarks article`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments.article import reproduce
from benchmarks.measure.environment import limit_blas
from benchmarks.measure.runs import Run
from benchmarks.show.tables import article_table, statements_table
from benchmarks.terminal import console, noise
from benchmarks.terminal.keeping import Kept
from benchmarks.terminal.options import JsonOption, check_new, words

if TYPE_CHECKING:
    import pandas as pd


def command(
    quick: Annotated[bool, typer.Option("--quick", help="Rougher, in about 20 seconds.")] = False,
    json: JsonOption = None,
) -> None:
    """Every figure the article publishes, beside this machine's.

    Example: python -m benchmarks article --quick
    """
    limit_blas(1)
    check_new(json)
    if not quick:
        noise.announce()
    kept = Kept(Run.begin("article", words(), json))
    steps = list(reproduce.steps(quick))
    interrupted = False
    with console.progress() as bar:
        task = bar.add_task("", total=sum(step.seconds for step in steps))
        try:
            for step in steps:
                bar.update(task, description=step.title)
                kept.add(step.run())
                bar.advance(task, step.seconds)
        except KeyboardInterrupt:
            interrupted = True
    if kept.rows:
        show(kept.frame)
    if not quick and not interrupted:
        noise.flag(kept.frame)
    kept.finish("these are the steps that were finished" if interrupted else None)


def show(frame: pd.DataFrame) -> None:
    """The two tables of a run."""
    out = console.console()
    lines = article_table.headline(frame)
    out.print(console.table("The article's figures", article_table.HEADINGS, lines, left=2))
    for note in article_table.notes(frame):
        out.print(note, markup=False)
    wrong = statements_table.lines(frame)
    out.print()
    headings = statements_table.HEADINGS
    out.print(console.table("What does not hold, or not quite", headings, wrong, left=3))
    out.print(article_table.machine(frame), markup=False)
