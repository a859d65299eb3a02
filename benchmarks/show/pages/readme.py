"""The tables of the README and of docs/sections.md, written between markers.

Those of the README are from stored runs.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import frames, rows, stored
from benchmarks.measure.environment import ROOT
from benchmarks.measure.reference_runs import RUNS
from benchmarks.show.drawing.chart import Chart, digest
from benchmarks.show.figures import iterations, rankings
from benchmarks.show.tables import (
    article_table,
    ladder_table,
    numbers,
    published,
    sections_table,
    selftest_table,
    serving_table,
    statements_table,
)
from benchmarks.show.tables.markdown import table as markdown

if TYPE_CHECKING:
    import pandas as pd

START, END = "<!-- {name}: generated, do not edit -->", "<!-- end of {name} -->"
README = ROOT / "README.md"
SECTIONS = ROOT / "docs" / "sections.md"
REFERENCE = rows.REFERENCE


def rewritten(reference: Path) -> dict[Path, str]:
    """The documents that are not as they should be, each with the text it should have.

    Raises ValueError where a marker is missing.
    """
    found = {}
    for path, texts in ((README, sections(reference)), (SECTIONS, article_sections())):
        before = path.read_text(encoding="utf-8")
        try:
            after = render(before, texts)
        except ValueError as error:
            raise ValueError(f"{path.name}: {error}") from None
        if before != after:
            found[path] = after
    return found


def article_sections() -> dict[str, str]:
    """The generated sections of docs/sections.md, by name; they are of no rows."""
    return {
        "sections": markdown(sections_table.HEADINGS, sections_table.lines()),
        "values": markdown(sections_table.VALUE_HEADINGS, sections_table.value_lines()),
    }


def sections(reference: Path) -> dict[str, str]:
    """The text of every generated section of the README, by name, with a digest of its rows."""

    @cache
    def load(*runs: str) -> pd.DataFrame:
        return stored.load(*(reference / run for run in runs))

    parts = dict.fromkeys(run.section for run in RUNS if run.section)
    by_section = {part: load(*(run.name for run in RUNS if run.section == part)) for part in parts}
    article, accuracies = load("article"), load("train-float32", "article")
    selftest, served = load("selftest"), load("compile")
    found = {
        "headline": (headline_section(article), article),
        "statements": (statements_section(article), article),
        "accuracy": (accuracy_section(accuracies), accuracies),
        "published": published.section(load),
        "selftest": (selftest_section(selftest), selftest),
        "serving": (serving_section(served), served),
    } | {name: (ladder_section(frame), frame) for name, frame in by_section.items()}
    drawn = {"picture": rankings.ladder(load), "iterations": iterations.iterations(load)}
    return {
        name: f"{text}\n<!-- rows {digest(frames.records(used))} -->"
        for name, (text, used) in found.items()
    } | {
        name: f"{picture_section(chart)}\n<!-- rows {chart.digest} -->"
        for name, chart in drawn.items()
    }


def picture_section(chart: Chart) -> str:
    """The picture of a figure, with what is to be seen in it for those who do not."""
    return f"![{chart.title}. {chart.finding}](results/figures/{chart.name}.svg)"


def headline_section(frame: pd.DataFrame) -> str:
    """The article's figures beside this machine's."""
    table = markdown(article_table.HEADINGS, article_table.headline(frame))
    below = [article_table.machine(frame) + ".", *article_table.notes(frame)]
    return table + "\n\n" + "\n".join(f"<sub>{line}</sub>" for line in below)


def statements_section(frame: pd.DataFrame) -> str:
    """What the article says that does not hold."""
    return markdown(statements_table.HEADINGS, statements_table.lines(frame))


def accuracy_section(frame: pd.DataFrame) -> str:
    """Whether training in float32 costs accuracy: float64 first, to compare with."""
    accuracies = frame[frame["quantity"] == "accuracy_percent"].groupby("dtype")["value"]
    told = accuracies.agg(["median", "min", "max", "count"]).sort_index(ascending=False)
    parts = [
        f"{dtype} {numbers.over_seeds(middle, low, high, count)}"
        for dtype, middle, low, high, count in told.itertuples(name=None)
    ]
    return f"Accuracy on the test digits, median and range: {', '.join(parts)}."


def ladder_section(frame: pd.DataFrame) -> str:
    """Every contender on every network of runs of `ladder`, and the advice on each."""
    headings, lines = ladder_table.summary(frame)
    table = markdown(headings, lines)
    advice = [
        f"- {heading}: {ladder_table.advice(group)}"
        for heading, group in zip(headings[1:], frames.questions(frame), strict=True)
    ]
    machine = f"<sub>{article_table.machine(frame)}.</sub>"
    return "\n".join([table, "", machine, "", *advice])


def selftest_section(frame: pd.DataFrame) -> str:
    """What the harness saw of differences that were or were not there."""
    table = markdown(selftest_table.HEADINGS, selftest_table.lines(frame))
    return f"{table}\n\n<sub>{selftest_table.title(frame)}.</sub>"


def serving_section(frame: pd.DataFrame) -> str:
    """How fast a fitted network answers, against scikit-learn."""
    table = markdown(serving_table.HEADINGS, serving_table.lines(frame))
    return f"{table}\n\n<sub>{serving_table.title(frame)}. {article_table.machine(frame)}.</sub>"


def render(document: str, texts: dict[str, str]) -> str:
    """The document with each section's text between its markers.

    Raises ValueError where a marker is missing.
    """
    for name, text in texts.items():
        start, end = START.format(name=name), END.format(name=name)
        before, found, rest = document.partition(start)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"the document has no section between {start} and {end}")
        document = f"{before}{start}\n{text}\n{end}{after}"
    return document
