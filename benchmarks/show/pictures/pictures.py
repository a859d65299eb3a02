"""The thirteen pictures that the article draws, in its order, drawn by this project's code.

`picture("sigmoid")` is one of them: a Jupyter cell shows it, and its `svg` is the text of a file.
`structure(network)` draws any small network as the article draws its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from html import escape
from typing import NamedTuple

from benchmarks.show.figures import diagram, svg
from benchmarks.show.figures.chart import Chart
from benchmarks.show.figures.diagram import Diagram
from benchmarks.show.pictures import diagrams, plots
from kernels.contract import EXAMPLE
from kernels.network import Network


class Source(NamedTuple):
    """The section that shows a picture, and what makes it, but for its section and its name."""

    section: str
    draw: Callable[[], Chart | Diagram]


PICTURES = {
    "sigmoid": Source("2.1", plots.sigmoid),
    "node": Source("2.2", diagrams.node),
    "node-with-one-input": Source("2.3", diagrams.node_with_one_input),
    "weights": Source("2.3", plots.weights),
    "node-with-bias": Source("2.3", diagrams.node_with_bias),
    "biases": Source("2.3", plots.biases),
    "layers": Source("2.4", lambda: diagrams.structure(EXAMPLE)),
    "error": Source("4", plots.steps),
    "contours": Source("4.4", plots.contours),
    "delta-one": Source("4.6", diagrams.delta_one),
    "delta-several": Source("4.6", diagrams.delta_several),
    "digit": Source("5", plots.digit),
    "cost": Source("5.4", plots.average_cost),
}


@dataclass(frozen=True)
class Picture:
    """A picture, as a Jupyter cell shows it, and what is to be known of it."""

    name: str
    section: str
    drawing: Chart | Diagram

    @property
    def title(self) -> str:
        """The section's number, and what is drawn."""
        return self.drawing.title

    @property
    def sentence(self) -> str:
        """What is to be seen, for those who do not."""
        return self.drawing.finding

    @cached_property
    def svg(self) -> str:
        """The text of an SVG file; the same every time."""
        drawing = self.drawing
        return diagram.draw(drawing) if isinstance(drawing, Diagram) else svg.draw(drawing)

    def __repr__(self) -> str:
        return f"<Picture {self.name}>"

    def _repr_svg_(self) -> str:
        """The picture within a page, where its sentence is read out instead of its lines."""
        _, _, inner = self.svg.partition("<svg ")
        return f'<svg role="img" aria-label="{escape(self.sentence)}" {inner}'


@cache
def picture(name: str) -> Picture:
    """One of `PICTURES`.

    Raises ValueError if none is called so.
    """
    if name not in PICTURES:
        raise ValueError(f"no picture is called {name!r}; there are {', '.join(PICTURES)}")
    section, draw = PICTURES[name]
    return titled(name, section, draw())


def drawings() -> list[Chart | Diagram]:
    """All of them as figures of the report."""
    return [picture(name).drawing for name in PICTURES]


def structure(network: Network) -> Picture:
    """A network as the article draws its own: layers, biases, weights by the article's names.

    Raises TypeError if it is no network, ValueError if it is too large to be legible.
    """
    if not isinstance(network, Network):
        raise TypeError(f"network must be a kernels.Network, got {type(network).__name__}")
    return titled("layers", PICTURES["layers"].section, diagrams.structure(network))


def titled(name: str, section: str, drawing: Chart | Diagram) -> Picture:
    """The drawing under the name of its file, and with its section in its title."""
    title = f"§{section}: {drawing.title}"
    return Picture(name, section, replace(drawing, name=f"article-{name}", title=title))
