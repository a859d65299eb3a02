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

from benchmarks.show.figures import svg
from benchmarks.show.figures.chart import BACKGROUND, COLOURS, INK, digest

RADIUS = {"node": 0.3, "bias": 0.22, "text": 0.2}
"""Of the circle, or of what arrows keep away from, in inches."""
FILL = {"node": "white", "bias": "#e8e8e8"}
MARGIN = 0.1
"""Between what is outermost and the edge, in inches."""
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

    def distance(self, x: float, y: float) -> float:
        """How far a place is from the arrow, in inches."""
        (x0, y0), (x1, y1) = self.ends
        dx, dy = x1 - x0, y1 - y0
        part = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)
        part = min(max(part, 0.0), 1.0)
        return math.hypot(x0 + part * dx - x, y0 + part * dy - y)


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
        return digest([*map(asdict, self.nodes), *map(asdict, self.arrows)])


def draw(diagram: Diagram) -> str:
    """The diagram as the text of an SVG file, with its finding as description."""
    with drawn(diagram) as figure:
        return svg.written(figure, diagram.title, f"{diagram.finding} Drawn: {diagram.digest}.")


@contextmanager
def drawn(diagram: Diagram) -> Iterator[Any]:
    """The diagram as a figure of matplotlib, which pyplot does not know of."""
    from matplotlib.figure import Figure

    left, right = edges([(node.x, node.radius) for node in diagram.nodes])
    bottom, top = edges([(node.y, node.radius) for node in diagram.nodes])
    with svg.style():
        figure = Figure(figsize=(right - left, top - bottom))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set(xlim=(left, right), ylim=(bottom, top))
        for arrow in diagram.arrows:
            draw_arrow(axes, arrow)
        for node in diagram.nodes:
            draw_node(axes, node)
        figure.draw_without_rendering()  # which tells how wide texts are
        written = min(text.get_window_extent().x0 for text in axes.texts)
        start = min(left + MARGIN, axes.transData.inverted().transform((written, 0))[0])
        axes.text(start, top, diagram.title, fontsize=svg.TITLE["fontsize"], va="bottom")
        yield figure


def edges(places: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The least and the greatest coordinate of what is at these places, within these radii."""
    return (
        min(place - radius for place, radius in places) - MARGIN,
        max(place + radius for place, radius in places) + MARGIN,
    )


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
