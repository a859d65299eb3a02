"""The article's pictures of nodes and arrows: a node (§2.2, §2.3), layers (§2.4), delta (§4.6).

Indices are the article's (§2.5), from 1: w_ij^(l) leads from node j of layer l to node i of layer
l+1, b_i^(l) from the bias of layer l to node i of layer l+1, and h_j^(l) is the output of node j of
layer l. Titles are without the section, names empty: `pictures.py` puts both in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from benchmarks.show.figures.chart import PALETTE
from benchmarks.show.figures.diagram import Arrow, Diagram, Node
from kernels import Network

SPACING = 1.0
"""Between nodes below each other, in inches."""
PITCH, FREEDOM, FIRST, LAST = 0.4, 0.2, 0.25, 0.5
"""Labels of arrows stand in columns, a column for each node the arrows come from, so that none lies
on another: between columns in inches, how wide a column is, at which part of the way the first one
begins, and how far before the next layer the last one ends."""
LABEL = (0.34, 0.23)
"""What a label takes, across and upward, in inches."""
NARROWEST = 2.2
"""The least distance between two layers, in inches."""
MOST = 6
"""Nodes of a layer that can be told apart in a drawing."""
FORWARD, BACK = None, 1
"""The colours of what goes forward and of what goes back."""


def weight(i: int, j: int, layer: int) -> str:
    """w_ij^(l)."""
    return f"$w_{{{i}{j}}}^{{({layer})}}$"


def bias(i: int, layer: int) -> str:
    """b_i^(l)."""
    return f"$b_{{{i}}}^{{({layer})}}$"


def output(j: int, layer: int) -> str:
    """x_j in layer 1, h_j^(l) in all others."""
    return f"$x_{{{j}}}$" if layer == 1 else f"$h_{{{j}}}^{{({layer})}}$"


def delta(i: int, layer: int) -> str:
    """delta_i^(l)."""
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
    """One node with what goes in and comes out, and its equation below."""
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


def structure(network: Network) -> Diagram:
    """The layers of a network as columns, every weight and bias an arrow of the next column's.

    Raises ValueError if a layer has more than `MOST` nodes.
    """
    sizes = network.sizes
    shape = "-".join(map(str, sizes))
    if max(sizes) > MOST:
        raise ValueError(f"up to {MOST} nodes a layer can be drawn, the network is {shape}")
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
    """From a layer to the next one, in inches; labels have a column for each source of arrows."""
    columns = FREEDOM * sources + PITCH * (sources - 1)
    return max(NARROWEST, (columns + LAST) / (1 - FIRST))


def column(layer: int, size: int, x: float) -> list[Node]:
    """The nodes of a layer, the first on top, around y = 0."""
    top = (size - 1) / 2 * SPACING
    return [Node(output(j + 1, layer), x, top - j * SPACING) for j in range(size)]


def caption(layer: int, count: int) -> str:
    """What a layer is called."""
    kind = "input" if layer == 1 else "output" if layer == count else "hidden"
    return f"layer {layer}: {kind}"


def connections(layer: int, nodes: list[Node], plus: Node, following: list[Node]) -> list[Arrow]:
    """All arrows from one layer to the next, a colour for each node they lead to."""
    length = following[0].x - plus.x
    found = []
    for i, end in enumerate(following, 1):
        names = [*(weight(i, j + 1, layer) for j in range(len(nodes))), bias(i, layer)]
        for k, (start, name) in enumerate(zip([*nodes, plus], names, strict=True)):
            at = FIRST + (PITCH + FREEDOM) * k / length
            found.append(Arrow(start, end, name, at, (i - 1) % len(PALETTE)))
    placed: list[Arrow] = []
    for arrow in found:
        placed.append(clear(arrow, found, placed, FREEDOM / length))
    return placed


def clear(arrow: Arrow, others: Sequence[Arrow], placed: Sequence[Arrow], freedom: float) -> Arrow:
    """The arrow with its label moved on within its column.

    It goes where it hides no label of those already placed and is farthest from all other arrows.
    """

    def merit(one: Arrow) -> tuple[bool, float]:
        x, y = one.place
        near = (
            abs(x - other.place[0]) < LABEL[0] and abs(y - other.place[1]) < LABEL[1]
            for other in placed
        )
        away = (other.distance(x, y) for other in others if other is not arrow)
        return not any(near), min(away, default=0)

    return max((replace(arrow, at=arrow.at + freedom * k / 20) for k in range(21)), key=merit)


# --- delta --------------------------------------------------------------------------------------


def delta_one() -> Diagram:
    """How the delta of one output comes back to a hidden node."""
    return back(
        1,
        "delta comes back from one output",
        "Two circles, a hidden node of layer 2 and the output node of layer 3. What goes forward "
        "takes the grey arrow with the weight w11(2); back along it, in orange, comes the output's "
        "delta1(3): delta1(2) is delta1(3) times w11(2) times f'(z1(2)).",
    )


def delta_several() -> Diagram:
    """How the deltas of three outputs come back to a hidden node."""
    return back(
        3,
        "delta comes back from several outputs",
        "A hidden node of layer 2 and three output nodes of layer 3, each joined with it by a grey "
        "arrow forward and an orange one back, with the weights w11(2), w21(2) and w31(2): "
        "delta1(2) is the sum of the three deltas, each times its weight, times f'(z1(2)).",
    )


def back(outputs: int, title: str, finding: str) -> Diagram:
    """A hidden node with the nodes of the output layer, and what its delta is."""
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
        arrows.append(Arrow(end, hidden, "", 0.5, BACK, 0.07))
    return Diagram("", title, finding, [hidden, *ends, *texts], arrows)
