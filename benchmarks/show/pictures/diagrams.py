"""The article's pictures of nodes and arrows: a node (§2.2, §2.3), layers (§2.4), delta (§4.6).

Indices are the article's (§2.5), from 1: w_ij^(l) leads from node j of layer l to node i of layer
l+1, b_i^(l) from the bias of layer l to node i of layer l+1, and h_j^(l) is the output of node j of
layer l. Names are empty and titles lack the section's number: `catalogue` fills in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from benchmarks.show.drawing.chart import PALETTE
from benchmarks.show.drawing.diagram import Arrow, Diagram, Node

EXAMPLE_SIZES = (3, 3, 1)
"""The article's network of three layers (§2.4, §3.1)."""
SPACING = 1.0
"""Distance between neighbouring nodes of a layer, in inches."""
COLUMN_WIDTH, COLUMN_GAP = 0.2, 0.4
"""Labels of arrows stand in columns, one for each node that arrows leave, so that no label covers
another: width of a column and distance between columns, in inches."""
FIRST_COLUMN, LAST_GAP = 0.25, 0.5
"""Start of the first column as a fraction of the way to the next layer; distance from the last
column to that layer, in inches."""
LABEL_SIZE = (0.34, 0.23)
"""Width and height of a label, in inches."""
LEAST_DISTANCE = 2.2
"""Least distance between two layers, in inches."""
MOST_NODES = 6
"""Nodes of a layer that are still legible."""
FORWARD, BACKWARD = None, 1
"""Colours of the arrows that carry outputs forward and of those that carry delta backward."""


def weight(i: int, j: int, layer: int) -> str:
    """The label w_ij^(l)."""
    return f"$w_{{{i}{j}}}^{{({layer})}}$"


def bias(i: int, layer: int) -> str:
    """The label b_i^(l)."""
    return f"$b_{{{i}}}^{{({layer})}}$"


def output(j: int, layer: int) -> str:
    """The label of a node: x_j in layer 1, h_j^(l) in all others."""
    return f"$x_{{{j}}}$" if layer == 1 else f"$h_{{{j}}}^{{({layer})}}$"


def delta(i: int, layer: int) -> str:
    """The label delta_i^(l)."""
    return rf"$\delta_{{{i}}}^{{({layer})}}$"


# --- a node -------------------------------------------------------------------------------------


def node() -> Diagram:
    """A node with three inputs and a bias."""
    return single(
        "a node",
        ("x_1", "x_2", "x_3"),
        ("w_1", "w_2", "w_3"),
        "A circle, the node f, takes the inputs x1, x2 and x3, each through an arrow with its "
        "weight w1, w2 or w3, and a constant +1 through an arrow with the weight b; its output h "
        "leaves it to the right: h = f(z) of the sum z = x1 w1 + x2 w2 + x3 w3 + b.",
    )


def node_with_one_input() -> Diagram:
    """A node with one input and no bias."""
    return single(
        "a node with one input",
        ("x_1",),
        ("w_1",),
        "A circle, the node f, takes the input x1 through an arrow with the weight w1, and nothing "
        "else; its output is h = f(x1 w1).",
        bias=False,
    )


def node_with_bias() -> Diagram:
    """A node with one input and a bias."""
    return single(
        "a node with one input and a bias",
        ("x_1",),
        ("w_1",),
        "A circle, the node f, takes the input x1 through an arrow with the weight w1, and the "
        "bias, a constant +1, through an arrow with the weight b; its output is h = f(x1 w1 + b).",
    )


def single(
    title: str, inputs: Sequence[str], weights: Sequence[str], finding: str, bias: bool = True
) -> Diagram:
    """A node with its inputs and its output, and the equation below."""
    height = 0.8
    top = height / 2 * (len(inputs) + bias - 1)
    sources = [Node(f"${x}$", 0, top - height * j, "text") for j, x in enumerate(inputs)]
    terms = [f"{x} {w}" for x, w in zip(inputs, weights, strict=True)]
    if bias:
        sources.append(Node("$+1$", 0, top - height * len(inputs), "bias"))
        weights, terms = [*weights, "b"], [*terms, "b"]
    center = Node("$f$", 2.4, 0)
    result = Node("$h$", 3.8, 0, "text")
    into = [
        Arrow(source, center, f"${w}$", 0.45) for source, w in zip(sources, weights, strict=True)
    ]
    z = " + ".join(terms)
    below = Node(f"$z = {z},\\quad h = f(z)$", 1.9, sources[-1].y - 0.6, "text")
    nodes = [*sources, center, result, below]
    return Diagram("", title, finding, nodes, [*into, Arrow(center, result)])


# --- layers -------------------------------------------------------------------------------------


def example() -> Diagram:
    """The layers of the article's own network."""
    return structure(EXAMPLE_SIZES)


