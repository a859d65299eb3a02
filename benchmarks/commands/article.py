"""`python -m benchmarks article`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments.article import reproduce
from benchmarks.measure.environment import limit_blas
from benchmarks.show.tables import article_table, statements_table
from benchmarks.terminal import console
from benchmarks.terminal.options import JsonOption
from benchmarks.terminal.session import Session, measure

if TYPE_CHECKING:
    import pandas as pd


def command(
    quick: Annotated[bool, typer.Option("--quick", help="Rougher, in about 20 seconds.")] = False,
    json: JsonOption = None,
) -> None:
    """Reproduce the article: every figure it publishes, beside this machine's.

    Example: python -m benchmarks article --quick
    """
    limit_blas(1)
    steps = list(reproduce.steps(quick))

    def work(session: Session) -> None:
        done = 0.0
        for number, step in enumerate(steps):
            session.finished = f"{number} of {len(steps)} steps were finished"
            session.progress(step.title, done)
            session.add(step.run())
            done += step.seconds

    total = sum(step.seconds for step in steps)
    measure("article", work, show, json, total=total, seconds=total)


def show(frame: pd.DataFrame) -> None:
    """Print the two tables of a run."""
    lines = article_table.headline(frame)
    console.table("The article's figures", article_table.HEADINGS, lines, left=2)
    for note in article_table.notes(frame):
        console.say(note)
    wrong = statements_table.lines(frame)
    console.say()
    console.table("What does not hold, or not quite", statements_table.HEADINGS, wrong, left=3)
    console.say(article_table.machine(frame))
