"""A batch through the network: the samples are the lanes.

Samples go through all layers in *groups*, of as many as fill a few vectors, with each layer's
outputs lying node by node::

    X, row by row            H[l], a row a node             H[l+1]
    sample 0: x0 x1 ...      node 0: sample 0 1 2 .. 39     node 0: sample 0 1 2 .. 39
    sample 1: x0 x1 ...  ->  node 1: sample 0 1 2 .. 39  -> ...
    ...                      ...

A *tile* computes the z of some nodes for a whole group in registers, one multiply-add a register
and input, with the input's row of H[l] read once for all its nodes and each weight put into every
lane. No lane is lost to padding, whatever the sizes: only the last groups of a batch, which are
narrow, one vector each, may be partly empty. In them the last sample is repeated; its result is
written again and again to the same place.

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

from kernels.simd.layout import Layer, Layout
from kernels.simd.sigmoid import sigmoids
from kernels.simd.subroutines import INDEX, at, index, repeat, smaller, subroutine
from kernels.simd.vectors import Registers, Vectors, registers


@dataclass(frozen=True)
class Tile:
    """So many nodes, for so many vectors of samples."""

    nodes: int
    vectors: int


def tiles() -> tuple[Tile, Tile]:
    """The tile for most of a batch, and the one for its last samples, as the registers allow."""
    return (Tile(5, 5), Tile(8, 1)) if registers() == 32 else (Tile(4, 3), Tile(8, 1))


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
            f"group_of_{tile.vectors}_vectors",
            [parameters.type, X.type, INDEX, out.type, scratch.type],
            partial(write_group, v.real, layout, tile),
        )
        x, y = row(v, X, first, layout.sizes[0]), row(v, out, first, layout.sizes[-1])
        v.builder.call(group, [parameters, x, valid, y, scratch])

    each_group(v, rows, write)


def each_group(v: Vectors, rows: Any, write: Callable[[Tile, Any, Any], None]) -> None:
    """Loops over the groups of so many rows.

    `write(tile, first, valid)` writes what is done with a group, whose first row is `first` and of
    which `valid` exist.
    """
    b = v.builder
    wide, narrow = tiles()
    samples = index(wide.vectors * v.lanes)
    full = b.udiv(rows, samples)
    done = b.mul(full, samples)
    left = b.sub(rows, done)
    last = b.udiv(b.add(left, index(v.lanes - 1)), index(v.lanes))
    for tile, turns, start in ((wide, full, index(0)), (narrow, last, done)):
        size = index(tile.vectors * v.lanes)
        with repeat(b, turns) as turn:
            first = b.add(start, b.mul(turn, size))
            write(tile, first, smaller(b, size, b.sub(rows, first)))


def row(v: Vectors, matrix: Any, number: Any, width: int) -> Any:
    """Where a row of a matrix begins."""
    return v.builder.gep(matrix, [v.builder.mul(number, index(width))], inbounds=True)


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
    write_reading(v, layout.sizes[0], tile.vectors, X, valid, H)
    for layer in layout.layers:
        write_layer(v, layer, tile, parameters, H, Z)
        H, Z = Z, H
    write_writing(v, layout.sizes[-1], tile.vectors, H, valid, out)


def write_layer(v: Vectors, layer: Layer, tile: Tile, parameters: Any, H: Any, Z: Any) -> None:
    """f(W H + b) of a group into Z, node by node."""
    b = v.builder

    def write(part: Tile, node: Any) -> None:
        compute = subroutine(
            b,
            f"tile_of_{part.nodes}_nodes_{part.vectors}_vectors",
            [parameters.type, parameters.type, INDEX, H.type, Z.type],
            partial(write_tile, v.real, part),
        )
        weight = b.add(index(layer.weights), b.mul(node, index(layer.inputs)))
        W = b.gep(parameters, [weight], inbounds=True)
        bias = b.gep(parameters, [b.add(index(layer.biases), node)], inbounds=True)
        z = row(v, Z, node, tile.vectors * v.lanes)
        b.call(compute, [W, bias, index(layer.inputs), H, z])

    each_tile(v, layer.outputs, tile, write)
    b.call(sigmoids(v, Z), [Z, index(layer.outputs * tile.vectors)])


def each_tile(v: Vectors, nodes: int, tile: Tile, write: Callable[[Tile, Any], None]) -> None:
    """Loops over so many nodes, by tiles; `write(tile, node)` writes the one that begins there."""
    b = v.builder
    even, rest = divmod(nodes, tile.nodes)
    for height, turns, first in ((tile.nodes, even, 0), (rest, 1, even * tile.nodes)):
        if height and turns:
            with repeat(b, turns) as turn:
                node = b.add(index(first), b.mul(turn, index(height)))
                write(Tile(height, tile.vectors), node)


def write_tile(
    real: types.Type, tile: Tile, builder: Any, W: Any, bias: Any, inputs: Any, H: Any, Z: Any
) -> None:
    """z = b + W h of `tile.nodes` nodes, whose rows of W follow each other, for a group."""
    v = Vectors(builder, real)
    biases = [v.broadcast(bias, index(r)) for r in range(tile.nodes) for _ in range(tile.vectors)]
    sums = Registers(v, biases)
    add_products(v, tile, sums, W, (inputs, index(1)), inputs, H)
    for k in range(len(sums)):
        v.store(sums[k], Z, index(k * v.lanes))


def add_products(
    v: Vectors, tile: Tile, sums: Registers, W: Any, steps: tuple[Any, Any], count: Any, H: Any
) -> None:
    """sums[r] += W[r steps[0] + j steps[1]] H[j], for j = 0 .. count-1 and every node r of a tile.

    W is read number by number, H (count, samples) vector by vector.
    """
    b = v.builder
    vectors = range(tile.vectors)
    starts = [b.mul(index(r), steps[0]) for r in range(tile.nodes)]
    with repeat(b, count) as j:
        start = b.mul(j, index(tile.vectors * v.lanes))
        h = [v.load(H, b.add(start, index(k * v.lanes))) for k in vectors]
        for r in range(tile.nodes):
            weight = v.broadcast(W, b.add(starts[r], b.mul(j, steps[1])))
            for k in vectors:
                place = r * tile.vectors + k
                sums[place] = v.fma(weight, h[k], sums[place])


def row_starts(v: Vectors, first: Any, valid: Any, width: int) -> list[Any]:
    """Where the rows of `lanes` samples begin; in place of those that do not exist, the last's."""
    b = v.builder
    last = b.sub(valid, index(1))
    rows = (smaller(b, b.add(first, index(lane)), last) for lane in range(v.lanes))
    return [b.mul(row, index(width)) for row in rows]


