"""A batch through the network: the samples are the lanes.

Samples go through all layers in *groups*, of as many as fill a few vectors, with each layer's
outputs lying node by node::

    X, row by row            H[l], a row a node             H[l+1]
    sample 0: x0 x1 ...      node 0: sample 0 1 2 .. 39     node 0: sample 0 1 2 .. 39
    sample 1: x0 x1 ...  ->  node 1: sample 0 1 2 .. 39  -> ...
    ...                      ...

A *tile* computes the z of some nodes for a whole group in registers, one multiply-add a register
and input, with the input's row of H[l] read once for all its nodes and each weight put into every
lane. No lane is lost to padding, whatever the sizes: only the last group of a batch may have fewer
vectors, for which its tiles are one vector wide, and it may be partly empty. In it the last sample
is repeated; its result is written again and again to the same place.

Costs: a tile of 5 nodes and 5 vectors does 25 multiply-adds for 10 reads, so it is arithmetic that
takes the time; the sigmoid follows in a loop of its own over what is still in the first-level
cache; X is read and outputs are written by transposing squares of numbers in registers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from numba.core import types

from kernels.codegen.activations import activate_samples
from kernels.codegen.layout import Layer, Layout
from kernels.codegen.subroutines import INDEX, at, index, repeat, smaller, subroutine
from kernels.codegen.vectors import Registers, Vectors, registers


@dataclass(frozen=True)
class Tile:
    """So many nodes, for so many vectors of samples."""

    nodes: int
    vectors: int


def tiles() -> tuple[Tile, Tile]:
    """The tile for most of a batch, and the one for its last samples, as the registers allow."""
    return (Tile(5, 5), Tile(8, 1)) if registers() == 32 else (Tile(4, 3), Tile(8, 1))


class Group:
    """Samples that go through the layers together: so many vectors of them, by tiles.

    `samples`, the numbers of a node, and `columns`, how many tiles lie side by side, are LLVM
    values, constants where the group is as wide as its tile.
    """

    def __init__(self, v: Vectors, tile: Tile, valid: Any, samples: Any = None) -> None:
        b = v.builder
        self.tile = tile
        self.valid = valid
        """How many of the samples exist."""
        self.vectors: Any = index(tile.vectors)
        self.columns: Any = 1
        if tile.vectors == 1:
            full = b.udiv(b.add(valid, index(v.lanes - 1)), index(v.lanes))
            self.vectors = self.columns = full
        self.samples = samples or b.mul(self.vectors, index(v.lanes))


def room(layout: Layout) -> int:
    """How many numbers two layers of a group are."""
    return 2 * max(layout.sizes) * tiles()[0].vectors * layout.lanes


def write_batch(
    v: Vectors, layout: Layout, parameters: Any, X: Any, rows: Any, out: Any, scratch: Any
) -> None:
    """Instructions for h[L] of every row of X (rows, s_1) into out (rows, s_L).

    `scratch` has `room`.
    """

    def write(tile: Tile, first: Any, valid: Any) -> None:
        group = subroutine(
            v.builder,
            f"group_by_{tile.vectors}_vectors",
            [parameters.type, X.type, INDEX, out.type, scratch.type],
            partial(write_group, v.real, layout, tile),
        )
        x, y = row(v, X, first, layout.sizes[0]), row(v, out, first, layout.sizes[-1])
        v.builder.call(group, [parameters, x, valid, y, scratch])

    each_group(v, rows, write)


def each_group(v: Vectors, rows: Any, write: Callable[[Tile, Any, Any], None]) -> None:
    """Loops over the groups of so many rows.

    `write(tile, first, valid)` writes what is done with a group by such tiles, whose first row is
    `first` and of which `valid` exist.
    """
    b = v.builder
    wide, narrow = tiles()
    samples = index(wide.vectors * v.lanes)
    # a last group that fills all vectors of a wide one but for some lanes is wide too
    full = b.udiv(b.add(rows, index(v.lanes - 1)), samples)
    with repeat(b, full) as turn:
        first = b.mul(turn, samples)
        write(wide, first, smaller(b, samples, b.sub(rows, first)))
    done = b.mul(full, samples)
    with b.if_then(b.icmp_signed("<", done, rows)):
        write(narrow, done, b.sub(rows, done))


def row(v: Vectors, matrix: Any, number: Any, width: int | Any) -> Any:
    """Where a row of a matrix begins; `width` is a number or an LLVM value."""
    length = index(width) if isinstance(width, int) else width
    return v.builder.gep(matrix, [v.builder.mul(number, length)], inbounds=True)


def write_group(
    real: types.Type,
    layout: Layout,
    tile: Tile,
    builder: Any,
    parameters: Any,
    X: Any,
    valid: Any,
    out: Any,
    scratch: Any,
) -> None:
    """A group of samples through all layers; only the first `valid` of them exist."""
    v = Vectors(builder, real)
    H, Z = scratch, at(builder, scratch, room(layout) // 2)
    group = Group(v, tile, valid)
    write_reading(v, layout.sizes[0], group, X, H)
    for layer in layout.layers:
        write_layer(v, layer, group, parameters, H, Z)
        H, Z = Z, H
    write_writing(v, layout.sizes[-1], group, H, out)


def write_layer(v: Vectors, layer: Layer, group: Group, parameters: Any, H: Any, Z: Any) -> None:
    """f(W H + b) of a group into Z, node by node."""
    b = v.builder

    def write(part: Tile, node: Any, column: Any) -> None:
        compute = subroutine(
            b,
            f"tile_of_{part.nodes}_nodes_{part.vectors}_vectors",
            [parameters.type, parameters.type, INDEX, H.type, Z.type, INDEX],
            partial(write_tile, v.real, part),
        )
        weight = b.add(index(layer.weights), b.mul(node, index(layer.inputs)))
        W = b.gep(parameters, [weight], inbounds=True)
        bias = b.gep(parameters, [b.add(index(layer.biases), node)], inbounds=True)
        h = b.gep(H, [column], inbounds=True)
        z = b.gep(row(v, Z, node, group.samples), [column], inbounds=True)
        b.call(compute, [W, bias, index(layer.inputs), h, z, group.samples])

    each_tile(v, layer.outputs, group, write)
    activate_samples(v, layer.function, layer.outputs, Z, group.vectors, group.samples)


def each_tile(
    v: Vectors, nodes: int, group: Group, write: Callable[[Tile, Any, Any], None]
) -> None:
    """Loops over so many nodes of a group, by tiles.

    `write(tile, node, column)` writes the tile that begins at a node and a sample.
    """
    b = v.builder

    def write_columns(part: Tile, node: Any) -> None:
        with repeat(b, group.columns) as column:
            write(part, node, b.mul(column, index(part.vectors * v.lanes)))

    each_height(v, nodes, group.tile, write_columns)


def each_height(v: Vectors, nodes: int, tile: Tile, write: Callable[[Tile, Any], None]) -> None:
    """Loops over so many nodes, by as many as a tile has; `write(tile, node)` for each."""
    b = v.builder
    even, rest = divmod(nodes, tile.nodes)
    for height, turns, first in ((tile.nodes, even, 0), (rest, 1, even * tile.nodes)):
        if height and turns:
            with repeat(b, turns) as turn:
                node = b.add(index(first), b.mul(turn, index(height)))
                write(Tile(height, tile.vectors), node)


def write_tile(
    real: types.Type,
    tile: Tile,
    builder: Any,
    W: Any,
    bias: Any,
    inputs: Any,
    H: Any,
    Z: Any,
    samples: Any,
) -> None:
    """z = b + W h of `tile.nodes` nodes, whose rows of W follow each other, for its vectors.

    A node's numbers in H and Z lie `samples` after those of the node before.
    """
    v = Vectors(builder, real)
    biases = [v.broadcast(bias, index(r)) for r in range(tile.nodes) for _ in range(tile.vectors)]
    sums = Registers(v, biases)
    add_products(v, tile, sums, W, inputs, inputs, H, samples)
    for k, place in enumerate(places(v, tile, samples)):
        v.store(sums[k], Z, place)


def places(v: Vectors, tile: Tile, samples: Any) -> list[Any]:
    """Where the vectors of a tile lie, node by node."""
    b = v.builder
    return [
        b.add(b.mul(index(r), samples), index(k * v.lanes))
        for r in range(tile.nodes)
        for k in range(tile.vectors)
    ]


def add_products(
    v: Vectors,
    tile: Tile,
    sums: Registers,
    W: Any,
    distance: Any,
    count: Any,
    H: Any,
    samples: Any,
) -> None:
    """sums[r] += W[r distance + j] H[j], for j = 0 .. count-1 and every node r of a tile.

    W is read number by number, H (count, samples) vector by vector.
    """
    b = v.builder
    vectors = range(tile.vectors)
    starts = [b.mul(index(r), distance) for r in range(tile.nodes)]
    with repeat(b, count) as j:
        start = b.mul(j, samples)
        h = [v.load(H, b.add(start, index(k * v.lanes))) for k in vectors]
        for r in range(tile.nodes):
            weight = v.broadcast(W, b.add(starts[r], j))
            for k in vectors:
                place = r * tile.vectors + k
                sums[place] = v.fma(weight, h[k], sums[place])


def row_starts(v: Vectors, first: Any, valid: Any, distance: int) -> list[Any]:
    """Where the rows of `lanes` samples begin; in place of those that do not exist, the last's."""
    b = v.builder
    last = b.sub(valid, index(1))
    rows = (smaller(b, b.add(first, index(lane)), last) for lane in range(v.lanes))
    return [b.mul(row, index(distance)) for row in rows]


