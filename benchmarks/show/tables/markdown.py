"""Markdown tables, and small print below them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tabulate import tabulate


def table(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a line of the document for each line of the table, without padding."""
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    text = tabulate(cells, headings, tablefmt="github", disable_numparse=True, stralign=None)
    return str(text)


def small(text: str) -> str:
    """A remark in small print."""
    return f"<sub>{text}</sub>"