def write_reading(v: Vectors, width: int, vectors: int, X: Any, valid: Any, H: Any) -> None:
    """The rows of X (valid, width) into H, node by node."""
    with squares(v, width, vectors, valid) as (cells, place, whole):
        if whole:
            nodes = v.transposed([v.load(X, cell) for cell in cells])
            for k, samples in enumerate(nodes):
                v.store(samples, H, place(k))
        else:
            v.store(v.gather(X, cells), H, place(0))


def write_writing(v: Vectors, width: int, vectors: int, H: Any, valid: Any, out: Any) -> None:
    """H, which lies node by node, into the rows of out (valid, width)."""
    with squares(v, width, vectors, valid) as (cells, place, whole):
        if whole:
            rows = v.transposed([v.load(H, place(k)) for k in range(v.lanes)])
            for cell, nodes in zip(cells, rows, strict=True):
                v.store(nodes, out, cell)
        else:
            v.scatter(v.load(H, place(0)), out, cells)


@contextmanager
def squares(
    v: Vectors, width: int, vectors: int, valid: Any
) -> Iterator[tuple[list[Any], Callable[[int], Any], bool]]:
    """Loops over `lanes` samples and `lanes` nodes at a time, or one node where rows are short.

    Gives where the samples' rows have the first of these nodes, where the vector of the k-th node
    lies node by node, and whether it is a whole square.
    """
    b = v.builder
    with repeat(b, vectors) as vector:
        sample = b.mul(vector, index(v.lanes))
        starts = row_starts(v, sample, valid, width)
        with columns(v, width) as (node, whole):

            def place(k: int) -> Any:
                return b.add(b.mul(b.add(node, index(k)), index(vectors * v.lanes)), sample)

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
