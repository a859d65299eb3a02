"""A chart's content, independent of the library that draws it.

A chart has panels with points, a title, a sentence that states its finding, and the rows that both
come from. `plotly_chart` draws it for the HTML report, `svg` for the documents; `layout` tells both
where everything stands.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.measure import fields
from benchmarks.measure.frames import Record

Value = float | str
Kind = Literal["line", "points", "steps", "arrows", "bars", "image"]
"""`line` has a marker at each point, `steps` is a line without; `arrows` lead from point to point.
"""


@dataclass(frozen=True)
class Axis:
    """An axis: its title, its scale, and the range that it must cover."""

    title: str = ""
    scale: Literal["linear", "log", "category"] = "linear"
    times: bool = False
    """True if the values are nanoseconds; ticks are then written with a suitable unit."""
    low: float | None = None
    high: float | None = None
    """Ends of a linear axis; where they are None, it fits its points."""
    names: Sequence[str] = ()
    """The names of a horizontal category axis, from left to right."""


@dataclass(frozen=True)
class Series:
    """Points of one name and colour; `low` and `high` are intervals along the numeric axis."""

    name: str
    x: Sequence[Value]
    y: Sequence[Value]
    kind: Kind = "points"
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    notes: Sequence[str] = ()
    """A sentence on each point, shown by the report when the reader points at it."""
    labels: Sequence[str] = ()
    """The text drawn beside each point."""
    colour: int | None = None
    """Index into `COLOURS`; None is the grey of the background."""
    pattern: int = 0
    """Tells grey series apart: index into the dashes of lines and the shapes of markers."""


@dataclass(frozen=True)
class Mark:
    """A named line across a panel at one value of an axis, and in a ranking a row of its own."""

    name: str
    value: float
    along: Literal["x", "y"] = "x"


@dataclass(frozen=True)
class Panel:
    """A pair of axes with its series and marks."""

    title: str
    x: Axis
    y: Axis
    series: Sequence[Series]
    marks: Sequence[Mark] = ()
    equal: bool = False
    """True if a unit has the same length on both axes."""

    @property
    def is_ranking(self) -> bool:
        """True if the vertical axis lists names, with their numbers to the right."""
        return self.y.scale == "category"

    @property
    def has_labels(self) -> bool:
        """True if all series are lines, which have their names at their right ends."""
        return len(self.series) > 1 and all(one.kind in ("line", "steps") for one in self.series)

    @property
    def has_legend(self) -> bool:
        """True if a legend must name the series, since neither labels nor an axis do."""
        beside = any(one.colour == REFERENCE for one in self.series)
        is_named = self.has_labels or (self.is_ranking and not beside)
        return len(self.series) > 1 and not is_named

    @property
    def ranked(self) -> list[str]:
        """The names of a ranking, and of its marks, the smallest number first."""
        places = [
            (x, str(name)) for one in self.series for x, name in zip(one.x, one.y, strict=True)
        ]
        places += [(mark.value, mark.name) for mark in self.marks]
        return list(dict.fromkeys(name for _, name in sorted(places)))


@dataclass(frozen=True)
class Chart:
    """Panels with a title and the sentence that states what they show."""

    name: str
    """Name of the SVG file, and of the section in the report."""
    title: str
    finding: str
    panels: Sequence[Panel]
    sources: Sequence[str] = ()
    """Names of the stored runs that the chart is drawn from."""
    rows: Sequence[Record] = ()
    """The rows of these runs."""
    missing: Sequence[str] = ()
    """Runs that were not measured, and contenders that failed."""
    notes: Sequence[str] = ()
    """Sentences that explain words and marks of the chart, shown below it."""
    remarks: Sequence[str] = ()
    """Sentences on where the rows are from, such as an interrupted run."""
    is_reference: bool = False
    """True if a report of the user's runs shows the reference here, for want of a run."""
    columns: int = 2
    """Panels side by side on a wide page; with fewer panels the rest of the width stays empty."""

    @property
    def digest(self) -> str:
        """Digest of the rows."""
        return digest(self.rows)


def digest(rows: Iterable[Record]) -> str:
    """Twelve hexadecimal digits of the SHA-256 of these rows.

    Columns that are None or unknown are left out, so that columns added later change no digest.
    """
    said = [
        {key: value for key, value in row.items() if value not in (None, fields.UNKNOWN)}
        for row in rows
    ]
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's colours, distinguishable with every kind of colour vision, on white and black."""
RED, INK = len(PALETTE), len(PALETTE) + 1
"""Indices into `COLOURS` of a red and of the text's colour, which is light on a dark page."""
REFERENCE = len(PALETTE) + 2
"""Index into `COLOURS` of the reference runs' colour beside the user's own runs."""
COLOURS = (*PALETTE, "#d62728", "#1a1a1a", "#a5825a")
BACKGROUND = "#8a8a8a"


def colour(series: Series) -> str:
    """The colour of a series, as CSS writes it."""
    return BACKGROUND if series.colour is None else COLOURS[series.colour % len(COLOURS)]