def write_reading(v: Vectors, width: int, group: Group, X: Any, H: Any) -> None:
    """The rows of X (valid, width) into H, node by node."""
    with squares(v, width, width, group) as (cells, place, whole):
        if whole:
            nodes = v.transposed([v.load(X, cell) for cell in cells])
            for k, samples in enumerate(nodes):
                v.store(samples, H, place(k))
        else:
            v.store(v.gather(X, cells), H, place(0))


def write_writing(
    v: Vectors, width: int, group: Group, H: Any, out: Any, distance: int | None = None
) -> None:
    """H, which lies node by node, into the rows of out (valid, width), so far from each other."""
    with squares(v, width, distance or width, group) as (cells, place, whole):
        if whole:
            rows = v.transposed([v.load(H, place(k)) for k in range(v.lanes)])
            for cell, nodes in zip(cells, rows, strict=True):
                v.store(nodes, out, cell)
        else:
            v.scatter(v.load(H, place(0)), out, cells)


@contextmanager
def squares(
    v: Vectors, width: int, distance: int, group: Group
) -> Iterator[tuple[list[Any], Callable[[int], Any], bool]]:
    """Loops over `lanes` samples and `lanes` nodes at a time, or one node where rows are short.

    Gives where the samples' rows have the first of these nodes, where the vector of the k-th node
    lies node by node, and whether it is a whole square.
    """
    b = v.builder
    with repeat(b, group.vectors) as vector:
        sample = b.mul(vector, index(v.lanes))
        starts = row_starts(v, sample, group.valid, distance)
        with columns(v, width) as (node, whole):

            def place(k: int) -> Any:
                return b.add(b.mul(b.add(node, index(k)), group.samples), sample)

            yield [b.add(start, node) for start in starts], place, whole


@contextmanager
def columns(v: Vectors, width: int) -> Iterator[tuple[Any, bool]]:
    """A loop over the nodes of a row: by `lanes` of them, the last ones overlapping those before.

    Where the row is too short for that, one by one. Gives the first node, and which it is.
    """
    b = v.builder
    if width < v.lanes:
        with repeat(b, width) as node:
            yield node, False
        return
    with repeat(b, -(-width // v.lanes)) as turn:
        yield smaller(b, b.mul(turn, index(v.lanes)), index(width - v.lanes)), True
