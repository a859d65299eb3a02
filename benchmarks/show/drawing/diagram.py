"""A diagram of nodes and arrows, and its drawing as SVG by matplotlib.

Coordinates are inches, x to the right and y upward. Texts may contain mathematics in matplotlib's
notation, between dollar signs: $w_{11}^{(1)}$.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

from benchmarks.show.drawing import svg
from benchmarks.show.drawing.chart import BACKGROUND, COLOURS, INK, digest

RADIUS = {"node": 0.3, "bias": 0.22, "text": 0.2}
"""Radius of a node in inches, at which arrows end; a text has no circle, but keeps arrows away."""
FILL = {"node": "white", "bias": "#e8e8e8"}
"""Colour inside the circle."""
MARGIN = 0.1
"""Distance between the outermost nodes and the edge of the drawing, in inches."""
NAME_SIZE, LABEL_SIZE = 11, 10
"""Font sizes of a node's name and of an arrow's label, in points."""
LABEL_BOX = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
"""White box behind an arrow's label, so that the arrow does not strike it through."""


@dataclass(frozen=True)
class Node:
    """A circle with a name in it; a bias is smaller and grey, a text has no circle."""

    name: str
    x: float
    y: float
    kind: Literal["node", "bias", "text"] = "node"

    @property
    def radius(self) -> float:
        """Distance from the centre at which arrows begin and end, in inches."""
        return RADIUS[self.kind]


@dataclass(frozen=True)
class Arrow:
    """An arrow from one node to another, with a label on it."""

    start: Node
    end: Node
    label: str = ""
    at: float = 0.5
    """Position of the label as a fraction of the way from `start` to `end`."""
    colour: int | None = INK
    """Index into `chart.COLOURS`; None is the grey of the background."""
    offset: float = 0.0
    """Distance by which the arrow runs to the left of the line between the centres, in inches."""

    @property
    def ends(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The points where it leaves the first circle and reaches the second."""
        along, left = self._directions
        first, last = (
            math.sqrt(node.radius**2 - self.offset**2) for node in (self.start, self.end)
        )
        return (
            (
                self.start.x + first * along[0] + self.offset * left[0],
                self.start.y + first * along[1] + self.offset * left[1],
            ),
            (
                self.end.x - last * along[0] + self.offset * left[0],
                self.end.y - last * along[1] + self.offset * left[1],
            ),
        )

    @property
    def _directions(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Unit vector from the first centre to the second, and the one to its left."""
        dx, dy = self.end.x - self.start.x, self.end.y - self.start.y
        length = math.hypot(dx, dy)
        return (dx / length, dy / length), (-dy / length, dx / length)

    @property
    def place(self) -> tuple[float, float]:
        """The centre of the label, on the line between the centres."""
        return (
            self.start.x + self.at * (self.end.x - self.start.x),
            self.start.y + self.at * (self.end.y - self.start.y),
        )

    def distance(self, x: float, y: float) -> float:
        """Distance of a point from the arrow, in inches."""
        (x0, y0), (x1, y1) = self.ends
        dx, dy = x1 - x0, y1 - y0
        part = ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)
        part = min(max(part, 0.0), 1.0)
        return math.hypot(x0 + part * dx - x, y0 + part * dy - y)


@dataclass(frozen=True)
class Diagram:
    """Nodes and arrows, with a title and a sentence that describes the drawing."""

    name: str
    title: str
    finding: str
    nodes: Sequence[Node]
    arrows: Sequence[Arrow]

    @property
    def digest(self) -> str:
        """Digest of all nodes and arrows."""
        return digest([*map(asdict, self.nodes), *map(asdict, self.arrows)])


def draw(diagram: Diagram) -> str:
    """The diagram as the text of an SVG file; its finding is the file's description."""
    with drawn(diagram) as figure:
        return svg.text_of(figure, diagram.title, f"{diagram.finding} Drawn: {diagram.digest}.")


@contextmanager
def drawn(diagram: Diagram) -> Iterator[Any]:
    """The diagram as a matplotlib figure outside pyplot, so that nothing has to be closed."""
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
        figure.draw_without_rendering()  # only now the texts have their widths
        written = min(text.get_window_extent().x0 for text in axes.texts)
        start = min(left + MARGIN, axes.transData.inverted().transform((written, 0))[0])
        axes.text(start, top, diagram.title, fontsize=svg.TITLE_SIZE, va="bottom")
        yield figure


def edges(places: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Least and greatest coordinate of a drawing of circles, given by centres and radii."""
    return (
        min(place - radius for place, radius in places) - MARGIN,
        max(place + radius for place, radius in places) + MARGIN,
    )


def draw_node(axes: Any, node: Node) -> None:
    """Draw a node: its circle and its name."""
    from matplotlib.patches import Circle

    if node.kind != "text":
        edge = COLOURS[INK]
        circle = Circle((node.x, node.y), node.radius, facecolor=FILL[node.kind], edgecolor=edge)
        axes.add_patch(circle)
    axes.text(node.x, node.y, node.name, ha="center", va="center", fontsize=NAME_SIZE, zorder=4)


def draw_arrow(axes: Any, arrow: Arrow) -> None:
    """Draw an arrow, and its label above all arrows."""
    from matplotlib.patches import FancyArrowPatch

    colour = BACKGROUND if arrow.colour is None else COLOURS[arrow.colour]
    line = FancyArrowPatch(
        *arrow.ends, arrowstyle="-|>", mutation_scale=10, shrinkA=0, shrinkB=0, color=colour
    )
    axes.add_patch(line)
    if arrow.label:
        place = {"ha": "center", "va": "center", "bbox": LABEL_BOX, "zorder": 3}
        axes.text(*arrow.place, arrow.label, fontsize=LABEL_SIZE, **place)
