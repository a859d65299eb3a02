"""One chart drawn twice, by matplotlib and by Plotly: both show the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from benchmarks.show.drawing import plotly_chart, scales, svg
from benchmarks.show.drawing.chart import Axis, Chart, Panel, Series

SVG = "{http://www.w3.org/2000/svg}"


def test_plotly_takes_every_figure(charts: dict[str, Chart]) -> None:
    from plotly import graph_objects

    for chart in charts.values():
        for narrow in (True, False):
            found = plotly_chart.figure(chart, narrow)
            checked = graph_objects.Figure(json.loads(json.dumps(found, allow_nan=False)))
            names = [escape(one.name) for panel in chart.panels for one in panel.series]
            drawn = [one.name for one in checked.data if one.name is not None]
            assert set(names) - {"digit"} <= set(drawn)


def test_labels_stand_beside_their_points_and_arrows_lead_from_one_to_the_next() -> None:
    series = [Series("way", [0.0, 1.0, 3.0], [2.0, 1.0, 0.0], "arrows", labels=["<a>", "b", ""])]
    chart = Chart("way", "way", "", [Panel("", Axis("x"), Axis(), series)])
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
        for axes in figure.axes:
            assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]


def test_a_chart_takes_as_much_of_the_width_as_it_has_panels() -> None:
    panel = Panel("", Axis("x"), Axis("y"), [Series("a", [1.0], [1.0])])
    for panels, columns, share in (([panel], 1, 1), ([panel], 2, 0.5), ([panel] * 3, 2, 1)):
        with svg.drawn(Chart("a", "", "", panels, columns=columns)) as figure:
            assert figure.get_figwidth() == pytest.approx(share * svg.WIDTH / svg.INCH)


def test_no_text_of_a_file_covers_another(charts: dict[str, Chart]) -> None:
    for chart in charts.values():
        with svg.drawn(chart) as figure:
            figure.draw_without_rendering()
            texts = [text for text in texts_of(figure) if text.get_text().strip()]
            boxes = [(text.get_text(), text.get_window_extent()) for text in texts]
            assert len(boxes) > 5
            for (one, a), (other, b) in combinations(boxes, 2):
                wide = min(a.x1, b.x1) - max(a.x0, b.x0)
                high = min(a.y1, b.y1) - max(a.y0, b.y0)
                assert wide < 1 or high < 2, (chart.name, one, other)


def texts_of(figure: Figure) -> Iterator[Text]:
    """All texts, without the numbers beyond an axis's ends, which matplotlib does not draw."""
    yield from figure.texts
    for axes in figure.axes:
        yield from (*axes.texts, axes.xaxis.label, axes.yaxis.label)
        legend = axes.get_legend()
        yield from legend.get_texts() if legend else ()
        for axis, place in ((axes.xaxis, 0), (axes.yaxis, 1)):
            low, high = sorted(axis.get_view_interval())
            labels = axis.get_ticklabels()
            yield from (one for one in labels if low <= one.get_position()[place] <= high)


def test_bars_are_as_high_as_their_numbers_and_do_not_stand_on_each_other(
    charts: dict[str, Chart],
) -> None:
    (panel,) = (one for one in charts["training"].panels if one.series[0].kind == "bars")
    with svg.drawn(charts["training"]) as figure:
        drawn = [one for axes in figure.axes for one in axes.patches]
        edges = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in drawn]
        heights = [bar.get_height() for bar in drawn]
    assert heights == list(panel.series[0].y)
    assert all(a[1] < b[0] for a, b in pairwise(edges))
    (mark,) = panel.marks
    assert not any(a < mark.value < b for a, b in edges)


def test_an_interval_that_leaves_the_picture_ends_with_an_arrow() -> None:
    axis = Axis("ratio", low=0.0, high=3.0)
    series = Series("a", [1.0, 2.0], ["all", "cut"], low=[0.5, 1.0], high=[1.5, 9.0], colour=0)
    panel = Panel("", axis, Axis(scale="category"), [series])
    assert list(scales.cuts(panel, series)) == [(3.0, "cut", "right")]
    assert scales.whiskers(panel, series) == ([0.5, 1.0], [0.5, 1.0])
    data = plotly_chart.figure(Chart("cut", "", "", [panel]))["data"]
    (head,) = (one for one in data if one["marker"]["symbol"] == "triangle-right")
    assert (head["x"], head["y"]) == ([3.0], ["cut"])
    with svg.drawn(Chart("cut", "", "", [panel])) as figure:
        heads = [line for line in figure.axes[0].lines if line.get_marker() == ">"]
        assert [tuple(line.get_xydata()[0]) for line in heads] == [(3.0, 1.0)]


def test_drawings_are_the_same_every_time(charts: dict[str, Chart]) -> None:
    first, again = (svg.draw(charts["ladder"]) for _ in range(2))
    assert first == again
    root = ElementTree.fromstring(first)
    assert root.tag == f"{SVG}svg"
    assert len(root.findall(f".//{SVG}path")) > 50
