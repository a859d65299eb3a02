"""Charts as Plotly's figures: data and layout as dictionaries, ready for JSON."""

from __future__ import annotations

from html import escape
from typing import Any

from benchmarks.show.drawing import layout as places
from benchmarks.show.drawing import scales
from benchmarks.show.drawing.chart import COLOURS, RED, Axis, Chart, Mark, Panel, Series, colour
from benchmarks.show.drawing.layout import Box
from benchmarks.show.drawing.scales import Letter

WIDE, NARROW = 650, 320
"""The least widths in pixels that a chart has on a page: with panels side by side, and without."""
LEGEND_LINE = 24
"""Height of a line of the legend in pixels."""
MODES = {"line": "lines+markers", "points": "markers", "steps": "lines", "arrows": "lines+markers"}
MARKERS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "circle", "x")
"""A marker for each colour, and for each pattern of grey series."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
"""Lines of the patterns of grey series."""


def figure(chart: Chart, narrow: bool = False) -> dict[str, Any]:
    """Data and layout of a chart; on a narrow page its panels stand one below the other."""
    width = NARROW if narrow else WIDE
    columns = 1 if narrow else min(chart.columns, len(chart.panels))
    boxes, height = places.layout(chart, columns, width)
    named = {s.name for panel in chart.panels if panel.has_legend for s in panel.series}
    legend = LEGEND_LINE * -(-len(named) // 2)
    total = height + legend
    layout: dict[str, Any] = {
        "annotations": [],
        "shapes": [],
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0, "pad": 0},
        "height": total,
        "hovermode": "closest",
        "showlegend": bool(named),
        "legend": {"orientation": "h", "x": 0, "y": 0, "yanchor": "bottom", "yref": "container"},
    }
    data: list[dict[str, Any]] = []
    for number, (panel, box) in enumerate(zip(chart.panels, boxes, strict=True), start=1):
        suffix = "" if number == 1 else str(number)
        across = [box.left / width, (box.left + box.width) / width]
        upward = [1 - (box.top + box.height) / total, 1 - box.top / total]
        x, y = (
            {"domain": across, "anchor": f"y{suffix}"},
            {"domain": upward, "anchor": f"x{suffix}"},
        )
        layout[f"xaxis{suffix}"] = axis_layout(panel, "x", box) | x
        layout[f"yaxis{suffix}"] = axis_layout(panel, "y", box) | y
        if panel.equal:
            layout[f"yaxis{suffix}"] |= {"scaleanchor": f"x{suffix}", "constrain": "domain"}
            layout[f"xaxis{suffix}"]["constrain"] = "domain"
        add_titles(layout, panel, upward[1], box.edge / width)
        add_series(data, layout, panel, suffix)
        add_labels(layout, panel, box, suffix)
        for mark in panel.marks:
            draw_mark(data, layout, panel, suffix, mark)
    return {"data": data, "layout": layout}


def axis_layout(panel: Panel, letter: Letter, box: Box) -> dict[str, Any]:
    """Plotly's layout of an axis."""
    axis: Axis = getattr(panel, letter)
    found: dict[str, Any] = {"zeroline": False, "tickfont": {"size": places.FONT}}
    if letter == "x":
        found["title"] = {"text": escape(axis.title), "standoff": 6, "font": {"size": places.FONT}}
    if letter == "y" and panel.is_ranking:
        names = [escape(name) for name in panel.ranked]
        order = {"categoryorder": "array", "categoryarray": names, "dtick": 1}
        last = len(names) - 0.25
        return found | order | {"type": "category", "showgrid": False, "range": [last, -0.75]}
    found["range"] = list(scales.span(panel, letter))
    if axis.scale == "category":
        names = [escape(name) for name in axis.names]
        some = [escape(name) for name in places.some_names(axis.names, box.width)]
        order = {"categoryorder": "array", "categoryarray": names, "tickvals": some}
        return found | order | {"type": "category", "showgrid": False, "tickangle": 0}
    if axis.scale == "log":
        marks = places.ticks(panel, letter, box)
        found |= {"type": "log", "tickvals": list(marks), "ticktext": list(marks.values())}
    return found


def add_titles(layout: dict[str, Any], panel: Panel, top: float, left: float) -> None:
    """Add the titles of a panel and of its vertical axis, above it."""
    texts = [f"<b>{escape(panel.title)}</b>" if panel.title else "", escape(panel.y.title)]
    shift = places.ABOVE + places.LINE * places.named_above(panel)
    for text in reversed([one for one in texts if one]):
        layout["annotations"].append(
            {
                "text": text,
                "x": left,
                "y": top,
                "xref": "paper",
                "yref": "paper",
                "xanchor": "left",
                "yanchor": "bottom",
                "yshift": shift,
                "showarrow": False,
                "font": {"size": places.FONT},
                "borderpad": 0,
            }
        )
        shift += places.LINE


