"""The terminal: tables on standard output, progress and remarks on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

PIPED_WIDTH = 200


def console() -> Console:
    """Standard output; if it is no terminal, wide and without colour."""
    return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)


def remark(text: str) -> None:
    """Print a line on standard error."""
    Console(stderr=True, highlight=False).print(text, markup=False, soft_wrap=True)


def table(
    title: str, headings: Sequence[str], lines: Iterable[Sequence[str]], left: int = 1
) -> Table:
    """A table whose first `left` columns are text, and whose others are numbers."""
    result = Table(title=title, title_justify="left", show_lines=False, pad_edge=False)
    for index, heading in enumerate(headings):
        result.add_column(heading, justify="left" if index < left else "right")
    for cells in lines:
        result.add_row(*(cell.replace("[", "\\[") for cell in cells))
    return result


def progress(*columns: str) -> Progress:
    """A bar on standard error: the step, the share finished, the time left; removed at the end."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        *(TextColumn(column) for column in columns),
        console=Console(stderr=True),
        transient=True,
    )
