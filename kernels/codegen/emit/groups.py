"""Groups of samples, and the tiles in which their layers are computed.

A *group* is as many samples as fill a few vectors, and goes through all layers before the next one
follows, so that its numbers stay in the nearest caches. A *tile* is a rectangle of sums in
registers: some nodes of a layer, for some vectors of samples.

Only the last group of a batch may have fewer vectors than others; its tiles are one vector wide. It
may be partly empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kernels.codegen.emit.arrays import Matrix
from kernels.codegen.llvm.target import Target
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import index, repeat, smaller


@dataclass(frozen=True)
class Tile:
    """A number of nodes, and of vectors of samples."""

    nodes: int
    vectors: int


def tiles(target: Target) -> tuple[Tile, Tile]:
    """The tile for all groups but the last, and the one for it, as the registers allow."""
    return (Tile(5, 5), Tile(8, 1)) if target.registers == 32 else (Tile(4, 3), Tile(8, 1))


class Group:
    """Samples that go through the layers together.

    Parameters
    ----------
    v : the writer
    tile : in which its layers are computed
    valid : how many of its samples exist, an LLVM value
    samples : how far apart the nodes' numbers lie; None for as many samples as its vectors hold
    """

    def __init__(self, v: Vectors, tile: Tile, valid: Any, samples: Any = None) -> None:
        b = v.builder
        self.v, self.tile, self.valid = v, tile, valid
        self.vectors: Any = index(tile.vectors)
        """Vectors of samples: an LLVM value, a constant if the group is as wide as its tile."""
        self.columns: Any = 1
        """Tiles side by side."""
        if tile.vectors == 1:
            full = b.udiv(b.add(valid, index(v.lanes - 1)), index(v.lanes))
            self.vectors = self.columns = full
        self.samples = samples or b.mul(self.vectors, index(v.lanes))

    def by_node(self, data: Any) -> Matrix:
        """A layer of the group, which lies node by node."""
        return Matrix(self.v, data, self.samples)


def each_group(v: Vectors, rows: Any, write: Callable[[Tile, Any, Any], None]) -> None:
    """Loops over the groups of so many rows.

    `write(tile, first, valid)` writes what is done with a group by such tiles, whose first row is
    `first` and of which `valid` exist.
    """
    b = v.builder
    wide, narrow = tiles(v.target)
    samples = index(wide.vectors * v.lanes)
    # a last group that fills all vectors of a wide one but for some lanes is wide too
    full = b.udiv(b.add(rows, index(v.lanes - 1)), samples)
    with repeat(b, full) as turn:
        first = b.mul(turn, samples)
        write(wide, first, smaller(b, samples, b.sub(rows, first)))
    done = b.mul(full, samples)
    with b.if_then(b.icmp_signed("<", done, rows)):
        write(narrow, done, b.sub(rows, done))


def each_tile(group: Group, nodes: int, write: Callable[[Tile, Any, Any], None]) -> None:
    """Loops over so many nodes of a group, by tiles.

    `write(tile, node, column)` writes the tile that begins at a node and at a sample, `column`.
    """
    b, lanes = group.v.builder, group.v.lanes

    def write_columns(part: Tile, node: Any) -> None:
        with repeat(b, group.columns) as column:
            write(part, node, b.mul(column, index(part.vectors * lanes)))

    each_height(group.v, nodes, group.tile, write_columns)


def each_height(v: Vectors, nodes: int, tile: Tile, write: Callable[[Tile, Any], None]) -> None:
    """Loops over so many nodes, by as many as a tile has, and then the rest in one lower tile.

    `write(tile, node)` writes the tile that begins at a node.
    """
    b = v.builder
    even, rest = divmod(nodes, tile.nodes)
    for height, turns, first in ((tile.nodes, even, 0), (rest, 1, even * tile.nodes)):
        if height and turns:
            with repeat(b, turns) as turn:
                node = b.add(index(first), b.mul(turn, index(height)))
                write(Tile(height, tile.vectors), node)
