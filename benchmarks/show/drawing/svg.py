"""Charts as SVG files, drawn by matplotlib; the same rows give the same bytes.

The ground is white and opaque, so that the files are readable on a dark page too.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

from benchmarks.show.drawing import layout, scales
from benchmarks.show.drawing.chart import COLOURS, RED, Axis, Chart, Mark, Panel, Series, colour
from benchmarks.show.drawing.layout import Box
from benchmarks.show.drawing.scales import Letter

WIDTH = 800.0
"""Width of a drawing in pixels."""
PIXEL = 0.75
"""A pixel in points, in which matplotlib counts; a point is a 72nd of an inch."""
INCH = 96.0
"""An inch in pixels."""
TITLE_SIZE = 10
"""Size of a title in points."""
LETTERS = 120
"""Letters of a title or note in a line of the whole width."""
BESIDE: Any = {"xytext": (4, -4), "textcoords": "offset points", "va": "top", "zorder": 4}
"""Position of a point's label: to the right and below."""
MARKERS = ("o", "s", "D", "^", "v", "P", "o", "X")
"""A marker for each colour, and for each pattern of grey series."""
DASHES: tuple[Any, ...] = ("-", "--", ":", "-.", (0, (8, 3)))
"""Lines of the patterns of grey series."""
HEADS = {"left": "<", "right": ">", "down": "v", "up": "^"}
"""The marker at the end of an interval that goes on in this direction."""
STYLE: Any = {
    "svg.hashsalt": "mlp-ladder",
    "svg.fonttype": "path",  # the reader's computer may not have the font
    "font.size": layout.FONT * PIXEL,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.25,
    "figure.facecolor": "white",
}


def draw(chart: Chart) -> str:
    """The chart as the text of an SVG file; finding and digest are the file's description."""
    with drawn(chart) as figure:
        return text_of(figure, chart.title, f"{chart.finding} Rows: {chart.digest}.")


def text_of(figure: Any, title: str, description: str) -> str:
    """A matplotlib figure as the text of an SVG file, without empty margins or a date."""
    text = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Title": title, "Description": description}
    figure.savefig(text, format="svg", metadata=metadata, bbox_inches="tight")
    return text.getvalue()


