"""Sums of dW and db over the samples, group by group, and the means in the end.

For dW the *inputs* of a layer are the lanes. A tile of some nodes and some vectors of inputs stays
in registers while the samples pass: of each, its row of layer l is read vector by vector, and the
deltas of the tile's nodes are put into every lane::

    dW[l]                     inputs 0..7   8..15   16..23  ...
    node 0    + D[0][s]  *    row s of layer l, read once for all nodes of the tile
    node 1    + D[1][s]  *
    node 2    + D[2][s]  *

A row is cut into tiles that are equally wide, or nearly: in a narrow one, every multiply-add would
wait for the one before. dW lies in scratch memory, its rows padded to whole vectors. Where a row of
inputs is no whole number of vectors, its last vector overlaps the one before, and what they share
is computed twice; nothing is read that is not there. The last group multiplies its sums by 1/m and
puts them where W lies in theta. db is kept a vector a node, whose lanes are added up at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kernels.codegen.emit.arrays import Block, Matrix
from kernels.codegen.emit.groups import Group, Tile, each_height, tiles
from kernels.codegen.emit.layout import Layer
from kernels.codegen.llvm.functions import Struct, call
from kernels.codegen.llvm.vectors import Registers, Vectors
from kernels.codegen.llvm.writing import FALSE, at, index, repeat

MOST_COLUMNS = {16: 6, 32: 8}
"""Most vectors of inputs in a tile of dW, by the number of registers: 2 nodes or 3 share each."""


@dataclass(frozen=True)
class Mean(Struct):
    """Where the gradient goes: the sums over all samples times `factor` to `out`, as theta lies."""

    factor: Any
    out: Any


@dataclass(frozen=True)
class Sums(Struct):
    """What a group does with its sums, beside adding them to those of the groups before it.

    The first group begins dW and db. The last one writes dW as a mean, except of layers whose rows
    are shorter than a vector, which `write_means` writes.
    """

    is_first: Any
    is_last: Any
    mean: Mean


@dataclass(frozen=True)
class Ends(Struct):
    """Where the sums of a tile begin from, and where they are written, times `factor`."""

    is_first: Any
    """True if they begin at 0."""
    begun: Block
    target: Block
    factor: Any


def columns(layer: Layer, lanes: int) -> int:
    """Vectors of a row of dW."""
    return -(-layer.inputs // lanes)


def last_column(layer: Layer, lanes: int) -> int:
    """The input at which the last vector of a row begins."""
    return max(0, layer.inputs - lanes)


def is_direct(layer: Layer, lanes: int) -> bool:
    """True if the last group writes dW straight to its place in theta."""
    return layer.inputs >= lanes


def write_weight_sums(
    layer: Layer, group: Group, D: Matrix, rows: Matrix, dW: Any, sums: Sums
) -> None:
    """dW += D times `rows` (valid, inputs), summed over the samples."""
    v, b = group.v, group.v.builder
    whole = columns(layer, v.lanes)
    most = tiles(v.target)[0]
    ends = sums.is_last if is_direct(layer, v.lanes) else FALSE
    padded = Matrix(v, dW, whole * v.lanes)
    theta = Matrix(v, sums.mean.out, layer.inputs)
    factor = b.select(ends, sums.mean.factor, v.scalar(1.0))
    length = b.select(ends, theta.length, padded.length)
    first = 0
    for count in even_parts(whole, MOST_COLUMNS[v.target.registers]):
        height = max(1, most.nodes * most.vectors // count)
        start, last = first * v.lanes, (count - 1) * v.lanes
        overlapping = index(min(last, last_column(layer, v.lanes) - start))

        def write(
            part: Tile, node: Any, start: int = start, last: int = last, overlap: Any = overlapping
        ) -> None:
            taken = "" if rows.order is None else "_in_order"
            name = f"weights_of_{part.nodes}_nodes_{part.vectors}_vectors{taken}"
            begun = Matrix(v, at(b, padded.row(node), start), index(padded.distance))
            place = at(b, theta.row(node), layer.weights + start)
            target = Matrix(v, b.select(ends, place, begun.data), length)
            source = replace(rows, data=at(b, rows.data, start), distance=rows.length)
            target_last = b.select(ends, overlap, index(last))
            call(
                name,
                write_weight_tile,
                part,
                D.from_row(node),
                Block(source, part.vectors, overlap),
                group.valid,
                Ends(
                    sums.is_first,
                    Block(begun, part.vectors, last),
                    Block(target, part.vectors, target_last),
                    factor,
                ),
                noalias=False,
            )

        each_height(v, layer.outputs, Tile(height, count), write)
        first += count


def even_parts(whole: int, most: int) -> list[int]:
    """The whole in as few parts as possible of at most so much each, which differ by at most 1."""
    parts = -(-whole // most)
    least, greater = divmod(whole, parts)
    return [least + 1] * greater + [least] * (parts - greater)


def write_weight_tile(tile: Tile, D: Matrix, rows: Block, valid: Any, ends: Ends) -> None:
    """The sums over `valid` samples of some nodes, times some vectors of inputs."""
    v, b = D.v, D.v.builder

    def places(block: Block) -> list[Any]:
        return [place for r in range(tile.nodes) for place in block.places(index(r))]

    sums = Registers(v, tile.nodes * tile.vectors)
    with b.if_then(b.not_(ends.is_first)):
        for k, place in enumerate(places(ends.begun)):
            sums[k] = v.load(ends.begun.matrix.data, place)
    with repeat(b, valid) as sample:
        deltas = [v.broadcast(D.data, b.add(D.start(index(r)), sample)) for r in range(tile.nodes)]
        # a vector of the row at a time: with all of them there would be too few registers
        for k, place in enumerate(rows.places(sample)):
            h = v.load(rows.matrix.data, place)
            for r, delta in enumerate(deltas):
                sums[r * tile.vectors + k] = v.fma(delta, h, sums[r * tile.vectors + k])
    factors = v.splat(ends.factor)
    for k, place in enumerate(places(ends.target)):
        v.store(v.mul(sums[k], factors), ends.target.matrix.data, place)


def write_bias_sums(layer: Layer, group: Group, D: Matrix, db: Any, is_first: Any) -> None:
    """db += D, lane by lane."""
    v, b = group.v, group.v.builder
    with repeat(b, layer.outputs) as node:
        place = b.mul(node, index(v.lanes))
        before = b.select(is_first, v.constant(0.0), v.load(db, place))
        total = Registers(v, [before])
        start = D.start(node)
        with repeat(b, group.vectors) as vector:
            offset = b.mul(vector, index(v.lanes))
            total[0] = v.add(total[0], v.load(D.data, b.add(start, offset)))
        v.store(total[0], db, place)


def write_means(v: Vectors, layer: Layer, dW: Any, db: Any, mean: Mean) -> None:
    """Write db, and dW if its rows are shorter than a vector, times the factor, as theta lies."""
    b = v.builder
    factors = v.splat(mean.factor)
    with repeat(b, layer.outputs) as node:
        place = b.mul(node, index(v.lanes))
        if not is_direct(layer, v.lanes):
            weights = b.add(index(layer.weights), b.mul(node, index(layer.inputs)))
            v.store_first(layer.inputs, v.mul(v.load(dW, place), factors), mean.out, weights)
        bias = b.fmul(v.total(v.load(db, place)), mean.factor)
        b.store(bias, b.gep(mean.out, [b.add(index(layer.biases), node)], inbounds=True))
