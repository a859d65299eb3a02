"""The terminal: tables on standard output, progress and remarks on standard error.

No value of a table is ever cut. A table that is wider than the terminal breaks its headings, then
leaves out columns that can be spared, and then becomes a block of lines for each row. Where
standard output is no terminal, every row is one line, however long.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from benchmarks.show.tables import numbers

PIPED_WIDTH = 10_000
GAP = 2
"""Spaces between two columns."""
NOTHING = ("", "–")
"""Cells that say nothing, which a block leaves out."""

Line = Sequence[str]


def console() -> Console:
    """Standard output; if it is no terminal, wide and without colour."""
    return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)


def say(text: str = "") -> None:
    """Print a line on standard output, broken between words in a narrow terminal."""
    console().print(text, markup=False)


def remark(text: str) -> None:
    """Print a line on standard error."""
    Console(stderr=True, highlight=False).print(text, markup=False, soft_wrap=True)


def table(title: str, headings: Line, lines: Iterable[Line], left: int = 1, spare: int = 0) -> None:
    """Print a table as it fits the terminal.

    Parameters
    ----------
    title : printed above it, unless it is empty
    headings, lines : the cells as text
    left : the number of columns, from the first, that are text; the others are numbers
    spare : the number of columns, from the last, that may be left out
    """
    out, cells = console(), list(lines)
    if title:
        out.print(Text(title, style="bold"))
    if out.width >= width(natural(headings, cells)):
        out.print(grid(headings, cells, natural(headings, cells), left))
        return
    for kept in range(len(headings), len(headings) - spare - 1, -1):
        columns = narrow(headings[:kept], [line[:kept] for line in cells])
        if out.width >= width(columns):
            out.print(grid(headings, cells, columns, left))
            if missing := [heading for heading in headings[kept:] if heading]:
                out.print(f"A wider terminal shows more: {', '.join(missing)}.")
            return
    for line in cells:
        out.print(block(headings, line, out.width))


def natural(headings: Line, lines: Iterable[Line]) -> list[int]:
    """The width of each column, with its heading on one line."""
    return [max(map(cell_len, column)) for column in zip(headings, *lines, strict=True)]


def narrow(headings: Line, lines: Iterable[Line]) -> list[int]:
    """The width of each column, with its heading broken between words."""
    words = [max(heading.split() or [""], key=cell_len) for heading in headings]
    return natural(words, lines)


def width(columns: Sequence[int]) -> int:
    """The width of a table with columns of these widths."""
    return sum(columns) + GAP * (len(columns) - 1)


def grid(headings: Line, lines: Iterable[Line], columns: Sequence[int], left: int) -> Table:
    """A table of the first columns, which are as wide as `columns` says."""
    result = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, GAP - 1, 0, 0), pad_edge=False)
    for index, (heading, size) in enumerate(zip(headings, columns, strict=False)):
        justify = "left" if index < left else "right"
        result.add_column(heading, justify=justify, width=size)  # type: ignore[arg-type]
    for line in lines:
        result.add_row(*map(Text, line[: len(columns)]))
    return result


def block(headings: Line, line: Line, width: int) -> Group:
    """A row as lines: its first cell, then the others beside their headings.

    A cell without a heading follows the one before it. One that has nothing to say is left out.
    """
    first, *others = headings
    told, label = {first: line[0]}, first
    for heading, cell in zip(others, line[1:], strict=True):
        label = heading or label
        if cell not in NOTHING:
            told[label] = f"{told[label]}, {cell}" if label in told else cell
    head = told.pop(first)
    title = Text(f"{first}: {head}" if first else head, style="bold")
    if max(map(cell_len, told), default=0) > width // 2:
        below = (Text(f"{label}: {cell}") for label, cell in told.items())
        return Group(title, *(Padding(one, (0, 0, 0, GAP)) for one in below))
    beside = Table.grid(padding=(0, GAP, 0, 0), pad_edge=False)
    beside.add_column(no_wrap=True)
    beside.add_column(overflow="fold")
    for label, cell in told.items():
        beside.add_row(Text(label), Text(cell))
    return Group(title, Padding(beside, (0, 0, 0, GAP), expand=False))


def duration(seconds: float) -> str:
    """About how long something takes: `20 seconds`, `1 minute`, `12 minutes`, `3 hours`."""
    for unit, size, least in (("hour", 3600, 2), ("minute", 60, 1), ("second", 1, 0)):
        if seconds >= least * size:
            return numbers.count(max(1, round(seconds / size)), unit)
    raise ValueError(f"a duration is not negative, got {seconds}")


def progress(*columns: str) -> Progress:
    """A bar on standard error: the step, the share finished, the time left; removed at the end."""
    stream = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        *(TextColumn(column) for column in columns),
        console=stream,
        transient=True,
        disable=not stream.is_terminal,
    )
