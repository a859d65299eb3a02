"""The table of the article's words, which the notebook shows."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.article.glossary import TERMS

HEADINGS = ("English", "in the article", "§", "here")


def lines() -> Iterator[tuple[str, ...]]:
    """A line for each term, in the article's order."""
    for term in TERMS:
        yield term.english, term.russian, term.section, term.meaning
