"""A chart as an SVG file, drawn by matplotlib; the same rows give the same bytes."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Literal

from benchmarks.show.figures.chart import (
    BACKGROUND,
    Axis,
    Chart,
    Panel,
    Series,
    colour,
    distances,
    ends,
    is_late,
    numbers_of,
    ticks,
)

WIDTH = 9.0
"""Inches, of all panels side by side."""
CROWDED = 50
"""Letters of names side by side, from which on they stand aslant."""
BESIDE: Any = {"xytext": (4, -4), "textcoords": "offset points", "va": "top", "zorder": 4}
"""Where the label of a point stands: to the right of it and below."""
GROUP = 0.84
"""The part of a name's place that its bars take together."""
MARKERS = ("o", "s", "D", "^", "v", "P", "o", "X")
MARKS = "#c0392b"
LABEL = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5}
"""Behind the name of a mark, which stands before bars and behind points."""
STYLE: Any = {
    "svg.hashsalt": "mlp-ladder",
    "svg.fonttype": "path",  # the same letters wherever it is looked at
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "figure.facecolor": "white",
}
TITLE: Any = {"fontsize": 10, "x": 0.01, "ha": "left"}


def draw(chart: Chart) -> str:
    """The chart as the text of an SVG file, with its finding as description."""
    with drawn(chart) as figure:
        return written(figure, chart.title, f"{chart.finding} Rows: {chart.digest}.")


def written(figure: Any, title: str, description: str) -> str:
    """A figure of matplotlib as the text of an SVG file, cropped to what is drawn."""
    text = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Title": title, "Description": description}
    figure.savefig(text, format="svg", metadata=metadata, bbox_inches="tight")
    return text.getvalue()