@contextmanager
def style() -> Iterator[None]:
    """Draw in this project's style, independent of the caller's matplotlib settings."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


@contextmanager
def drawn(chart: Chart) -> Iterator[Any]:
    """The chart as a matplotlib figure outside pyplot, so that nothing has to be closed."""
    from matplotlib.figure import Figure

    columns = min(chart.columns, len(chart.panels))
    width = WIDTH * columns / chart.columns
    letters = round(LETTERS * columns / chart.columns)
    title = textwrap.fill(chart.title, round(0.8 * letters))
    notes = "\n".join(textwrap.fill(note, letters) for note in chart.notes)
    boxes, height = layout.layout(chart, columns, width)
    above = layout.TITLE_LINE * (title.count("\n") + 1)
    total = above + height + layout.LINE * (notes.count("\n") + 1 if notes else 0)
    with style():
        figure = Figure(figsize=(width / INCH, total / INCH))
        figure.text(0, 1, title, size=TITLE_SIZE, va="top", linespacing=1.2)
        figure.text(0, 0, notes, va="bottom", linespacing=1.2)
        for panel, box in zip(chart.panels, boxes, strict=True):
            bottom = 1 - (above + box.top + box.height) / total
            place = (box.left / width, bottom, box.width / width, box.height / total)
            draw_panel(figure.add_axes(place), panel, box)
        yield figure


def draw_panel(axes: Any, panel: Panel, box: Box) -> None:
    """Draw one panel: its series, axes, titles and marks."""
    draw_axis(axes, panel, "x", box)
    draw_axis(axes, panel, "y", box)
    if panel.equal:
        axes.set_aspect("equal", adjustable="box", anchor="N")
    for series in panel.series:
        draw_series(axes, panel, series)
    for mark in panel.marks:
        draw_mark(axes, panel, mark)
    for label in layout.labels(panel, box.height):
        ends = [(scales.value(panel.x, x), scales.value(panel.y, y)) for x, y in label[2:]]
        axes.plot(*zip(*ends, strict=True), color=label.colour, linewidth=0.5)
        beside = {"xytext": (2, 0), "textcoords": "offset points", "va": "center"}
        axes.annotate(label.text, ends[1], **beside, annotation_clip=False)
    shift = layout.ABOVE + layout.LINE * layout.named_above(panel)
    for text, weight in ((panel.y.title, "normal"), (panel.title, "bold")):
        if text:
            place = {"xytext": ((box.edge - box.left) * PIXEL, shift * PIXEL)}
            start = {"xycoords": "axes fraction", "textcoords": "offset points"}
            axes.annotate(text, (0, 1), **start, **place, weight=weight, va="bottom")
            shift += layout.LINE
    if panel.has_legend:
        add_legend(axes)


def draw_series(axes: Any, panel: Panel, series: Series) -> None:
    """Draw one series, with its intervals and labels."""
    if series.kind == "image":
        axes.imshow(series.y, cmap="Greys")
        axes.grid(visible=False)
        return
    style = {"color": colour(series), "label": series.name}
    if series.kind == "bars":
        axes.bar(*bars(series), **style)
        return
    places = list(zip(positions(panel, series, "x"), positions(panel, series, "y"), strict=True))
    x, y = zip(*places, strict=True)
    if series.low:
        errors = {f"{scales.measured(panel)}err": scales.whiskers(panel, series)}
        axes.errorbar(x, y, fmt="none", ecolor=colour(series), elinewidth=1, capsize=2, **errors)
    for cut in scales.cuts(panel, series):
        at = (number(panel, "x", cut.x), number(panel, "y", cut.y))
        axes.plot(*at, HEADS[cut.towards], color=colour(series), markersize=5, clip_on=False)
    look = series.pattern if series.colour is None else series.colour
    dash = DASHES[series.pattern % len(DASHES)] if series.colour is None else "-"
    axes.plot(
        x,
        y,
        marker=None if series.kind in ("steps", "arrows") else MARKERS[look % len(MARKERS)],
        markersize=4,
        linestyle="none" if series.kind == "points" else dash,
        linewidth=0.8 if series.colour is None else 1.5,
        **style,
    )
    if series.kind == "arrows":
        head = {"arrowstyle": "-|>", "color": colour(series), "shrinkA": 0, "shrinkB": 0}
        for start, end in pairwise(places):
            axes.annotate("", end, start, arrowprops=head)
    for place, label in zip(places, series.labels, strict=False):
        axes.annotate(label, place, **BESIDE)


def number(panel: Panel, letter: Letter, value: float | str) -> float:
    """A value as a number on an axis; names count from 0."""
    if not isinstance(value, str):
        return float(value)
    names = panel.ranked if letter == "y" else getattr(panel, letter).names
    return float(names.index(value))


def positions(panel: Panel, series: Series, letter: Letter) -> list[float]:
    """The values of a series on an axis as numbers."""
    return [number(panel, letter, one) for one in getattr(series, letter)]


def bars(series: Series) -> tuple[list[float], list[float], float]:
    """Centres and heights of bars, and the width with which they nearly touch each other."""
    places, heights = ([float(one) for one in values] for values in (series.x, series.y))
    gaps = [b - a for a, b in pairwise(places)]
    return places, heights, min(gaps, default=1.0) * 0.9


def draw_axis(axes: Any, panel: Panel, letter: Letter, box: Box) -> None:
    """Set scale, range, ticks and title of an axis."""
    axis: Axis = getattr(panel, letter)
    if letter == "x":
        axes.set_xlabel(axis.title)
    limits, ticks = getattr(axes, f"set_{letter}lim"), getattr(axes, f"set_{letter}ticks")
    if letter == "y" and panel.is_ranking:
        ticks(range(len(panel.ranked)), panel.ranked)
        limits(len(panel.ranked) - 0.25, -0.75)
        axes.grid(visible=False, axis="y")
        return
    if axis.scale == "log":
        getattr(axes, f"set_{letter}scale")("log")
    limits(*(scales.value(axis, place) for place in scales.span(panel, letter)))
    if axis.scale == "category":
        some = layout.some_names(axis.names, box.width)
        ticks([axis.names.index(name) for name in some], some)
        axes.grid(visible=False, axis=letter)
    elif axis.scale == "log":
        marks = layout.ticks(panel, letter, box)
        ticks(list(marks), list(marks.values()))
        axes.minorticks_off()


def draw_mark(axes: Any, panel: Panel, mark: Mark) -> None:
    """Draw a mark: a dotted line across the panel, with its name above it or in its row."""
    across = axes.axvline if mark.along == "x" else axes.axhline
    across(mark.value, color=COLOURS[RED], linestyle=":", linewidth=1, zorder=1.5)
    if panel.is_ranking:
        axes.plot(mark.value, panel.ranked.index(mark.name), "*", color=COLOURS[RED], markersize=6)
    elif mark.along == "x":
        beside = {"xytext": (0, 2), "textcoords": "offset points", "ha": "center", "va": "bottom"}
        axes.annotate(mark.name, (mark.value, 1), xycoords=axes.get_xaxis_transform(), **beside)


def add_legend(axes: Any) -> None:
    """Add a legend below a panel, with each name once."""
    from matplotlib.transforms import offset_copy

    handles, names = axes.get_legend_handles_labels()
    found = {name: one for name, one in zip(names, handles, strict=True) if name}
    below = offset_copy(axes.transAxes, axes.figure, 0, -layout.BELOW * PIXEL, "points")
    axes.legend(
        found.values(), found.keys(), loc="upper left", bbox_to_anchor=(0, 0),
        bbox_transform=below, ncols=2, frameon=False, borderaxespad=0,
    )  # fmt: skip
