"""What a figure shows, without how it is drawn.

A chart stands for itself: it has a title, the sentence that says what is to be seen in it, worked
out from the same rows as the picture, and the names of the files they are from. `plotly_chart`
draws it for the page, `svg` for the README.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.measure import fields
from benchmarks.show.tables import numbers

Record = dict[str, Any]
Value = float | str
Kind = Literal["line", "points", "steps", "arrows", "bars", "image"]
"""A line has a marker at each point, `steps` has none; `arrows` lead from point to point."""


@dataclass(frozen=True)
class Axis:
    """What one direction means."""

    title: str = ""
    scale: Literal["linear", "log", "category"] = "linear"
    times: bool = False
    """Whether its numbers are nanoseconds, to be written with the unit that suits them."""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Series:
    """What belongs together; where there are intervals, they are along the axis of numbers."""

    name: str
    x: Sequence[Value]
    y: Sequence[Value]
    kind: Kind = "points"
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    notes: Sequence[str] = ()
    """What is to be known of each point, besides its name and its number."""
    labels: Sequence[str] = ()
    """What is written beside each point."""
    colour: int | None = None
    """Of `COLOURS`; None: what stays in the background."""


@dataclass(frozen=True)
class Mark:
    """A line across the panel, at a value of the axis of numbers."""

    name: str
    value: float
    along: Literal["x", "y"] = "x"


@dataclass(frozen=True)
class Panel:
    """One system of axes."""

    title: str
    x: Axis
    y: Axis
    series: Sequence[Series]
    marks: Sequence[Mark] = ()
    equal: bool = False
    """Whether a unit is as long on both axes."""

    @property
    def is_ranking(self) -> bool:
        """Whether names stand below each other, with numbers to the right."""
        return self.y.scale == "category"

    @property
    def bar_names(self) -> list[str]:
        """The names below bars, in their order; none where bars stand at numbers."""
        bars = [one for one in self.series if one.kind == "bars"]
        if self.x.scale != "category":
            return []
        return list(dict.fromkeys(str(name) for one in bars for name in one.x))

    @property
    def ranked(self) -> list[str]:
        """The names of a ranking, those with the least number first."""
        places = [
            (x, str(name)) for one in self.series for x, name in zip(one.x, one.y, strict=True)
        ]
        return list(dict.fromkeys(name for _, name in sorted(places)))


@dataclass(frozen=True)
class Chart:
    """A figure."""

    name: str
    title: str
    finding: str
    panels: Sequence[Panel]
    sources: Sequence[str] = ()
    """The files in results/reference that its rows are from."""
    rows: Sequence[Record] = ()
    """Those rows."""
    missing: Sequence[str] = ()
    """What should be in it and was not measured."""
    columns: int = 2
    """How many panels stand side by side, where there is room; fewer leave the rest of it empty."""

    @property
    def digest(self) -> str:
        """Of the rows it is drawn from."""
        return digest(self.rows)


def digest(rows: Iterable[Record]) -> str:
    """Twelve hexadecimal digits that change with anything that these rows say.

    A column that is None or unknown says nothing, so that columns added later change no digest.
    """
    said = [
        {key: value for key, value in row.items() if value not in (None, fields.UNKNOWN)}
        for row in rows
    ]
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Of Okabe and Ito: told apart by everybody, on white and on black."""
RED, INK = len(PALETTE), len(PALETTE) + 1
"""A red, and the colour of text, which the page makes light on a dark ground."""
COLOURS = (*PALETTE, "#d62728", "#1a1a1a")
BACKGROUND = "#8a8a8a"
MARKERS = (
    *("circle", "square", "diamond", "triangle-up", "triangle-down", "cross"),
    *("circle", "x"),
)
"""One for each colour."""


def colour(series: Series) -> str:
    """What a series is drawn in."""
    return BACKGROUND if series.colour is None else COLOURS[series.colour % len(COLOURS)]


def ends(values: Iterable[float]) -> tuple[float, float]:
    """The decades around these numbers."""
    known = [value for value in values if value > 0]
    low, high = math.log10(min(known)), math.log10(max(known))
    return 10 ** math.floor(low + 0.05), 10 ** math.ceil(high - 0.05)


def ticks(axis: Axis, values: Iterable[float]) -> dict[float, str]:
    """Decades, with their unit, for a logarithmic axis of times; the fewer, the more there are."""
    low, high = ends(values)
    first, last = round(math.log10(low)), round(math.log10(high))
    step = 1 + (last - first) // 6
    return {10.0**k: label(axis, 10.0**k) for k in range(first, last + 1, step)}


def label(axis: Axis, value: float) -> str:
    """A number of an axis as people read it."""
    if axis.times:
        unit, scale = numbers.unit_of(min(value * 1.0000001, 1e9))
        return f"{value / scale:,.0f} {unit}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:g}"


def distances(panel: Panel, series: Series) -> tuple[list[float], list[float]]:
    """From each number down and up to the ends of its interval; 0 where it has none."""
    numbers: Any = series.x if panel.is_ranking else series.y
    below, above = (
        [
            0.0 if end is None else max(0.0, sign * (end - number))
            for number, end in zip(numbers, ends, strict=True)
        ]
        for sign, ends in ((-1, series.low), (1, series.high))
    )
    return below, above


def is_late(panel: Panel, mark: Mark) -> bool:
    """Whether a mark lies so far to the right that its name must stand before it."""
    if panel.x.scale != "log":
        return False
    low, high = (math.log10(end) for end in ends(numbers_of(panel, "x")))
    return math.log10(mark.value) > low + 0.7 * (high - low)


def numbers_of(panel: Panel, axis: Literal["x", "y"]) -> list[float]:
    """All numbers that an axis must reach."""
    found: list[float] = [mark.value for mark in panel.marks if mark.along == axis]
    for series in panel.series:
        found += [value for value in getattr(series, axis) if isinstance(value, int | float)]
        if axis == ("x" if panel.is_ranking else "y"):
            found += [value for value in (*series.low, *series.high) if value is not None]
    return found