@contextmanager
def style() -> Iterator[None]:
    """Let matplotlib draw in our style, whatever the caller has set for figures of his own."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


@contextmanager
def drawn(chart: Chart) -> Iterator[Any]:
    """The chart as a figure of matplotlib, which pyplot does not know of."""
    from matplotlib.figure import Figure

    columns = min(chart.columns, len(chart.panels))
    lines = -(-len(chart.panels) // columns)
    share = columns / chart.columns
    size = (WIDTH * share, lines * max(height(panel) for panel in chart.panels) + 0.4)
    with style():
        figure = Figure(figsize=size, layout="constrained")
        places = figure.subplots(lines, columns, squeeze=False).ravel()
        for place, panel in zip(places, chart.panels, strict=False):
            draw_panel(place, panel)
        for place in places[len(chart.panels) :]:
            place.set_axis_off()
        add_legend(figure, chart)
        figure.suptitle(textwrap.fill(chart.title, round(100 * share)), **TITLE)
        yield figure


def height(panel: Panel) -> float:
    """Of a panel, in inches."""
    if not panel.is_ranking:
        return 2.8
    return 0.8 + 0.17 * len(panel.ranked)


def draw_panel(axes: Any, panel: Panel) -> None:
    """One system of axes."""
    axes.set_title(panel.title, fontsize=9, loc="left")
    if panel.is_ranking:  # the names in their order, before any series brings its own
        axes.plot([panel.series[0].x[0]] * len(panel.ranked), panel.ranked, alpha=0)
    if panel.bar_names:  # bars stand beside each other, around the place of their name
        axes.set_xticks(range(len(panel.bar_names)), panel.bar_names)
    for series in panel.series:
        draw_series(axes, panel, series)
    draw_axis(axes, panel, "x")
    draw_axis(axes, panel, "y")
    if panel.equal:
        axes.set_aspect("equal", adjustable="box")
    for place, mark in enumerate(panel.marks):
        across = axes.axvline if mark.along == "x" else axes.axhline
        across(mark.value, color=MARKS, linestyle=":", linewidth=1)
        if mark.along == "x":
            at, where = (mark.value, 0.02 + 0.06 * (place % 3)), axes.get_xaxis_transform()
        else:
            at, where = (1.0, mark.value), axes.get_yaxis_transform()
        right = mark.along == "y" or is_late(panel, mark)
        side: Literal["left", "right"] = "right" if right else "left"
        axes.text(
            *at, f" {mark.name} ", transform=where, ha=side, va="bottom", color=MARKS, size=7,
            bbox=LABEL, zorder=1.5,
        )  # fmt: skip


def draw_series(axes: Any, panel: Panel, series: Series) -> None:
    """One series."""
    if series.kind == "image":
        axes.imshow(series.y, cmap="Greys")
        axes.grid(visible=False)
        return
    style = {"color": colour(series), "label": series.name}
    if series.kind == "bars":
        axes.bar(*bars(panel, series), **style)
        return
    if series.low:
        errors = {"xerr" if panel.is_ranking else "yerr": distances(panel, series)}
        axes.errorbar(
            series.x, series.y, fmt="none", ecolor=colour(series), elinewidth=1, capsize=2, **errors
        )
    symbol = MARKERS[(series.colour or 0) % len(MARKERS)]
    joined = series.kind in ("steps", "arrows")
    axes.plot(
        series.x,
        series.y,
        marker=None if joined else symbol,
        markersize=4,
        linestyle="none" if series.kind == "points" else "-",
        linewidth=0.8 if series.colour is None else 1.5,
        **style,
    )
    places = list(zip(series.x, series.y, strict=True))
    if series.kind == "arrows":
        head = {"arrowstyle": "-|>", "color": colour(series), "shrinkA": 0, "shrinkB": 0}
        for start, end in pairwise(places):
            axes.annotate("", end, start, arrowprops=head)
    for place, label in zip(places, series.labels, strict=False):
        axes.annotate(label, place, **BESIDE)


def bars(panel: Panel, series: Series) -> tuple[list[float], list[float], float]:
    """Where a series has its bars, how high they are, and how wide.

    Bars of numbers touch each other. Those of a name share its place, a part for each series.
    """
    heights = [float(height) for height in series.y]
    if not panel.bar_names:
        places = [float(value) for value in series.x]
        gaps = [b - a for a, b in pairwise(places)]
        return places, heights, min(gaps, default=1.0) * 0.95
    groups = [one.name for one in panel.series if one.kind == "bars"]
    width = GROUP / len(groups)
    shift = (groups.index(series.name) - (len(groups) - 1) / 2) * width
    names = panel.bar_names
    return [names.index(str(name)) + shift for name in series.x], heights, 0.92 * width


def draw_axis(axes: Any, panel: Panel, letter: Literal["x", "y"]) -> None:
    """Its scale, ticks and title."""
    axis: Axis = getattr(panel, letter)
    getattr(axes, f"set_{letter}label")(axis.title)
    if axis.scale == "category":
        if letter == "y":
            axes.invert_yaxis()
        axes.grid(visible=False, axis=letter)
        names = {str(name) for series in panel.series for name in getattr(series, letter)}
        if letter == "x" and sum(map(len, names)) > CROWDED:
            axes.tick_params(axis="x", labelrotation=30)
    elif axis.scale == "log":
        values = numbers_of(panel, letter)
        marks = ticks(axis, values)
        low, high = ends(values)
        getattr(axes, f"set_{letter}scale")("log")
        getattr(axes, f"set_{letter}lim")(low / 1.25, high * 1.25)
        getattr(axes, f"set_{letter}ticks")(list(marks), list(marks.values()))
        axes.minorticks_off()
    elif axis.low is not None and axis.high is not None:
        getattr(axes, f"set_{letter}lim")(axis.low, axis.high)


def add_legend(figure: Any, chart: Chart) -> None:
    """Of all panels together, below them; rankings name their points themselves."""
    found: dict[str, Any] = {}
    for axes, panel in zip(figure.axes, chart.panels, strict=False):
        if not panel.is_ranking:
            handles, names = axes.get_legend_handles_labels()
            found |= {name: one for name, one in zip(names, handles, strict=True) if name}
    if len(found) > 1:
        figure.legend(
            found.values(), found.keys(), loc="outside lower left", ncols=6, fontsize=7,
            frameon=False, labelcolor="black", edgecolor=BACKGROUND,
        )  # fmt: skip
