"""The article's diagrams of nodes and arrows: right labels, right places, no overlaps."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from benchmarks.show.drawing import diagram
from benchmarks.show.drawing.diagram import Arrow, Diagram
from benchmarks.show.pictures import diagrams
from benchmarks.show.pictures.catalogue import picture, structure
from kernels.contract import EXAMPLE
from kernels.network import parameter_count
from tests.benchmarks.show.pictures.picturing import (
    DIAGRAMS,
    SHAPES,
    Key,
    drawn,
    named,
    network,
    shown,
    texts,
)


def diagram_of(name: str) -> Diagram:
    drawing = picture(name).drawing
    assert isinstance(drawing, Diagram)
    return drawing


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


def test_an_arrow_goes_from_edge_to_edge_beside_the_middle_line() -> None:
    one, other = diagram.Node("a", 0, 0), diagram.Node("b", 3, 4, "bias")
    for aside in (0.0, 0.1, -0.1):
        start, end = Arrow(one, other, offset=aside).ends
        assert math.dist(start, (0, 0)) == pytest.approx(one.radius)
        assert math.dist(end, (3, 4)) == pytest.approx(other.radius)
        left = start[0] * -0.8 + start[1] * 0.6
        assert left == pytest.approx(aside)


def written(drawing: Diagram) -> set[str]:
    """Return all texts of a diagram, without dollar signs."""
    names = {node.name for node in drawing.nodes} | {arrow.label for arrow in drawing.arrows}
    return {name.replace("$", "") for name in names if name}


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("node", {"x_1", "x_2", "x_3", "+1", "w_1", "w_2", "w_3", "b", "f", "h"}),
        ("node-with-one-input", {"x_1", "w_1", "f", "h"}),
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


def test_a_node_has_a_bias_only_where_one_is_drawn() -> None:
    biased = {"node", "node-with-bias"}
    for name in (*biased, "node-with-one-input"):
        drawing = diagram_of(name)
        assert ("bias" in {node.kind for node in drawing.nodes}) == (name in biased)
        (equation,) = (text for text in written(drawing) if "=" in text)
        assert ("+ b" in equation) == (name in biased)
        into = [arrow for arrow in drawing.arrows if arrow.end.name == "$f$"]
        assert all(arrow.label.strip("$") in equation for arrow in into)


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


def test_the_example_has_the_layers_of_the_worked_example() -> None:
    assert EXAMPLE.sizes == diagrams.EXAMPLE_SIZES
    assert diagram_of("layers").nodes == structure(EXAMPLE).drawing.nodes  # type: ignore[union-attr]


def test_a_network_too_large_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match=r"up to 6 nodes a layer can be drawn.*64-30-10"):
        structure(network(64, 30, 10))


@pytest.mark.parametrize("given", [3, (3, 3, 1), "3-3-1", None])
def test_a_structure_of_something_else_is_refused(given: Any) -> None:
    kind = type(given).__name__
    with pytest.raises(TypeError, match=f"^network must be a kernels.Network, got {kind}$"):
        structure(given)
