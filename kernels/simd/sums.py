"""What a group of samples adds to dW and db, and the means in the end.

For dW the *inputs* of a layer are the lanes. A tile of some nodes and some vectors of inputs stays
in registers while the samples pass: of each, its row of layer l is read vector by vector, and the
deltas of the tile's nodes are put into every lane::

    dW[l]                     inputs 0..7   8..15   16..23  ...
    node 0    + D[0][s]  *    row s of layer l, read once for all nodes of the tile
    node 1    + D[1][s]  *
    node 2    + D[2][s]  *

dW lies in scratch memory, its rows padded to whole vectors. Where a row of inputs is no whole
number of vectors, its last vector overlaps the one before, and what they share is computed twice;
nothing is read that is not there. db is kept a vector a node, whose lanes are added up at the end.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from numba.core import types

from kernels.simd.batch import Tile, each_tile, row, tiles
from kernels.simd.layout import Layer
from kernels.simd.subroutines import INDEX, at, index, repeat, subroutine
from kernels.simd.vectors import Registers, Vectors

MOST_COLUMNS = 8
"""Vectors of inputs in a tile of dW, at most."""


def columns(layer: Layer, lanes: int) -> int:
    """Vectors of a row of dW."""
    return -(-layer.inputs // lanes)


def last_column(layer: Layer, lanes: int) -> int:
    """At which input the last vector of a row begins."""
    return max(0, layer.inputs - lanes)


def write_weight_sums(
    v: Vectors, layer: Layer, tile: Tile, D: Any, rows: Any, valid: Any, dW: Any
) -> None:
    """dW += D times `rows` (valid, inputs), summed over the samples."""
    b = v.builder
    whole = columns(layer, v.lanes)
    blocks = -(-whole // MOST_COLUMNS)
    width = -(-whole // blocks)
    height = max(1, tiles()[0].nodes * tiles()[0].vectors // width)
    samples = tile.vectors * v.lanes
    for first in range(0, whole, width):
        count = min(width, whole - first)
        end = (
            last_column(layer, v.lanes) if first + count == whole else (first + count - 1) * v.lanes
        )

        def write(part: Tile, node: Any, first: int = first, end: int = end) -> None:
            add = subroutine(
                b,
                f"weights_of_{part.nodes}_nodes_{part.vectors}_vectors_{samples}_samples",
                [D.type, rows.type, INDEX, INDEX, INDEX, dW.type, INDEX],
                partial(write_weight_tile, v.real, part, samples),
            )
            start = b.add(b.mul(node, index(whole * v.lanes)), index(first * v.lanes))
            target = b.gep(dW, [start], inbounds=True)
            source = at(b, rows, first * v.lanes)
            last, row_length = index(end - first * v.lanes), index(whole * v.lanes)
            deltas = row(v, D, node, samples)
            b.call(
                add,
                [deltas, source, index(layer.inputs), last, valid, target, row_length],
            )

        each_tile(v, layer.outputs, Tile(height, count), write)


def write_weight_tile(
    real: types.Type,
    tile: Tile,
    samples: int,
    builder: Any,
    D: Any,
    rows: Any,
    inputs: Any,
    last: Any,
    valid: Any,
    dW: Any,
    row_length: Any,
) -> None:
    """Some nodes and vectors of inputs, of which the last begins at `last`."""
    v = Vectors(builder, real)
    b = builder
    offsets = [*(index(k * v.lanes) for k in range(tile.vectors - 1)), last]
    places = [
        b.add(b.mul(index(r), row_length), index(k * v.lanes))
        for r in range(tile.nodes)
        for k in range(tile.vectors)
    ]
    sums = Registers(v, [v.load(dW, place) for place in places])
    with repeat(b, valid) as sample:
        start = b.mul(sample, inputs)
        h = [v.load(rows, b.add(start, offset)) for offset in offsets]
        for r in range(tile.nodes):
            delta = v.broadcast(D, b.add(index(r * samples), sample))
            for k in range(tile.vectors):
                place = r * tile.vectors + k
                sums[place] = v.fma(delta, h[k], sums[place])
    for k, place in enumerate(places):
        v.store(sums[k], dW, place)


def write_bias_sums(v: Vectors, layer: Layer, tile: Tile, D: Any, db: Any) -> None:
    """db += D, lane by lane."""
    b = v.builder
    with repeat(b, layer.outputs) as node:
        place = b.mul(node, index(v.lanes))
        total = v.load(db, place)
        start = b.mul(node, index(tile.vectors * v.lanes))
        for k in range(tile.vectors):
            total = v.add(total, v.load(D, b.add(start, index(k * v.lanes))))
        v.store(total, db, place)


def write_means(v: Vectors, layer: Layer, factor: Any, dW: Any, db: Any, out: Any) -> None:
    """The sums, times `factor`, to where W[l] and b[l] lie in theta."""
    b = v.builder
    whole = columns(layer, v.lanes)
    factors = v.splat(factor)
    with repeat(b, layer.outputs) as node:
        source = b.mul(node, index(whole * v.lanes))
        target = b.add(index(layer.weights), b.mul(node, index(layer.inputs)))
        with repeat(b, whole - 1) as column:
            offset = b.mul(column, index(v.lanes))
            mean = v.mul(v.load(dW, b.add(source, offset)), factors)
            v.store(mean, out, b.add(target, offset))
        end = b.add(target, index(last_column(layer, v.lanes)))
        mean = v.mul(v.load(dW, b.add(source, index((whole - 1) * v.lanes))), factors)
        v.store_first(min(v.lanes, layer.inputs), mean, out, end)
        bias = b.fmul(v.total(v.load(db, b.mul(node, index(v.lanes)))), factor)
        b.store(bias, b.gep(out, [b.add(index(layer.biases), node)], inbounds=True))
