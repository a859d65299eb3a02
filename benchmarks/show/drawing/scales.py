"""Places on a panel's axes: ranges that fit the points, ticks, and intervals that leave the range.

A place is a number in which an axis is linear: log10 of a value of a logarithmic axis, the number
of a name of a category axis, else the value itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from benchmarks.show.drawing.chart import Axis, Panel, Series, Value
from benchmarks.show.tables import numbers

Letter = Literal["x", "y"]

BESIDE, BEFORE_LABELS = 0.04, 0.08
"""Space between the outermost points and the ends of the axis, as fractions of the points' range:
in general, and on the right of lines, where thin lines lead to their names."""
FEW_TICKS = 3
"""A logarithmic axis with fewer powers of ten has ticks at 2 and 5 times these too."""


def place(axis: Axis, value: Value) -> float:
    """Place of a value on an axis."""
    if isinstance(value, str):
        return float(axis.names.index(value))
    return math.log10(value) if axis.scale == "log" else float(value)


def value(axis: Axis, place: float) -> float:
    """The number at a place, as both libraries take it: a name's number on a category axis."""
    return 10.0**place if axis.scale == "log" else place


def span(panel: Panel, letter: Letter) -> tuple[float, float]:
    """First and last place of an axis, with some space around all points."""
    axis: Axis = getattr(panel, letter)
    if axis.low is not None and axis.high is not None:
        return place(axis, axis.low), place(axis, axis.high)
    places = [place(axis, one) for one in extent(panel, letter)]
    low, high = min(places), max(places)
    size = (high - low) or 1.0
    labels = letter == "x" and (panel.has_labels or any(one.along == "y" for one in panel.marks))
    return low - BESIDE * size, high + (BEFORE_LABELS if labels else BESIDE) * size


def extent(panel: Panel, letter: Letter) -> list[Value]:
    """All values that an axis must cover: points, ends of intervals, marks."""
    found: list[Value] = [mark.value for mark in panel.marks if mark.along == letter]
    for series in panel.series:
        found += series.x if letter == "x" else series.y
        if letter == measured(panel):
            found += [end for end in (*series.low, *series.high) if end is not None]
    return found


def measured(panel: Panel) -> Letter:
    """The axis of the numbers, along which intervals lie."""
    return "x" if panel.is_ranking else "y"


def ticks(panel: Panel, letter: Letter, most: int) -> dict[float, str]:
    """Values of a logarithmic axis, about `most`, each with its label."""
    axis: Axis = getattr(panel, letter)
    low, high = span(panel, letter)
    powers = range(math.ceil(low), math.floor(high) + 1)
    if len(powers) >= FEW_TICKS:
        step = -(-len(powers) // most)
        return {10.0**k: tick_label(axis, 10.0**k) for k in powers[::step]}
    found = [
        factor * 10.0**k
        for k in range(math.floor(low), math.ceil(high) + 1)
        for factor in (1, 2, 5)
        if low <= math.log10(factor * 10.0**k) <= high
    ]
    step = max(1, -(-len(found) // most))
    return {one: tick_label(axis, one) for one in found[::step]}


def tick_label(axis: Axis, value: float) -> str:
    """A value of an axis as text; a time has its unit."""
    if axis.times:
        unit, scale = numbers.unit_of(min(value * 1.0000001, 1e9))
        return f"{value / scale:,.0f} {unit}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:g}"


def whiskers(panel: Panel, series: Series) -> tuple[list[float], list[float]]:
    """Distance from each point down and up to the ends of its interval, at most to the axis's end.

    It is 0 where a point has no interval.
    """
    letter = measured(panel)
    axis: Axis = getattr(panel, letter)
    least, most = (value(axis, end) for end in span(panel, letter))
    points: Sequence[Value] = getattr(series, letter)
    below = [
        0.0 if low is None else max(0.0, float(point) - max(low, least))
        for point, low in zip(points, series.low, strict=True)
    ]
    above = [
        0.0 if high is None else max(0.0, min(high, most) - float(point))
        for point, high in zip(points, series.high, strict=True)
    ]
    return below, above


class Cut(NamedTuple):
    """The point where an interval leaves the panel, and the direction in which it goes on."""

    x: Value
    y: Value
    towards: Literal["left", "right", "down", "up"]


def cuts(panel: Panel, series: Series) -> Iterator[Cut]:
    """The points at which intervals of a series leave the panel."""
    letter = measured(panel)
    axis: Axis = getattr(panel, letter)
    least, most = (value(axis, end) for end in span(panel, letter))
    for x, y, low, high in zip(series.x, series.y, series.low, series.high, strict=False):
        if low is not None and low < least:
            yield Cut(least, y, "left") if letter == "x" else Cut(x, least, "down")
        if high is not None and high > most:
            yield Cut(most, y, "right") if letter == "x" else Cut(x, most, "up")
