"""One chart drawn twice, by matplotlib and by Plotly: both show the same."""

from __future__ import annotations

import json
from itertools import pairwise
from xml.etree import ElementTree

from benchmarks.show.drawing import plotly_chart, svg
from benchmarks.show.drawing.chart import Axis, Chart, Panel, Series

SVG = "{http://www.w3.org/2000/svg}"


def test_plotly_takes_every_figure(charts: dict[str, Chart]) -> None:
    from plotly import graph_objects

    for chart in charts.values():
        for columns in (1, None):
            found = plotly_chart.figure(chart, columns)
            checked = graph_objects.Figure(json.loads(json.dumps(found, allow_nan=False)))
            assert len(checked.data) == sum(len(panel.series) for panel in chart.panels)


def test_labels_stand_beside_their_points_and_arrows_lead_from_one_to_the_next() -> None:
    series = [Series("way", [0.0, 1.0, 3.0], [2.0, 1.0, 0.0], "arrows", labels=["<a>", "b", ""])]
    chart = Chart("way", "way", "", [Panel("", Axis("x"), Axis("y"), series)])
    with svg.drawn(chart) as figure:
        (axes,) = figure.axes
        shown = {text.get_text(): text.xy for text in axes.texts if text.get_text()}
        arrows = [(text.xyann, text.xy) for text in axes.texts if text.arrow_patch]
    assert shown == {"<a>": (0.0, 2.0), "b": (1.0, 1.0)}
    assert arrows == [((0.0, 2.0), (1.0, 1.0)), ((1.0, 1.0), (3.0, 0.0))]
    found = plotly_chart.figure(chart)
    beside = {one["text"]: (one["x"], one["y"]) for one in found["layout"]["annotations"]}
    assert beside["&lt;a&gt;"] == (0.0, 2.0)
    assert beside["b"] == (1.0, 1.0)
    (trace,) = found["data"]
    assert trace["marker"]["angleref"] == "previous"
    assert trace["marker"]["size"] == [0, 12, 12]


def test_a_name_stands_once_in_the_legend_however_many_series_have_it() -> None:
    series = [Series(name, [1.0], [2.0]) for name in ("a", "b", "a")]
    panels = [Panel("", Axis("x"), Axis("y"), series)] * 2
    chart = Chart("names", "", "", panels)
    shown = [one["name"] for one in plotly_chart.figure(chart)["data"] if one["showlegend"]]
    assert shown == ["a", "b"]
    with svg.drawn(chart) as figure:
        (legend,) = figure.legends
        assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_a_chart_takes_as_much_of_the_width_as_it_has_panels() -> None:
    panel = Panel("", Axis("x"), Axis("y"), [Series("a", [1.0], [1.0])])
    for panels, columns, width in (([panel], 1, 9.0), ([panel], 2, 4.5), ([panel] * 3, 2, 9.0)):
        with svg.drawn(Chart("a", "", "", panels, columns=columns)) as figure:
            assert figure.get_figwidth() == width


def overlaps(edges: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the intervals that begin before their left neighbour ends."""
    return [b for a, b in pairwise(sorted(edges)) if b[0] < a[1] - 1e-9]


def test_no_two_bars_of_a_panel_stand_on_each_other(charts: dict[str, Chart]) -> None:
    found = 0
    for chart in charts.values():
        with svg.drawn(chart) as figure:
            for axes, panel in zip(figure.axes, chart.panels, strict=False):
                drawn = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
                bars = [one for one in panel.series if one.kind == "bars"]
                assert len(drawn) == sum(len(one.x) for one in bars)
                assert not overlaps(drawn), (chart.name, panel.title)
                found += len(drawn)
        assert plotly_chart.figure(chart)["layout"]["barmode"] == "group"
    assert found > 80


def test_bars_stand_at_their_names_and_are_as_high_as_their_numbers() -> None:
    axis, names = Axis("share"), Axis(scale="category")
    series = [
        Series("first", ["a", "b"], [1.0, 2.0], "bars"),
        Series("second", ["b", "a"], [3.0, 4.0], "bars"),
    ]
    with svg.drawn(Chart("bars", "", "", [Panel("", names, axis, series)])) as figure:
        (axes,) = figure.axes
        names_at = [label.get_text() for label in axes.get_xticklabels()]
        places = {
            (names_at[round(bar.get_x() + bar.get_width() / 2)], bar.get_height())
            for bar in axes.patches
        }
    assert names_at == ["a", "b"]
    assert places == {("a", 1.0), ("b", 2.0), ("b", 3.0), ("a", 4.0)}


def test_drawings_are_the_same_every_time(charts: dict[str, Chart]) -> None:
    first, again = (svg.draw(charts["ladder"]) for _ in range(2))
    assert first == again
    root = ElementTree.fromstring(first)
    assert root.tag == f"{SVG}svg"
    assert len(root.findall(f".//{SVG}path")) > 50
