"""Markdown tables without padding, so that a changed cell changes its own line and no other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tabulate import DataRow, TableFormat, tabulate

ROW = DataRow("|", "|", "|")
COMPACT = TableFormat(
    lineabove=None,
    linebelowheader=lambda widths, _: "|" + "---|" * len(widths),
    linebetweenrows=None,
    linebelow=None,
    headerrow=ROW,
    datarow=ROW,
    padding=1,
    with_header_hide=None,
)


def table(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table of these cells, whose | are escaped."""
    cells = [[cell.replace("|", "\\|") for cell in line] for line in lines]
    return tabulate(cells, headings, COMPACT, stralign=None, disable_numparse=True)
