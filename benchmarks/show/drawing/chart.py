"""A chart's content, independent of the library that draws it.

A chart has panels with points, a title, a sentence that states its finding, and the rows that both
come from. `plotly_chart` draws it for the HTML report, `svg` for the README.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.measure import fields
from benchmarks.measure.frames import Record
from benchmarks.show.tables import numbers

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


@dataclass(frozen=True)
class Mark:
    """A named line across a panel, at one value of an axis."""

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
    def bar_names(self) -> list[str]:
        """The names below the bars, in order; empty if the bars stand at numbers."""
        bars = [one for one in self.series if one.kind == "bars"]
        if self.x.scale != "category":
            return []
        return list(dict.fromkeys(str(name) for one in bars for name in one.x))

    @property
    def ranked(self) -> list[str]:
        """The names of a ranking, the smallest number first."""
        places = [
            (x, str(name)) for one in self.series for x, name in zip(one.x, one.y, strict=True)
        ]
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
    """Runs and contenders that were not measured."""
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
COLOURS = (*PALETTE, "#d62728", "#1a1a1a")
BACKGROUND = "#8a8a8a"
MARKERS = (
    *("circle", "square", "diamond", "triangle-up", "triangle-down", "cross"),
    *("circle", "x"),
)
"""Plotly's marker for each colour."""


def colour(series: Series) -> str:
    """The colour of a series, as CSS writes it."""
    return BACKGROUND if series.colour is None else COLOURS[series.colour % len(COLOURS)]


def decades(values: Iterable[float]) -> tuple[float, float]:
    """The powers of ten around the positive values, which may exceed them by 12 %."""
    known = [value for value in values if value > 0]
    low, high = math.log10(min(known)), math.log10(max(known))
    return 10 ** math.floor(low + 0.05), 10 ** math.ceil(high - 0.05)


def ticks(axis: Axis, values: Iterable[float]) -> dict[float, str]:
    """At most seven powers of ten for a logarithmic axis, each with its label."""
    low, high = decades(values)
    first, last = round(math.log10(low)), round(math.log10(high))
    step = 1 + (last - first) // 6
    return {10.0**k: tick_label(axis, 10.0**k) for k in range(first, last + 1, step)}


def tick_label(axis: Axis, value: float) -> str:
    """A value of an axis as text; a time has its unit."""
    if axis.times:
        unit, scale = numbers.unit_of(min(value * 1.0000001, 1e9))
        return f"{value / scale:,.0f} {unit}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:g}"


def whiskers(panel: Panel, series: Series) -> tuple[list[float], list[float]]:
    """Distance from each point down and up to the ends of its interval; 0 where it has none."""
    values = [float(value) for value in (series.x if panel.is_ranking else series.y)]
    below, above = (
        [
            0.0 if end is None else max(0.0, sign * (end - value))
            for value, end in zip(values, ends, strict=True)
        ]
        for sign, ends in ((-1, series.low), (1, series.high))
    )
    return below, above


def is_far_right(panel: Panel, mark: Mark) -> bool:
    """True if a mark's name has no room to its right and must stand to its left."""
    if panel.x.scale != "log":
        return False
    low, high = (math.log10(end) for end in decades(extent(panel, "x")))
    return math.log10(mark.value) > low + 0.7 * (high - low)


def extent(panel: Panel, axis: Literal["x", "y"]) -> list[float]:
    """All values that an axis must cover: points, ends of intervals, marks."""
    found: list[float] = [mark.value for mark in panel.marks if mark.along == axis]
    for series in panel.series:
        found += [value for value in getattr(series, axis) if isinstance(value, int | float)]
        if axis == ("x" if panel.is_ranking else "y"):
            found += [value for value in (*series.low, *series.high) if value is not None]
    return found
