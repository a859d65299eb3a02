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
nothing is read that is not there. The last group multiplies its sums by 1/m and puts them where W
lies in theta. db is kept a vector a node, whose lanes are added up at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from llvmlite import ir
from numba.core import types

from kernels.codegen.batch import Group, Tile, each_height, row, tiles
from kernels.codegen.layout import Layer
from kernels.codegen.subroutines import INDEX, at, index, repeat, subroutine
from kernels.codegen.vectors import Registers, Vectors

MOST_COLUMNS = 8
"""Vectors of inputs in a tile of dW, at most."""


def columns(layer: Layer, lanes: int) -> int:
    """Vectors of a row of dW."""
    return -(-layer.inputs // lanes)


def last_column(layer: Layer, lanes: int) -> int:
    """At which input the last vector of a row begins."""
    return max(0, layer.inputs - lanes)


@dataclass(frozen=True)
class Sums:
    """Where a group's sums go: LLVM values.

    The first group begins dW and db, the last one writes dW times `factor` into `out`, where W lies
    in theta; but for rows shorter than a vector, which `write_means` brings there.
    """

    is_first: Any
    is_last: Any
    factor: Any
    out: Any


def is_direct(layer: Layer, lanes: int) -> bool:
    """Whether the last group's dW goes to its place at once."""
    return layer.inputs >= lanes


def write_weight_sums(
    v: Vectors, layer: Layer, group: Group, D: Any, rows: Any, distance: int, dW: Any, to: Sums
) -> None:
    """dW += D times `rows` (valid, inputs), at such a distance, summed over the samples."""
    b = v.builder
    whole = columns(layer, v.lanes)
    blocks = -(-whole // MOST_COLUMNS)
    width = -(-whole // blocks)
    height = max(1, tiles()[0].nodes * tiles()[0].vectors // width)
    ends = to.is_last if is_direct(layer, v.lanes) else ir.IntType(1)(0)
    padded, factor = whole * v.lanes, b.select(ends, to.factor, v.scalar(1.0))
    length = b.select(ends, index(layer.inputs), index(padded))
    for first in range(0, whole, width):
        count = min(width, whole - first)
        start, last = first * v.lanes, (count - 1) * v.lanes
        overlapping = min(last, last_column(layer, v.lanes) - start)

        def write(
            part: Tile,
            node: Any,
            start: int = start,
            last: int = last,
            overlapping: int = overlapping,
        ) -> None:
            add = subroutine(
                b,
                f"weights_of_{part.nodes}_nodes_{part.vectors}_vectors",
                [D.type, INDEX, rows.type, INDEX, INDEX, INDEX, ir.IntType(1), dW.type, INDEX,
                 dW.type, INDEX, INDEX, v.scalar],
                partial(write_weight_tile, v.real, part),
                apart=False,
            )  # fmt: skip
            sums = at(b, row(v, dW, node, padded), start)
            place = at(b, row(v, to.out, node, layer.inputs), layer.weights + start)
            target = b.select(ends, place, sums)
            target_last = b.select(ends, index(overlapping), index(last))
            source = (at(b, rows, start), index(distance), index(overlapping))
            deltas = (row(v, D, node, group.samples), group.samples)
            begun = (to.is_first, sums, index(padded))
            b.call(
                add,
                [*deltas, *source, group.valid, *begun, target, length, target_last, factor],
            )

        each_height(v, layer.outputs, Tile(height, count), write)


def write_weight_tile(
    real: types.Type,
    tile: Tile,
    builder: Any,
    D: Any,
    samples: Any,
    rows: Any,
    distance: Any,
    last: Any,
    valid: Any,
    is_first: Any,
    dW: Any,
    dW_length: Any,
    target: Any,
    target_length: Any,
    target_last: Any,
    factor: Any,
) -> None:
    """Some nodes and vectors of inputs, of which the last begins at `last`.

    The sums are begun, or go on from dW, whose rows are `dW_length` long; times `factor` they go to
    `target`, in whose rows the last vector begins at `target_last`.
    """
    v = Vectors(builder, real)
    b = builder
    whole = [index(k * v.lanes) for k in range(tile.vectors)]

    def places(length: Any, offsets: list[Any]) -> list[Any]:
        starts = [b.mul(index(r), length) for r in range(tile.nodes)]
        return [b.add(start, offset) for start in starts for offset in offsets]

    sums = Registers(v, tile.nodes * tile.vectors)
    with b.if_then(b.not_(is_first)):
        for k, place in enumerate(places(dW_length, whole)):
            sums[k] = v.load(dW, place)
    with repeat(b, valid) as sample:
        start = b.mul(sample, distance)
        deltas = [
            v.broadcast(D, b.add(b.mul(index(r), samples), sample)) for r in range(tile.nodes)
        ]
        # a vector of the row at a time: with all of them there would be too few registers
        for k, offset in enumerate([*whole[:-1], last]):
            h = v.load(rows, b.add(start, offset))
            for r, delta in enumerate(deltas):
                place = r * tile.vectors + k
                sums[place] = v.fma(delta, h, sums[place])
    factors = v.splat(factor)
    for k, place in enumerate(places(target_length, [*whole[:-1], target_last])):
        v.store(v.mul(sums[k], factors), target, place)


def write_bias_sums(v: Vectors, layer: Layer, group: Group, D: Any, db: Any, to: Sums) -> None:
    """db += D, lane by lane."""
    b = v.builder
    with repeat(b, layer.outputs) as node:
        place = b.mul(node, index(v.lanes))
        before = b.select(to.is_first, v.constant(0.0), v.load(db, place))
        total = Registers(v, [before])
        start = b.mul(node, group.samples)
        with repeat(b, group.vectors) as vector:
            offset = b.mul(vector, index(v.lanes))
            total[0] = v.add(total[0], v.load(D, b.add(start, offset)))
        v.store(total[0], db, place)


def write_means(v: Vectors, layer: Layer, dW: Any, db: Any, to: Sums) -> None:
    """The sums that are not there yet, times the factor, to where W[l] and b[l] lie in theta."""
    b = v.builder
    factors = v.splat(to.factor)
    with repeat(b, layer.outputs) as node:
        if not is_direct(layer, v.lanes):
            place = b.add(index(layer.weights), b.mul(node, index(layer.inputs)))
            mean = v.mul(v.load(dW, b.mul(node, index(v.lanes))), factors)
            v.store_first(layer.inputs, mean, to.out, place)
        bias = b.fmul(v.total(v.load(db, b.mul(node, index(v.lanes)))), to.factor)
        b.store(bias, b.gep(to.out, [b.add(index(layer.biases), node)], inbounds=True))
