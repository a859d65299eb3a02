"""The article's twelve pictures: what they show is right, and everybody can read it."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest

from benchmarks.article import diagrams, gallery, pictures, plots
from benchmarks.article.pictures import PICTURES, Picture, picture, structure
from benchmarks.article.sections import CHAPTERS, SECTIONS
from benchmarks.figures import diagram, svg
from benchmarks.figures.chart import INK, RED, Chart, Series
from benchmarks.figures.diagram import Arrow, Diagram
from kernels import Network
from kernels.network import parameter_count

ORDER = {
    "sigmoid": "2.1",
    "node": "2.2",
    "weights": "2.3",
    "node-with-bias": "2.3",
    "biases": "2.3",
    "layers": "2.4",
    "error": "4",
    "contours": "4.4",
    "delta-one": "4.6",
    "delta-several": "4.6",
    "digit": "5",
    "cost": "5.4",
}
SHAPES = ((1, 1), (3, 3, 1), (2, 3, 2), (1, 5, 1), (4, 1, 6, 2), (6, 6, 6))
Key = str | tuple[int, ...]
"""The name of a picture, or the sizes of a network."""
DIAGRAMS: tuple[Key, ...] = ("node", "node-with-bias", "delta-one", "delta-several", *SHAPES)
EVERYTHING: tuple[Key, ...] = (*PICTURES, *SHAPES)


def network(*sizes: int) -> Network:
    return Network.random(sizes, seed=0)


def shown(key: Key) -> Picture:
    """The picture of this name, or of a network of these sizes."""
    return picture(key) if isinstance(key, str) else structure(network(*key))


def named(key: Key) -> str:
    return key if isinstance(key, str) else "-".join(map(str, key))


def diagram_of(name: str) -> Diagram:
    drawing = picture(name).drawing
    assert isinstance(drawing, Diagram)
    return drawing


def chart_of(name: str) -> Chart:
    drawing = picture(name).drawing
    assert isinstance(drawing, Chart)
    return drawing


def series_of(name: str) -> dict[str, Series]:
    return {series.name: series for series in chart_of(name).panels[0].series}


@contextmanager
def drawn(one: Picture) -> Iterator[Any]:
    """The picture as a figure of matplotlib whose layout is settled."""
    drawing = one.drawing
    with diagram.drawn(drawing) if isinstance(drawing, Diagram) else svg.drawn(drawing) as figure:
        figure.draw_without_rendering()
        yield figure


def texts(figure: Any) -> dict[str, Any]:
    """Where everything that is written stands, in pixels."""
    from matplotlib.text import Text

    hidden = {label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)
              for label in beyond(axis)}  # fmt: skip
    found = {}
    for number, one in enumerate(figure.findobj(Text)):
        if one.get_visible() and one.get_text() and one not in hidden:
            found[f"{one.get_text()} ({number})"] = one.get_window_extent()
    return found


def beyond(axis: Any) -> set[Any]:
    """The labels of ticks beyond the ends of an axis, which matplotlib keeps and does not draw."""
    low, high = sorted(axis.get_view_interval())
    return {tick.label1 for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high}


# --- all twelve ---------------------------------------------------------------------------------


def test_there_are_the_articles_pictures_in_its_order_under_its_sections() -> None:
    assert {name: source.section for name, source in PICTURES.items()} == ORDER
    assert list(PICTURES) == list(ORDER)
    known = [number for chapter in CHAPTERS for number in
             (chapter, *(one.number for one in SECTIONS if one.chapter == chapter))]  # fmt: skip
    places = [known.index(source.section) for source in PICTURES.values()]
    assert places == sorted(places)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_same_svg_every_time_and_says_what_it_shows(name: str) -> None:
    one = picture(name)
    assert one.title.startswith(f"§{ORDER[name]}: ")
    assert one.sentence.endswith(".")
    assert len(one.sentence) > 80
    again = pictures.titled(name, one.section, PICTURES[name].draw())
    assert again.svg == one.svg
    assert not re.search(r"20\d\d-\d\d-\d\d", one.svg)
    root = ElementTree.fromstring(one.svg)
    assert root.tag.endswith("}svg")
    assert any(part.text == one.title for part in root)
    inner = ElementTree.fromstring(one._repr_svg_())
    assert inner.get("role") == "img"
    assert inner.get("aria-label") == one.sentence


@pytest.mark.parametrize("key", EVERYTHING, ids=named)
def test_no_text_of_a_picture_lies_on_another(key: Key) -> None:
    with drawn(shown(key)) as figure:
        found = texts(figure)
        assert len(found) > 3
        for (a, first), (b, second) in itertools.combinations(found.items(), 2):
            assert not first.overlaps(second), (a, b)


@pytest.mark.parametrize("key", EVERYTHING, ids=named)
def test_texts_are_large_enough_to_be_read(key: Key) -> None:
    from matplotlib.text import Text

    with drawn(shown(key)) as figure:
        sizes = [text.get_fontsize() for text in figure.findobj(Text) if text.get_text()]
        assert min(sizes) >= 7
        assert figure.get_facecolor() == (1, 1, 1, 1)  # to be read on a dark ground too


def test_drawing_leaves_matplotlib_as_the_caller_has_set_it() -> None:
    with mpl.rc_context({"font.size": 23.0, "axes.facecolor": "red"}):
        before = dict(mpl.rcParams)
        first = pictures.titled("node", "2.2", diagrams.node()).svg
        assert dict(mpl.rcParams) == before
        second = pictures.titled("sigmoid", "2.1", plots.sigmoid()).svg
        assert dict(mpl.rcParams) == before
    assert (first, second) == (picture("node").svg, picture("sigmoid").svg)


def test_a_picture_there_is_not() -> None:
    with pytest.raises(ValueError, match=r"no picture is called 'neuron'; there are sigmoid, node"):
        picture("neuron")


def test_the_document_shows_them_all_in_order() -> None:
    assert gallery.rewritten() == {}, "make report: docs/pictures.md is not up to date"
    text = gallery.PATH.read_text(encoding="utf-8")
    assert re.findall(r"/article-([a-z-]+)\.svg", text) == list(PICTURES)
    assert re.findall(r"^## (\S+)", text, re.M) == list(dict.fromkeys(ORDER.values()))
    for path in re.findall(r"\]\((\.\./[^)]+)\)", text):
        assert (gallery.PATH.parent / path).is_file(), path


def test_a_document_that_is_not_there_is_written(tmp_path: Any) -> None:
    path = tmp_path / "pictures.md"
    assert gallery.rewritten(path) == {path: gallery.text()}


# --- nodes and arrows ---------------------------------------------------------------------------


@pytest.mark.parametrize("key", DIAGRAMS, ids=named)
def test_names_fit_their_circles_and_nothing_touches_another_circle(key: Key) -> None:
    from matplotlib.text import Text

    one = shown(key)
    drawing = one.drawing
    assert isinstance(drawing, Diagram)
    circles = [node for node in drawing.nodes if node.kind != "text"]
    with drawn(one) as figure:
        (axes,) = figure.axes
        boxes = {
            text: text.get_window_extent().transformed(axes.transData.inverted())
            for text in axes.findobj(Text)
            if text.get_text()
        }
        for node in circles:
            for text, box in boxes.items():
                x = min(max(node.x, box.x0), box.x1)
                y = min(max(node.y, box.y0), box.y1)
                if text.get_text() == node.name and (node.x, node.y) == text.get_position():
                    corner = math.hypot(box.width / 2, box.height / 2)
                    assert corner < node.radius, node
                else:
                    assert math.hypot(x - node.x, y - node.y) > node.radius, (node, text)
    for arrow in drawing.arrows:
        for node in circles:
            if node not in (arrow.start, arrow.end):
                assert arrow.distance(node.x, node.y) > node.radius, (arrow, node)


def test_an_arrow_goes_from_edge_to_edge_and_keeps_aside() -> None:
    one, other = diagram.Node("a", 0, 0), diagram.Node("b", 3, 4, "bias")
    for aside in (0.0, 0.1, -0.1):
        start, end = Arrow(one, other, aside=aside).ends
        assert math.dist(start, (0, 0)) == pytest.approx(one.radius)
        assert math.dist(end, (3, 4)) == pytest.approx(other.radius)
        left = start[0] * -0.8 + start[1] * 0.6
        assert left == pytest.approx(aside)


def written(drawing: Diagram) -> set[str]:
    """Everything that is to be read in a diagram, without its dollar signs."""
    names = {node.name for node in drawing.nodes} | {arrow.label for arrow in drawing.arrows}
    return {name.replace("$", "") for name in names if name}


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("node", {"x_1", "x_2", "x_3", "+1", "w_1", "w_2", "w_3", "b", "f", "h"}),
        ("node-with-bias", {"x_1", "+1", "w_1", "b", "f", "h"}),
        ("delta-one", {r"\delta_{1}^{(2)}", r"\delta_{1}^{(3)}", "w_{11}^{(2)}"}),
        (
            "delta-several",
            {r"\delta_{1}^{(2)}"}
            | {rf"\delta_{{{i}}}^{{(3)}}" for i in (1, 2, 3)}
            | {f"w_{{{i}1}}^{{(2)}}" for i in (1, 2, 3)},
        ),
        ("layers", {"x_{1}", "x_{2}", "x_{3}", "h_{2}^{(2)}", "h_{1}^{(3)}", "+1", "w_{12}^{(1)}"}),
    ],
)
def test_labels_are_the_articles(name: str, labels: set[str]) -> None:
    assert labels <= written(diagram_of(name))
    with drawn(picture(name)) as figure:
        shown = {key.rpartition(" (")[0].replace("$", "") for key in texts(figure)}
    assert labels <= shown


@pytest.mark.parametrize(("name", "outputs"), [("delta-one", 1), ("delta-several", 3)])
def test_delta_comes_back_along_every_weight(name: str, outputs: int) -> None:
    drawing = diagram_of(name)
    hidden = next(node for node in drawing.nodes if node.name == diagrams.delta(1, 2))
    back = [arrow.start.name for arrow in drawing.arrows if arrow.end is hidden]
    assert back == [diagrams.delta(i, 3) for i in range(1, outputs + 1)]
    forward = {arrow.end.name: arrow.label for arrow in drawing.arrows if arrow.start is hidden}
    assert forward == {
        diagrams.delta(i, 3): diagrams.weight(i, 1, 2) for i in range(1, outputs + 1)
    }
    (equation,) = (text for text in written(drawing) if "=" in text)
    for arrow in drawing.arrows:
        assert arrow.label.strip("$") in equation


@pytest.mark.parametrize("sizes", SHAPES)
def test_a_structure_has_an_arrow_for_every_parameter_where_it_belongs(
    sizes: tuple[int, ...],
) -> None:
    drawing = structure(network(*sizes)).drawing
    assert isinstance(drawing, Diagram)
    assert len(drawing.arrows) == len({arrow.label for arrow in drawing.arrows})
    assert len(drawing.arrows) == parameter_count(sizes)
    for arrow in drawing.arrows:
        parts = re.fullmatch(r"\$[wb]_\{(\d)(\d?)\}\^\{\((\d)\)\}\$", arrow.label)
        assert parts
        i, j, l = parts.groups()
        assert arrow.end.name == diagrams.output(int(i), int(l) + 1)
        assert arrow.start.name == (diagrams.output(int(j), int(l)) if j else "$+1$")
        assert arrow.start.x < arrow.end.x
    assert "-".join(map(str, sizes)) in structure(network(*sizes)).title


@pytest.mark.parametrize("key", DIAGRAMS, ids=named)
def test_no_other_arrow_goes_through_the_middle_of_a_label(key: Key) -> None:
    drawing = shown(key).drawing
    assert isinstance(drawing, Diagram)
    for arrow in (arrow for arrow in drawing.arrows if arrow.label):
        same = {arrow.start, arrow.end}
        others = [other.distance(*arrow.place) for other in drawing.arrows
                  if {other.start, other.end} != same]  # fmt: skip
        assert min(others, default=1.0) > 0.05, arrow.label


def test_a_network_too_large_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match=r"up to 6 nodes a layer can be drawn.*64-30-10"):
        structure(network(64, 30, 10))


# --- plots --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("sigmoid", [(1, 0)]),
        ("weights", [(0.5, 0), (1, 0), (2, 0)]),
        ("biases", [(5, -5), (5, 0), (5, 5)]),
    ],
)
def test_nodes_answer_with_the_sigmoid_of_their_input(
    name: str, parameters: list[tuple[float, float]]
) -> None:
    (panel,) = chart_of(name).panels
    for series, (w, b) in zip(panel.series, parameters, strict=True):
        expected = [1 / (1 + math.exp(-(w * float(x) + b))) for x in series.x]
        assert list(series.y) == pytest.approx(expected, rel=1e-12)
        assert {"weights": f"{w:g}", "biases": f"{b:g}".replace("-", "−")}.get(
            name, ""
        ) in series.name


def test_with_the_bias_minus_five_the_node_is_on_only_above_one() -> None:
    series = series_of("biases")["b = −5"]
    on = [float(x) for x, y in zip(series.x, series.y, strict=True) if float(y) > 0.5]
    assert min(on) == pytest.approx(1.0, abs=0.05)
    assert max(on) == 3


def test_the_errors_steps_are_gradient_descent_from_the_red_point_to_the_cross() -> None:
    series = series_of("error")
    curve, steps = series["error"], series["gradient steps"]
    w, heights = np.array(steps.x, float), np.array(steps.y, float)
    error = np.interp(w, np.array(curve.x, float), np.array(curve.y, float))
    assert heights == pytest.approx(error, abs=0.01)
    h = 1e-6
    slopes = [(plots.error(one + h)[0] - plots.error(one - h)[0]) / (2 * h) for one in w[:-1]]
    assert np.diff(w) == pytest.approx(-plots.STEP_W * np.array(slopes), rel=1e-6)
    assert (np.diff(heights) < 0).all()
    assert steps.labels[0] == "1"
    red, cross = series["start"], series["least error"]
    assert (red.colour, cross.colour) == (RED, INK)
    assert (red.x[0], red.y[0]) == (steps.x[0], steps.y[0])
    assert min(map(float, curve.y)) == pytest.approx(float(cross.y[0]), abs=1e-9)
    assert abs(w[-1] - float(cross.x[0])) < abs(w[0] - float(cross.x[0])) / 5


def test_the_gradient_at_p1_is_the_articles_and_points_uphill() -> None:
    p1, p2, p3 = plots.path(2)
    h = 1e-6
    slope = [(plots.cost(p1 + h * e) - plots.cost(p1 - h * e)) / (2 * h) for e in np.eye(2)]
    assert slope == pytest.approx([2.1, 0.7], rel=1e-8)
    series = series_of("contours")
    arrow = np.array([series["gradient at p₁"].x, series["gradient at p₁"].y], float).T
    assert arrow[1] - arrow[0] == pytest.approx([2.1, 0.7], abs=1e-12)
    assert series["gradient at p₁"].labels[-1] == "[2.1, 0.7]"
    assert plots.cost(arrow[1]) > plots.cost(p1) > plots.cost(p2) > plots.cost(p3) > 0
    down = np.array([series["descent"].x, series["descent"].y], float).T
    assert down == pytest.approx(np.array([p1, p2, p3]))
    # the step goes exactly the other way
    assert (down[1] - down[0]) == pytest.approx(-plots.STEP * np.array(slope), rel=1e-6)


def test_contours_join_places_of_equal_cost_and_one_goes_through_p1() -> None:
    lines = [one for one in chart_of("contours").panels[0].series if one.name == "contours of J"]
    levels = []
    for line in lines:
        costs = [plots.cost(np.array(place, float)) for place in zip(line.x, line.y, strict=True)]
        assert costs == pytest.approx([costs[0]] * len(costs), rel=1e-9)
        levels.append(costs[0])
    assert levels == sorted(levels)
    assert any(level == pytest.approx(plots.cost(plots.START)) for level in levels)


def test_the_digit_is_scikit_learns() -> None:
    from sklearn.datasets import load_digits

    (series,) = chart_of("digit").panels[0].series
    data = load_digits()
    np.testing.assert_array_equal(series.y, data.images[0])
    assert f"a digit, {data.target[0]}" in picture("digit").title


def test_the_average_cost_falls_over_3000_iterations() -> None:
    series = chart_of("cost").panels[0].series
    assert len(series) == 2
    for one in series:
        assert (one.x[0], one.x[-1]) == (0, 2999)
        values = np.array(one.y, float)
        falls = -np.diff(values) / np.diff(np.array(one.x, float))
        assert values[-1] < values[0] / 2
        assert 0 < falls[-1] < falls.max() / 20  # it flattens
