"""Pictures by name or by network sizes, drawn with the positions of their texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.show.drawing import diagram, svg
from benchmarks.show.drawing.diagram import Diagram
from benchmarks.show.pictures.catalogue import PICTURES, Picture, picture, structure
from kernels import Network

SHAPES = ((1, 1), (3, 3, 1), (2, 3, 2), (1, 5, 1), (4, 1, 6, 2), (6, 6, 6))
Key = str | tuple[int, ...]
"""The name of a picture, or the sizes of a network."""
DIAGRAMS: tuple[Key, ...] = (
    *("node", "node-with-one-input", "node-with-bias", "delta-one", "delta-several"),
    *SHAPES,
)
EVERYTHING: tuple[Key, ...] = (*PICTURES, *SHAPES)


def network(*sizes: int) -> Network:
    return Network.random(sizes, seed=0)


def shown(key: Key) -> Picture:
    """Return the picture of this name, or of a network of these sizes."""
    return picture(key) if isinstance(key, str) else structure(network(*key))


def named(key: Key) -> str:
    return key if isinstance(key, str) else "-".join(map(str, key))


@contextmanager
def drawn(one: Picture) -> Iterator[Any]:
    """Yield the picture as a matplotlib figure after layout."""
    drawing = one.drawing
    with diagram.drawn(drawing) if isinstance(drawing, Diagram) else svg.drawn(drawing) as figure:
        figure.draw_without_rendering()
        yield figure


def texts(figure: Any) -> dict[str, Any]:
    """Return the bounding boxes, in pixels, of all visible texts."""
    from matplotlib.text import Text

    hidden = {label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)
              for label in beyond(axis)}  # fmt: skip
    found = {}
    for number, one in enumerate(figure.findobj(Text)):
        if one.get_visible() and one.get_text() and one not in hidden:
            found[f"{one.get_text()} ({number})"] = one.get_window_extent()
    return found


def beyond(axis: Any) -> set[Any]:
    """Return labels of ticks outside an axis's range, which matplotlib keeps but does not draw."""
    low, high = sorted(axis.get_view_interval())
    return {tick.label1 for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high}
