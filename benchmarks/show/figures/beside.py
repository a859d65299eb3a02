"""The committed reference in charts of the user's runs: in a colour and under a name of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from benchmarks.show.drawing.chart import REFERENCE, Chart, Panel, Series, Value


class Point(NamedTuple):
    """A point of a series, with its interval and its note."""

    x: Value
    y: Value
    low: float | None
    high: float | None
    note: str


def beside(own: Chart, reference: Chart, name: str) -> Chart:
    """The chart of own runs, with one more series a panel: the reference's, called `name`.

    A panel that the own runs lack shows the reference alone, and its title says so.
    """
    known = {panel.title: panel for panel in reference.panels}
    there = {panel.title for panel in own.panels}
    panels = [together(panel, known.get(panel.title), name) for panel in own.panels]
    for panel in reference.panels:
        series = condensed(panel, name)
        if panel.title not in there and series:
            title = f"{panel.title}: reference only"
            panels.append(replace(panel, title=title, series=[series], marks=()))
    return replace(own, panels=panels)


def together(own: Panel, reference: Panel | None, name: str) -> Panel:
    """A panel with the reference's series after its own, if both have the same axes."""
    if reference is None or (own.x, own.y) != (reference.x, reference.y):
        return own
    series = condensed(reference, name)
    return replace(own, series=[*own.series, series]) if series else own


def condensed(panel: Panel, name: str) -> Series | None:
    """All that a panel shows, as one series: in a ranking each point, else the best at each x.

    None for a panel of other values than times, such as an accuracy, which is no machine's own.
    """
    points = [point for series in panel.series for point in points_of(series)]
    if panel.is_ranking:
        kind = panel.series[0].kind
    elif panel.y.times:
        kind, points = "line", [min(same, key=height) for same in by_x(points)]
    else:
        return None
    x, y, low, high, notes = zip(*points, strict=True) if points else ((),) * 5
    return Series(name, x, y, kind, low=low, high=high, notes=notes, colour=REFERENCE)


def points_of(series: Series) -> Iterator[Point]:
    """The points of a series; none of a limit's, which no contender has measured."""
    if series.kind == "steps":
        return
    nothing = [None] * len(series.x)
    low, high = series.low or nothing, series.high or nothing
    notes = series.notes or [""] * len(series.x)
    yield from map(Point, series.x, series.y, low, high, notes)


def by_x(points: list[Point]) -> list[list[Point]]:
    """The points that share an x, in the order of x; names keep the order in which they come."""
    found: dict[Value, list[Point]] = {}
    for point in points:
        found.setdefault(point.x, []).append(point)
    numeric = all(isinstance(x, int | float) for x in found)
    return [found[x] for x in (sorted(found, key=float) if numeric else found)]


def height(point: Point) -> float:
    """The number of a point above its x."""
    return float(point.y)
