"""Where everything of a chart stands, in pixels: panels, names of lines, names on axes.

Both libraries draw by this, so that texts have room and none covers another in either.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from benchmarks.show.drawing import scales
from benchmarks.show.drawing.chart import COLOURS, RED, Chart, Panel, colour

FONT = 11
"""Height of all texts but titles, in pixels."""
LETTER = 6.6
"""Width of a letter, on average, in the widest font that is likely."""
TITLE_LINE, LINE = 18, 15
"""Heights of the line of a panel's title and of other texts."""
HEIGHT, SINGLE_HEIGHT, ROW = 230, 360, 20
"""Heights of a panel, of the only panel of a chart, and of a name in a ranking."""
ABOVE, BELOW, BESIDE, GAP = 6, 50, 24, 8
"""Space above a panel for half of its uppermost number, below it for its ticks and title, beside
it, and between text and line."""


class Label(NamedTuple):
    """The name of a line or mark to the right of a panel, in places of its axes."""

    text: str
    colour: str
    start: tuple[float, float]
    """The end of the line."""
    end: tuple[float, float]
    """The start of the name."""


@dataclass(frozen=True)
class Box:
    """The rectangle between a panel's axes, in pixels from the upper left corner of the chart."""

    left: float
    top: float
    width: float
    height: float
    edge: float
    """The left end of the panel's titles."""


class Layout(NamedTuple):
    """A box for each panel, and the height of all."""

    boxes: Sequence[Box]
    height: float


def layout(chart: Chart, columns: int, width: float) -> Layout:
    """The layout of a chart with `columns` panels side by side in `width` pixels."""
    panels = chart.panels
    single = len(panels) == 1
    share = width / columns
    left = [max(map(left_of, panels[k::columns])) for k in range(columns)]
    right = [max(map(right_of, panels[k::columns])) for k in range(columns)]
    boxes: list[Box] = []
    top = 0.0
    for first in range(0, len(panels), columns):
        line = panels[first : first + columns]
        above, height = max(map(above_of, line)), max(height_of(one, single) for one in line)
        for k in range(len(line)):
            size = share - left[k] - right[k]
            boxes.append(Box(k * share + left[k], top + above, size, height, k * share))
        top += above + height + BELOW
    return Layout(boxes, top)


def left_of(panel: Panel) -> float:
    """Width of the names or numbers to the left of a panel."""
    if panel.is_ranking:
        return text_width(panel.ranked) + GAP
    if panel.y.scale == "log":
        return text_width(scales.ticks(panel, "y", 7).values()) + GAP
    return 5 * LETTER + GAP


def right_of(panel: Panel) -> float:
    """Width of the names to the right of a panel."""
    names = [mark.name for mark in panel.marks if mark.along == "y"]
    names += [one.name for one in panel.series if panel.has_labels]
    return max(BESIDE, text_width(names) + GAP)


def above_of(panel: Panel) -> float:
    """Height of the texts above a panel: its title, its vertical axis's, and names of marks."""
    return (
        ABOVE
        + GAP
        + TITLE_LINE * bool(panel.title)
        + LINE * (bool(panel.y.title) + named_above(panel))
    )


def named_above(panel: Panel) -> bool:
    """True if names of marks stand above a panel."""
    return not panel.is_ranking and any(mark.along == "x" for mark in panel.marks)


def height_of(panel: Panel, single: bool) -> float:
    """Height of a panel without the texts around it."""
    if panel.is_ranking:
        return ROW * (len(panel.ranked) + 0.5)
    return SINGLE_HEIGHT if single else HEIGHT


def text_width(texts: Iterable[str]) -> float:
    """Width of the longest text."""
    return LETTER * max(map(len, texts), default=0)


def labels(panel: Panel, height: float) -> list[Label]:
    """The names to the right of a panel of this height, each as near as possible to its line."""
    right = scales.span(panel, "x")[1]
    ends = [
        (scales.place(panel.y, mark.value), right, mark.name, COLOURS[RED])
        for mark in panel.marks
        if mark.along == "y"
    ]
    for series in panel.series if panel.has_labels else ():
        x = [scales.place(panel.x, one) for one in series.x]
        last = x.index(max(x))
        y = scales.place(panel.y, series.y[last])
        ends.append((y, x[last], series.name, colour(series)))
    if not ends:
        return []
    from scipy.optimize import isotonic_regression

    ends.sort()
    low, high = scales.span(panel, "y")
    apart = LINE / height * (high - low) * np.arange(len(ends))
    wanted = np.array([y for y, *_ in ends])
    lowest = isotonic_regression(wanted - apart).x.clip(low, max(low, high - apart[-1]))
    return [
        Label(name, tint, (x, y), (right, float(at)))
        for (y, x, name, tint), at in zip(ends, lowest + apart, strict=True)
    ]


def some_names(names: Sequence[str], width: float) -> list[str]:
    """As many names as stand side by side in this width, evenly chosen, the last among them."""
    step = math.ceil(len(names) * (text_width(names) + GAP) / width)
    return list(names[::-1][:: max(1, step)])[::-1]


def ticks(panel: Panel, letter: scales.Letter, box: Box) -> dict[float, str]:
    """The ticks of a logarithmic axis that have room."""
    room = box.width / (7 * LETTER) if letter == "x" else box.height / (2 * LINE)
    return scales.ticks(panel, letter, max(2, int(room)))