def structure(sizes: Sequence[int]) -> Diagram:
    """The layers of a network as columns of nodes; every weight and every bias is an arrow.

    Raises ValueError if a layer has more than `MOST_NODES` nodes.
    """
    shape = "-".join(map(str, sizes))
    if max(sizes) > MOST_NODES:
        raise ValueError(f"up to {MOST_NODES} nodes a layer can be drawn, the network is {shape}")
    places = [0.0]
    for size in sizes[:-1]:
        places.append(places[-1] + distance(size + 1))
    layers = [column(l, size, x) for l, (size, x) in enumerate(zip(sizes, places, strict=True), 1)]
    biases = [Node("$+1$", nodes[0].x, nodes[-1].y - SPACING, "bias") for nodes in layers[:-1]]
    captions = [
        Node(caption(l, len(sizes)), x, (max(sizes) - 1) / 2 * SPACING + 0.55, "text")
        for l, x in enumerate(places, 1)
    ]
    arrows = [
        arrow
        for l, (nodes, following) in enumerate(pairwise(layers), 1)
        for arrow in connections(l, nodes, biases[l - 1], following)
    ]
    return Diagram(
        "",
        f"a network of layers, {shape}",
        f"The layers of a {shape} network stand side by side as columns of circles. From every "
        "node, and from the bias +1 below every layer but the last, an arrow leads to every node "
        "of the next layer, with the weight w or b and its indices on it: first the node it leads "
        "to, then the one it comes from, and in brackets the layer.",
        [*captions, *(node for nodes in layers for node in nodes), *biases],
        arrows,
    )


def distance(sources: int) -> float:
    """Distance between two layers in inches, wide enough for a label column for each source."""
    columns = COLUMN_WIDTH * sources + COLUMN_GAP * (sources - 1)
    return max(LEAST_DISTANCE, (columns + LAST_GAP) / (1 - FIRST_COLUMN))


def column(layer: int, size: int, x: float) -> list[Node]:
    """The nodes of a layer, from top to bottom, centred on y = 0."""
    top = (size - 1) / 2 * SPACING
    return [Node(output(j + 1, layer), x, top - j * SPACING) for j in range(size)]


def caption(layer: int, count: int) -> str:
    """The number of a layer, and whether it is input, hidden or output layer."""
    kind = "input" if layer == 1 else "output" if layer == count else "hidden"
    return f"layer {layer}: {kind}"


def connections(layer: int, nodes: list[Node], plus: Node, following: list[Node]) -> list[Arrow]:
    """All arrows from one layer to the next, with a colour for each node that they lead to."""
    length = following[0].x - plus.x
    found = []
    for i, end in enumerate(following, 1):
        names = [*(weight(i, j + 1, layer) for j in range(len(nodes))), bias(i, layer)]
        for k, (start, name) in enumerate(zip([*nodes, plus], names, strict=True)):
            at = FIRST_COLUMN + (COLUMN_GAP + COLUMN_WIDTH) * k / length
            found.append(Arrow(start, end, name, at, (i - 1) % len(PALETTE)))
    placed: list[Arrow] = []
    for arrow in found:
        placed.append(with_legible_label(arrow, found, placed, COLUMN_WIDTH / length))
    return placed


def with_legible_label(
    arrow: Arrow, others: Sequence[Arrow], placed: Sequence[Arrow], width: float
) -> Arrow:
    """The arrow with its label moved within its column, whose `width` is a fraction of the arrow.

    Of 21 places the label gets one where it covers no label of an arrow already `placed`, and of
    these the one farthest from all other arrows.
    """

    def merit(one: Arrow) -> tuple[bool, float]:
        x, y = one.place
        near = (
            abs(x - other.place[0]) < LABEL_SIZE[0] and abs(y - other.place[1]) < LABEL_SIZE[1]
            for other in placed
        )
        away = (other.distance(x, y) for other in others if other is not arrow)
        return not any(near), min(away, default=0)

    return max((replace(arrow, at=arrow.at + width * k / 20) for k in range(21)), key=merit)


# --- delta --------------------------------------------------------------------------------------


def delta_one() -> Diagram:
    """Backpropagation of one output's delta to a hidden node."""
    return back(
        1,
        "delta comes back from one output",
        "Two circles, a hidden node of layer 2 and the output node of layer 3. What goes forward "
        "takes the grey arrow with the weight w11(2); back along it, in orange, comes the output's "
        "delta1(3): delta1(2) is delta1(3) times w11(2) times f'(z1(2)).",
    )


def delta_several() -> Diagram:
    """Backpropagation of three outputs' deltas to a hidden node."""
    return back(
        3,
        "delta comes back from several outputs",
        "A hidden node of layer 2 and three output nodes of layer 3, each joined with it by a grey "
        "arrow forward and an orange one back, with the weights w11(2), w21(2) and w31(2): "
        "delta1(2) is the sum of the three deltas, each times its weight, times f'(z1(2)).",
    )


def back(outputs: int, title: str, finding: str) -> Diagram:
    """A hidden node, the nodes of the output layer, and the equation for its delta."""
    hidden = Node(delta(1, 2), 0, 0)
    ends = [Node(delta(i + 1, 3), 3.4, ((outputs - 1) / 2 - i) * SPACING) for i in range(outputs)]
    top, bottom = ends[0].y + 0.55, ends[-1].y - 0.75
    terms = " + ".join(f"{weight(i, 1, 2)} {delta(i, 3)}" for i in range(1, outputs + 1))
    total = terms if outputs == 1 else f"({terms})"
    texts = [
        Node("layer 2: hidden", 0, top, "text"),
        Node("layer 3: output", 3.4, top, "text"),
        Node(f"{delta(1, 2)} = {total} $f'(z_1^{{(2)}})$", 1.7, bottom, "text"),
    ]
    arrows = []
    for i, end in enumerate(ends, 1):
        arrows.append(Arrow(hidden, end, weight(i, 1, 2), 0.55, FORWARD, 0.07))
        arrows.append(Arrow(end, hidden, "", 0.5, BACKWARD, 0.07))
    return Diagram("", title, finding, [hidden, *ends, *texts], arrows)
