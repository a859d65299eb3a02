"""Where a report's figures are from: its title, its machine, the article's run, the runs to save.

A report is either of a folder of runs under the names of the reference, or of the user's own runs.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import rows, stored
from benchmarks.show.figures.own import commands
from benchmarks.show.figures.selection import Runs, Topic
from benchmarks.show.tables import article_table, numbers
from benchmarks.show.tables.side_by_side import SideBySide

QUESTION = (
    "How fast can a small neural network run from Python, and how close is that to the hardware's "
    "limit?"
)
MOST_NAMES = 3
"""The most machines that a title names."""
ARTICLE = "article"
"""The command, and the reference run, of the article's table."""


@dataclass(frozen=True)
class Headline:
    """The article's table with its title, and the notes below it."""

    title: str
    lines: Sequence[Sequence[str]]
    notes: Sequence[str]
    remark: str = ""
    """The sentence above the table, if it is not of a complete run of the user's own."""
    is_reference: bool = False
    headings: Sequence[str] = article_table.HEADINGS


@dataclass(frozen=True)
class Origin:
    """What a report says about where its figures are from."""

    title: str
    machine: str
    runs: Mapping[str, Path]
    """The runs by the names that charts have for them."""
    headline: Headline | None = None
    notes: Sequence[str] = ()
    """Sentences on runs that no figure shows."""
    machines: SideBySide | None = None
    """The machines side by side, if the runs are of several."""


def of_reference(folder: Path) -> Origin:
    """The origin of a report of the reference runs, or of runs under their names."""
    runs = {path.name: path for path in sorted(folder.glob("*")) if rows.is_run(path)}
    if ARTICLE not in runs:
        return Origin(QUESTION, "Not measured", runs)
    frame = stored.load(runs[ARTICLE])
    headline = Headline(
        "The article's figures beside this machine's",
        article_table.headline(frame),
        article_table.notes(frame),
    )
    return Origin(QUESTION, article_table.machine(frame), runs, headline)


def of_own(
    own: Runs, reference: Runs, shown: Collection[str], beside: SideBySide | None = None
) -> Origin:
    """The origin of a report of the user's runs.

    `shown` are the runs that its figures show, `beside` the machines side by side.
    """
    article = own.best(Topic((ARTICLE,)))
    names = own.machines
    several = numbers.count(len(names), "machine")
    machines = " and ".join(names) if len(names) <= MOST_NAMES else several
    title, told = QUESTION, "None of your runs could be read: all figures are the reference's"
    if machines:
        title = f"How fast a small neural network runs from Python on {machines}"
        told = f"Your runs, measured on {machines}"
    if len(own.machines) > 1:
        told += "; each figure names its machine"
    notes = [f"Damaged and left out: {name} ({reason})." for name, reason in own.damaged]
    drawn = {*shown, *([article.name] if article else [])}
    if unused := [run.name for run in own.found if run.name not in drawn]:
        notes.append(f"Older runs, and runs that no figure is about: {', '.join(unused)}.")
    runs = {one.name: one.path for one in own.found if one.name in drawn}
    return Origin(title, told, runs, article_of(own, reference), notes, beside)


def article_of(own: Runs, reference: Runs) -> Headline | None:
    """The article's table from the user's own run, else from the reference, which it then says."""
    topic = Topic((ARTICLE,))
    mine = own.best(topic)
    run = mine or reference.best(topic)
    if run is None:
        return None
    notes = [*article_table.notes(run.frame), f"{article_table.machine(run.frame)}."]
    title, remark = "The article's figures beside this machine's", ""
    if mine is None:
        title = "The article's figures beside the reference's"
        told = f"Not your machine: the committed reference, measured on {run.machine}."
        remark = f"{told} {commands([ARTICLE])}"
    elif not run.is_complete:
        remark = f"The run {run.name} is not complete ({run.header.state})."
    elif len(own.machines) > 1:
        title = f"The article's figures beside those of {run.machine}"
    return Headline(title, article_table.headline(run.frame), notes, remark, mine is None)
