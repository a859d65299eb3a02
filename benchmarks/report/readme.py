"""The tables of the README, written between markers from a stored run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.measure import rows
from benchmarks.measure.environment import ROOT
from benchmarks.report import article_table

START, END = "<!-- {name}: generated, do not edit -->", "<!-- end of {name} -->"
README = ROOT / "README.md"
REFERENCE = ROOT / "results" / "reference" / "article.jsonl"


def markdown(headings: Sequence[str], lines: Iterable[article_table.Line]) -> str:
    """A Markdown table."""
    head = "| " + " | ".join(headings) + " |\n|" + "---|" * len(headings)
    body = (
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line.cells) + " |" for line in lines
    )
    return "\n".join([head, *body])


def sections(path: Path) -> dict[str, str]:
    """The text of every generated section, by its name."""
    records = rows.read(path)
    headline = markdown(article_table.HEADINGS, article_table.headline(records))
    below = [article_table.machine(records) + ".", *article_table.notes(records)]
    statements = markdown(("§", "the article says", "measured"), article_table.statements(records))
    return {
        "headline": headline + "\n\n" + "\n".join(f"<sub>{line}</sub>" for line in below),
        "statements": statements,
    }


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
