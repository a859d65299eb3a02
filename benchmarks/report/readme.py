"""The tables of the README, written between markers from a stored run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.measure import rows
from benchmarks.measure.environment import ROOT
from benchmarks.report import article_table, ladder_table, selftest_table

START, END = "<!-- {name}: generated, do not edit -->", "<!-- end of {name} -->"
README = ROOT / "README.md"
REFERENCE = ROOT / "results" / "reference"


def markdown(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    head = "| " + " | ".join(headings) + " |\n|" + "---|" * len(headings)
    body = ("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return "\n".join([head, *body])


def sections(reference: Path) -> dict[str, str]:
    """The text of every generated section, by its name."""
    records = rows.read(reference / "article.jsonl")
    headline = markdown(article_table.HEADINGS, article_table.headline(records))
    below = [article_table.machine(records) + ".", *article_table.notes(records)]
    statements = markdown(("§", "the article says", "measured"), article_table.statements(records))
    return {
        "headline": headline + "\n\n" + "\n".join(f"<sub>{line}</sub>" for line in below),
        "statements": statements,
        "ladder": ladder_section(rows.read(reference / "ladder.jsonl")),
        "batches": ladder_section(
            [
                record
                for path in sorted(reference.glob("ladder-batch-*.jsonl"))
                for record in rows.read(path)
            ]
        ),
        "selftest": selftest_section(rows.read(reference / "selftest.jsonl")),
    }


def ladder_section(records: list[ladder_table.Record]) -> str:
    """Every contender on every network of runs of `ladder`, and the advice on each."""
    headings, lines = ladder_table.summary(records)
    table = markdown(headings, lines)
    advice = [
        f"- {heading}: {ladder_table.advice(group)}"
        for heading, group in zip(headings[1:], ladder_table.groups(records), strict=True)
    ]
    machine = f"<sub>{article_table.machine(records)}.</sub>"
    return "\n".join([table, "", machine, "", *advice])


def selftest_section(records: list[selftest_table.Record]) -> str:
    """What the harness saw of differences that were or were not there."""
    table = markdown(selftest_table.HEADINGS, selftest_table.lines(records))
    return f"{table}\n\n<sub>{selftest_table.title(records)}.</sub>"


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
