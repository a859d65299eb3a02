"""A diagram of nodes and arrows: what it shows, and its drawing as SVG by matplotlib.

Places are in inches, x to the right and y upward, and what is drawn is as large as they say. Texts
are matplotlib's: what stands between dollar signs is mathematics, such as $w_{11}^{(1)}$.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

from benchmarks.figures import svg
from benchmarks.figures.chart import BACKGROUND, COLOURS, INK, digest

RADIUS = {"node": 0.3, "bias": 0.22, "text": 0.2}
"""Of the circle, or of what arrows keep away from, in inches."""
FILL = {"node": "white", "bias": "#e8e8e8"}
MARGIN = 0.1
"""Between the outermost circles and the title above or the edge, in inches."""
NAME_SIZE, LABEL_SIZE = 11, 10
"""Of what stands in or for a node, and on an arrow, in points."""
GROUND = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
"""Behind the label of an arrow, which would go through it otherwise."""


@dataclass(frozen=True)
class Node:
    """A circle around its name; a bias has a smaller and grey one, a text none."""

    name: str
    x: float
    y: float
    kind: Literal["node", "bias", "text"] = "node"

    @property
    def radius(self) -> float:
        """How far from its centre arrows begin and end, in inches."""
        return RADIUS[self.kind]


@dataclass(frozen=True)
class Arrow:
    """An arrow from one node to another, with a label on it."""

    start: Node
    end: Node
    label: str = ""
    at: float = 0.5
    """Where its label stands: the part of the way from the centre of `start` to that of `end`."""
    colour: int | None = INK
    """Of `chart.COLOURS`; None: what stays in the background."""
    aside: float = 0.0
    """How far to the left of the line between the centres it runs, in inches."""

    @property
    def ends(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where it leaves the one circle and reaches the other."""
        along, left = self._directions
        first, last = (math.sqrt(node.radius**2 - self.aside**2) for node in (self.start, self.end))
        return (
            (
                self.start.x + first * along[0] + self.aside * left[0],
                self.start.y + first * along[1] + self.aside * left[1],
            ),
            (
                self.end.x - last * along[0] + self.aside * left[0],
                self.end.y - last * along[1] + self.aside * left[1],
            ),
        )

    @property
    def _directions(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Unit vectors from centre to centre, and to the left of that."""
        dx, dy = self.end.x - self.start.x, self.end.y - self.start.y
        length = math.hypot(dx, dy)
        return (dx / length, dy / length), (-dy / length, dx / length)

    @property
    def place(self) -> tuple[float, float]:
        """The centre of its label, which is on the line between the centres."""
        return (
            self.start.x + self.at * (self.end.x - self.start.x),
            self.start.y + self.at * (self.end.y - self.start.y),
        )


@dataclass(frozen=True)
class Diagram:
    """Nodes and arrows, with a title and the sentence that says what is to be seen."""

    name: str
    title: str
    finding: str
    nodes: Sequence[Node]
    arrows: Sequence[Arrow]

    @property
    def digest(self) -> str:
        """Of everything that is drawn but the title."""
        return digest([asdict(part) for part in (*self.nodes, *self.arrows)])


def draw(diagram: Diagram) -> str:
    """The diagram as the text of an SVG file, with its finding as description."""
    with drawn(diagram) as figure:
        return svg.written(figure, diagram.title, f"{diagram.finding} Drawn: {diagram.digest}.")


@contextmanager
def drawn(diagram: Diagram) -> Iterator[Any]:
    """The diagram as a figure of matplotlib, which pyplot does not know of."""
    from matplotlib.figure import Figure

    left, right = (side([node.x for node in diagram.nodes], sign) for sign in (-1, 1))
    bottom, top = (side([node.y for node in diagram.nodes], sign) for sign in (-1, 1))
    with svg.style():
        figure = Figure(figsize=(right - left, top - bottom))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set(xlim=(left, right), ylim=(bottom, top))
        for arrow in diagram.arrows:
            draw_arrow(axes, arrow)
        for node in diagram.nodes:
            draw_node(axes, node)
        axes.text(left, top, diagram.title, fontsize=svg.TITLE["fontsize"], va="bottom")
        yield figure


def side(values: Sequence[float], sign: int) -> float:
    """The coordinate of an edge: of the least of these values (-1) or of the greatest (1)."""
    return sign * (max(sign * value for value in values) + RADIUS["node"] + MARGIN)


def draw_node(axes: Any, node: Node) -> None:
    """Its circle and its name."""
    from matplotlib.patches import Circle

    if node.kind != "text":
        edge = COLOURS[INK]
        circle = Circle((node.x, node.y), node.radius, facecolor=FILL[node.kind], edgecolor=edge)
        axes.add_patch(circle)
    axes.text(node.x, node.y, node.name, ha="center", va="center", fontsize=NAME_SIZE, zorder=4)


def draw_arrow(axes: Any, arrow: Arrow) -> None:
    """The arrow, and its label on top of all arrows."""
    from matplotlib.patches import FancyArrowPatch

    colour = BACKGROUND if arrow.colour is None else COLOURS[arrow.colour]
    line = FancyArrowPatch(
        *arrow.ends, arrowstyle="-|>", mutation_scale=10, shrinkA=0, shrinkB=0, color=colour
    )
    axes.add_patch(line)
    if arrow.label:
        place = {"ha": "center", "va": "center", "bbox": GROUND, "zorder": 3}
        axes.text(*arrow.place, arrow.label, fontsize=LABEL_SIZE, **place)
