"""The thirteen pictures that the article draws, in its order, drawn by this project's code.

`picture("sigmoid")` is one of them: a Jupyter cell shows it, and its `svg` is the text of a file.
`structure(network)` draws any small network as the article draws its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measure import stored
from benchmarks.measure.stored import Load
from benchmarks.show.drawing import diagram, svg
from benchmarks.show.drawing.chart import Chart
from benchmarks.show.drawing.diagram import Diagram
from benchmarks.show.figures.sources import with_gaps
from benchmarks.show.pictures import diagrams, plots

if TYPE_CHECKING:
    from kernels import Network

Drawing = Chart | Diagram


class Source(NamedTuple):
    """A picture's section in the article, and the function that draws it.

    If the picture is `measured`, `draw` has one parameter, the function that loads runs, else none.
    """

    section: str
    draw: Callable[..., Drawing]
    measured: bool = False

    def drawing(self, load: Load) -> Drawing:
        """The picture, still without its name and the section in its title."""
        return self.draw(load) if self.measured else self.draw()


PICTURES = {
    "sigmoid": Source("2.1", plots.sigmoid),
    "node": Source("2.2", diagrams.node),
    "node-with-one-input": Source("2.3", diagrams.node_with_one_input),
    "weights": Source("2.3", plots.weights),
    "node-with-bias": Source("2.3", diagrams.node_with_bias),
    "biases": Source("2.3", plots.biases),
    "layers": Source("2.4", diagrams.example),
    "error": Source("4", plots.steps),
    "contours": Source("4.4", plots.contours),
    "delta-one": Source("4.6", diagrams.delta_one),
    "delta-several": Source("4.6", diagrams.delta_several),
    "digit": Source("5", plots.digit),
    "cost": Source("5.4", plots.average_cost, measured=True),
}


@dataclass(frozen=True)
class Picture:
    """A picture that a Jupyter cell can show."""

    name: str
    section: str
    drawing: Drawing

    @property
    def title(self) -> str:
        """The section's number, and what is drawn."""
        return self.drawing.title

    @property
    def sentence(self) -> str:
        """A description for readers who do not see the picture."""
        return self.drawing.finding

    @property
    def is_measured(self) -> bool:
        """False if the picture is drawn from rows that are missing."""
        return isinstance(self.drawing, Diagram) or bool(self.drawing.panels)

    @cached_property
    def svg(self) -> str:
        """The text of an SVG file; the same every time."""
        drawing = self.drawing
        return diagram.draw(drawing) if isinstance(drawing, Diagram) else svg.draw(drawing)

    def __repr__(self) -> str:
        return f"<Picture {self.name}>"

    def _repr_svg_(self) -> str:
        """The picture for a page, with its sentence as the label that screen readers read."""
        _, _, inner = self.svg.partition("<svg ")
        return f'<svg role="img" aria-label="{escape(self.sentence)}" {inner}'


def picture(name: str, load: Load = stored.load) -> Picture:
    """The picture of this name, one of `PICTURES`.

    A measured one is drawn from the stored runs that `load` gives, by default the reference runs.

    Raises ValueError if no picture has this name, or if its rows are missing.
    """
    if name not in PICTURES:
        raise ValueError(f"no picture is called {name!r}; there are {', '.join(PICTURES)}")
    found = draw(name, load)
    if not found.is_measured:
        raise ValueError(f"the picture {name!r} has no rows. {found.sentence}")
    return found


def pictures(load: Load = stored.load) -> list[Picture]:
    """All pictures in the article's order; one whose rows are missing says so."""
    return [draw(name, load) for name in PICTURES]


def draw(name: str, load: Load) -> Picture:
    """The picture of this name."""
    source = PICTURES[name]
    drawing = source.drawing(load)
    if isinstance(drawing, Chart) and source.measured:
        drawing = with_gaps(drawing, load)
    return titled(name, source.section, drawing)


def structure(network: Network) -> Picture:
    """A network as the article draws its own: layers, biases, weights by the article's names.

    Raises TypeError if it is no network, ValueError if it is too large to be legible.
    """
    sizes = getattr(network, "sizes", None)
    if not isinstance(sizes, tuple):
        raise TypeError(f"network must be a kernels.Network, got {type(network).__name__}")
    return titled("layers", PICTURES["layers"].section, diagrams.structure(sizes))


def titled(name: str, section: str, drawing: Drawing) -> Picture:
    """The drawing under the name of its file, and with its section in its title."""
    title = f"§{section}: {drawing.title}"
    return Picture(name, section, replace(drawing, name=f"article-{name}", title=title))
