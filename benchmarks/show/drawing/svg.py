"""Charts as SVG files, drawn by matplotlib; the same rows give the same bytes."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Literal

from benchmarks.show.drawing.chart import (
    BACKGROUND,
    Axis,
    Chart,
    Panel,
    Series,
    colour,
    decades,
    extent,
    is_far_right,
    ticks,
    whiskers,
)

WIDTH = 9.0
"""Width of a drawing in inches."""
CROWDED = 50
"""Number of letters in all names of a horizontal axis above which the names are rotated."""
BESIDE: Any = {"xytext": (4, -4), "textcoords": "offset points", "va": "top", "zorder": 4}
"""Position of a point's label: to the right and below."""
GROUP = 0.84
"""Share of the space of a name on the axis that its bars take together."""
MARKERS = ("o", "s", "D", "^", "v", "P", "o", "X")
MARK_COLOUR = "#c0392b"
MARK_BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5}
"""White box behind the name of a mark; both are above bars and below points."""
STYLE: Any = {
    "svg.hashsalt": "mlp-ladder",
    "svg.fonttype": "path",  # the reader's computer may not have the font
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "figure.facecolor": "white",
}
TITLE: Any = {"fontsize": 10, "x": 0.01, "ha": "left"}


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
    """Height of a panel in inches; a ranking grows with its names."""
    if not panel.is_ranking:
        return 2.8
    return 0.8 + 0.17 * len(panel.ranked)


def draw_panel(axes: Any, panel: Panel) -> None:
    """Draw one panel: its series, axes and marks."""
    axes.set_title(panel.title, fontsize=9, loc="left")
    if panel.is_ranking:  # matplotlib orders names as they come: fix the order before any series
        axes.plot([panel.series[0].x[0]] * len(panel.ranked), panel.ranked, alpha=0)
    if panel.bar_names:  # bars of one name stand side by side, centred on its tick
        axes.set_xticks(range(len(panel.bar_names)), panel.bar_names)
    for series in panel.series:
        draw_series(axes, panel, series)
    draw_axis(axes, panel, "x")
    draw_axis(axes, panel, "y")
    if panel.equal:
        axes.set_aspect("equal", adjustable="box")
    for place, mark in enumerate(panel.marks):
        across = axes.axvline if mark.along == "x" else axes.axhline
        across(mark.value, color=MARK_COLOUR, linestyle=":", linewidth=1)
        if mark.along == "x":
            at, where = (mark.value, 0.02 + 0.06 * (place % 3)), axes.get_xaxis_transform()
        else:
            at, where = (1.0, mark.value), axes.get_yaxis_transform()
        right = mark.along == "y" or is_far_right(panel, mark)
        side: Literal["left", "right"] = "right" if right else "left"
        axes.text(
            *at, f" {mark.name} ", transform=where, ha=side, va="bottom", color=MARK_COLOUR,
            size=7, bbox=MARK_BOX, zorder=1.5,
        )  # fmt: skip


def draw_series(axes: Any, panel: Panel, series: Series) -> None:
    """Draw one series, with its intervals and labels."""
    if series.kind == "image":
        axes.imshow(series.y, cmap="Greys")
        axes.grid(visible=False)
        return
    style = {"color": colour(series), "label": series.name}
    if series.kind == "bars":
        axes.bar(*bars(panel, series), **style)
        return
    if series.low:
        errors = {"xerr" if panel.is_ranking else "yerr": whiskers(panel, series)}
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
    """Centres and heights of a series' bars, and their width.

    Bars at numbers touch each other. Bars at a name share its space, an equal part for each series.
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
    """Set scale, range, ticks and title of an axis."""
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
        values = extent(panel, letter)
        marks = ticks(axis, values)
        low, high = decades(values)
        getattr(axes, f"set_{letter}scale")("log")
        getattr(axes, f"set_{letter}lim")(low / 1.25, high * 1.25)
        getattr(axes, f"set_{letter}ticks")(list(marks), list(marks.values()))
        axes.minorticks_off()
    elif axis.low is not None and axis.high is not None:
        getattr(axes, f"set_{letter}lim")(axis.low, axis.high)


def add_legend(figure: Any, chart: Chart) -> None:
    """Add one legend below all panels; rankings need none, since their points have names."""
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
