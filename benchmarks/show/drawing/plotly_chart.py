"""Charts as Plotly's figures: data and layout as dictionaries, ready for JSON."""

from __future__ import annotations

import math
from html import escape
from typing import Any, Literal

from benchmarks.show.drawing.chart import (
    MARKERS,
    Axis,
    Chart,
    Mark,
    Panel,
    Series,
    colour,
    decades,
    extent,
    is_far_right,
    ticks,
    whiskers,
)

HEIGHT, SINGLE_HEIGHT, NAME_HEIGHT = 250, 400, 22
"""Heights in pixels: of a panel, of the only panel of a chart, of a name in a ranking."""
ABOVE, BELOW = 34, 66
"""Pixels above a panel for its title, and below it for ticks and title of its axis."""
MODES = {"line": "lines+markers", "points": "markers", "steps": "lines", "arrows": "lines+markers"}


def figure(chart: Chart, columns: int | None = None) -> dict[str, Any]:
    """Data and layout of a chart, with at most `columns` (else its own) panels side by side."""
    columns = min(columns or chart.columns, len(chart.panels))
    lines = [chart.panels[k : k + columns] for k in range(0, len(chart.panels), columns)]
    usual = SINGLE_HEIGHT if len(chart.panels) == 1 else HEIGHT
    heights = [max(height(panel, usual) for panel in line) + ABOVE + BELOW for line in lines]
    named = {s.name for panel in chart.panels if has_legend(panel) for s in panel.series}
    legend = 24 * -(-len(named) // (4 * columns)) if len(named) > 1 else 0
    layout: dict[str, Any] = {
        "annotations": [],
        "shapes": [],
        "margin": {"l": 8, "r": 8, "t": 8, "b": legend + 8},
        "height": sum(heights) + legend + 16,
        "hovermode": "closest",
        "showlegend": legend > 0,
        "legend": {"orientation": "h", "x": 0, "y": 0, "yanchor": "bottom", "yref": "container"},
        "barmode": "group",
    }
    data: list[dict[str, Any]] = []
    above = 0
    for line, high in zip(lines, heights, strict=True):
        top, bottom = above + ABOVE, above + high - BELOW
        across = (1 - top / sum(heights), 1 - bottom / sum(heights))
        for column, panel in enumerate(line):
            number = len({one["xaxis"] for one in data}) + 1
            add_panel(data, layout, panel, number, span(column, columns), across[::-1])
        above += high
    return {"data": data, "layout": layout}


def has_legend(panel: Panel) -> bool:
    """True if the legend must name the series; points of a ranking have their names beside them."""
    return not panel.is_ranking and not any(series.kind == "image" for series in panel.series)


def add_panel(
    data: list[dict[str, Any]],
    layout: dict[str, Any],
    panel: Panel,
    number: int,
    across: tuple[float, float],
    upward: tuple[float, float],
) -> None:
    """Add a panel to data and layout.

    `number` counts the panels from 1; `across` and `upward` are its ends as fractions of the whole
    figure's width and height.
    """
    suffix = "" if number == 1 else str(number)
    layout[f"xaxis{suffix}"] = axis_layout(panel, "x") | {"domain": across, "anchor": f"y{suffix}"}
    layout[f"yaxis{suffix}"] = axis_layout(panel, "y") | {"domain": upward, "anchor": f"x{suffix}"}
    if panel.equal:
        layout[f"yaxis{suffix}"] |= {"scaleanchor": f"x{suffix}", "constrain": "domain"}
        layout[f"xaxis{suffix}"]["constrain"] = "domain"
    if panel.title:
        layout["annotations"].append(
            {
                "text": f"<b>{escape(panel.title)}</b>",
                "x": across[0],
                "y": upward[1],
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "bottom",
                "showarrow": False,
            }
        )
    shown = {one["name"] for one in data if "name" in one}
    for series in panel.series:
        one = trace(panel, series) | {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
        one["showlegend"] = has_legend(panel) and escape(series.name) not in shown
        shown.add(escape(series.name))
        data.append(one)
        add_labels(layout, series, suffix)
    for place, mark in enumerate(panel.marks):
        draw_mark(layout, panel, suffix, place, mark)


def height(panel: Panel, usual: int) -> int:
    """Height of a panel in pixels, without titles and ticks."""
    return NAME_HEIGHT * (len(panel.ranked) + 1) if panel.is_ranking else usual


def span(number: int, count: int) -> tuple[float, float]:
    """Left and right end of one of `count` panels side by side, as fractions of the width."""
    gap = 0.14
    size = (1 - gap * (count - 1)) / count
    return round(number * (size + gap), 4), round(number * (size + gap) + size, 4)


def axis_layout(panel: Panel, letter: Literal["x", "y"]) -> dict[str, Any]:
    """Plotly's layout of an axis."""
    axis: Axis = getattr(panel, letter)
    found: dict[str, Any] = {"title": {"text": escape(axis.title)}, "automargin": letter == "y"}
    if axis.scale == "category":
        found |= {"type": "category", "showgrid": False}
        if letter == "y":
            names = [escape(name) for name in panel.ranked]
            found |= {"categoryorder": "array", "categoryarray": names, "autorange": "reversed"}
    elif axis.scale == "log":
        values = extent(panel, letter)
        marks = ticks(axis, values)
        low, high = (math.log10(end) for end in decades(values))
        found |= {
            "type": "log",
            "range": [low - 0.1, high + 0.1],
            "tickvals": list(marks),
            "ticktext": list(marks.values()),
        }
    elif axis.low is not None and axis.high is not None:
        found["range"] = [axis.low, axis.high]
    return found


def trace(panel: Panel, series: Series) -> dict[str, Any]:
    """Plotly's trace for a series."""
    name = escape(series.name)
    if series.kind == "image":
        return {
            "type": "heatmap",
            "z": series.y,
            "colorscale": "Greys",
            "reversescale": True,
            "showscale": False,
            "hovertemplate": "row %{y}, column %{x}: %{z:.0f}<extra></extra>",
        }
    found: dict[str, Any] = {
        "name": name,
        "legendgroup": name,
        "x": [shown(value) for value in series.x],
        "y": [shown(value) for value in series.y],
        "hovertext": [escape(note) for note in series.notes],
        "hoverinfo": "text+name" if series.notes else "x+y+name",
    }
    tint = colour(series)
    if series.kind == "bars":
        found |= {"type": "bar", "marker": {"color": tint}}
    else:
        symbol = MARKERS[(series.colour or 0) % len(MARKERS)]
        found |= {
            "type": "scatter",
            "mode": MODES[series.kind],
            "marker": {"color": tint, "size": 8, "symbol": symbol},
            "line": {"color": tint, "width": 1 if series.colour is None else 2},
        }
        if series.kind == "arrows":
            sizes = [0, *[12] * (len(series.x) - 1)]  # no arrow leads to the first point
            head = {"symbol": "arrow", "angleref": "previous", "size": sizes, "opacity": 1}
            found["marker"] |= head
    if series.low:
        below, above = whiskers(panel, series)
        found["error_x" if panel.is_ranking else "error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": above,
            "arrayminus": below,
            "color": tint,
            "thickness": 1.5,
            "width": 3,
        }
    return found


def shown(value: float | str) -> float | str:
    """A value for an axis; names are escaped, since Plotly reads < and & in them as HTML."""
    return escape(value) if isinstance(value, str) else value


def add_labels(layout: dict[str, Any], series: Series, suffix: str) -> None:
    """Add the labels of points, to the right and below."""
    for x, y, label in zip(series.x, series.y, series.labels, strict=False):
        layout["annotations"].append(
            {
                "text": escape(label),
                "x": x,
                "y": y,
                "xref": f"x{suffix}",
                "yref": f"y{suffix}",
                "xanchor": "left",
                "yanchor": "top",
                "xshift": 4,
                "yshift": -4,
                "showarrow": False,
            }
        )


def draw_mark(layout: dict[str, Any], panel: Panel, suffix: str, place: int, mark: Mark) -> None:
    """Add a mark: a dotted line across the panel, with its name at the end."""
    along, other = mark.along, "y" if mark.along == "x" else "x"
    references = {f"{along}ref": along + suffix, f"{other}ref": f"{other}{suffix} domain"}
    ends = {f"{along}0": mark.value, f"{along}1": mark.value, f"{other}0": 0, f"{other}1": 1}
    layout["shapes"].append(
        ends | references | {"type": "line", "line": {"dash": "dot", "width": 1.5}}
    )
    axis: Axis = getattr(panel, along)
    right = along == "y" or is_far_right(panel, mark)
    layout["annotations"].append(
        references
        | {
            along: math.log10(mark.value) if axis.scale == "log" else mark.value,
            other: 1 if along == "y" else 0.02 + 0.07 * (place % 3),
            "text": escape(mark.name),
            "showarrow": False,
            "xanchor": "right" if right else "left",
            "yanchor": "bottom",
            "font": {"size": 11},
        }
    )