def add_series(
    data: list[dict[str, Any]], layout: dict[str, Any], panel: Panel, suffix: str
) -> None:
    """Add a panel's series, with the labels of points and the ends of intervals that are cut."""
    shown = {one["name"] for one in data if one.get("showlegend")}
    axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    for series in panel.series:
        one = trace(panel, series) | axes
        one["showlegend"] = panel.has_legend and escape(series.name) not in shown
        shown.add(escape(series.name))
        data.append(one)
        for cut in scales.cuts(panel, series):
            head = {"symbol": f"triangle-{cut.towards}", "size": 9, "color": colour(series)}
            end = {"x": [text(cut.x)], "y": [text(cut.y)], "marker": head, "mode": "markers"}
            about = {"type": "scatter", "showlegend": False, "hoverinfo": "skip"}
            data.append(end | about | {"cliponaxis": False} | axes)
        for x, y, label in zip(series.x, series.y, series.labels, strict=False):
            beside = {"xanchor": "left", "yanchor": "top", "xshift": 4, "yshift": -4}
            layout["annotations"].append(annotation(label, x, y, suffix) | beside)


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
        "x": [text(value) for value in series.x],
        "y": [text(value) for value in series.y],
        "hovertext": [escape(note) for note in series.notes],
        "hoverinfo": "text+name" if series.notes else "x+y+name",
    }
    tint = colour(series)
    if series.kind == "bars":
        found |= {"type": "bar", "marker": {"color": tint}}
    else:
        grey = series.colour is None
        look = series.pattern if series.colour is None else series.colour
        dash = DASHES[series.pattern % len(DASHES)] if grey else "solid"
        found |= {
            "type": "scatter",
            "mode": MODES[series.kind],
            "marker": {"color": tint, "size": 7, "symbol": MARKERS[look % len(MARKERS)]},
            "line": {"color": tint, "width": 1 if grey else 2, "dash": dash},
        }
        if series.kind == "arrows":
            sizes = [0, *[12] * (len(series.x) - 1)]  # no arrow leads to the first point
            head = {"symbol": "arrow", "angleref": "previous", "size": sizes, "opacity": 1}
            found["marker"] |= head
    if series.low:
        below, above = scales.whiskers(panel, series)
        found[f"error_{scales.measured(panel)}"] = {
            "type": "data",
            "symmetric": False,
            "array": above,
            "arrayminus": below,
            "color": tint,
            "thickness": 1.5,
            "width": 3,
        }
    return found


def text(value: float | str) -> float | str:
    """A value for an axis; names are escaped, since Plotly reads < and & in them as HTML."""
    return escape(value) if isinstance(value, str) else value


def annotation(label: str, x: float | str, y: float | str, suffix: str) -> dict[str, Any]:
    """A text at a place of a panel."""
    return {
        "text": escape(label),
        "x": x,
        "y": y,
        "xref": f"x{suffix}",
        "yref": f"y{suffix}",
        "showarrow": False,
        "font": {"size": places.FONT},
        "borderpad": 0,
    }


def add_labels(layout: dict[str, Any], panel: Panel, box: Box, suffix: str) -> None:
    """Add the names of lines on the right, each with a thin line that leads to it."""
    for name, tint, start, end in places.labels(panel, box.height):
        layout["shapes"].append(
            {
                "type": "line",
                "xref": f"x{suffix}",
                "yref": f"y{suffix}",
                "x0": scales.value(panel.x, start[0]),
                "y0": scales.value(panel.y, start[1]),
                "x1": scales.value(panel.x, end[0]),
                "y1": scales.value(panel.y, end[1]),
                "line": {"color": tint, "width": 0.75},
            }
        )
        beside = {"xanchor": "left", "yanchor": "middle", "xshift": 2}
        layout["annotations"].append(annotation(name, *end, suffix) | beside)


def draw_mark(
    data: list[dict[str, Any]], layout: dict[str, Any], panel: Panel, suffix: str, mark: Mark
) -> None:
    """Add a mark: a dotted line across the panel, with its name above it or in its row."""
    along, other = mark.along, "y" if mark.along == "x" else "x"
    references = {f"{along}ref": along + suffix, f"{other}ref": f"{other}{suffix} domain"}
    ends = {f"{along}0": mark.value, f"{along}1": mark.value, f"{other}0": 0, f"{other}1": 1}
    line = {"dash": "dot", "width": 1.5, "color": COLOURS[RED]}
    layout["shapes"].append(ends | references | {"type": "line", "line": line, "layer": "below"})
    if panel.is_ranking:
        data.append(
            {
                "type": "scatter",
                "x": [mark.value],
                "y": [escape(mark.name)],
                "mode": "markers",
                "marker": {"symbol": "star", "size": 8, "color": COLOURS[RED]},
                "name": escape(mark.name),
                "showlegend": False,
                "xaxis": f"x{suffix}",
                "yaxis": f"y{suffix}",
            }
        )
    elif along == "x":
        at = annotation(mark.name, scales.place(panel.x, mark.value), 1, suffix)
        layout["annotations"].append(at | references | {"xanchor": "center", "yanchor": "bottom"})
