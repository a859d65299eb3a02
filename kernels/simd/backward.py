"""The gradient of the cost over a batch: the samples are the lanes, as in `batch`.

A group of samples goes through all layers, whose outputs H[l] are kept, and back again::

    D[L] = (H[L] - Y) H[L] (1 - H[L])         delta, node by node, as H is
    dW[l] += D[l+1] times the rows of layer l  summed over the samples of the group
    db[l] += D[l+1]                            lane by lane; lanes are added up once, at the end
    D[l] = (W[l]^T D[l+1]) H[l] (1 - H[l])     the tiles of `batch`, with W read down its columns

For dW the *inputs* are the lanes: a tile of some nodes and some vectors of inputs stays in
registers while the samples pass, for each of which its row of layer l is read vector by vector and
the deltas of its nodes are put into every lane. X lies in rows already; the outputs of hidden
layers are transposed into rows. dW lies in scratch memory, its rows padded to whole vectors; where
a row of inputs is no whole number of vectors, its last vector overlaps the one before, and what
they share is computed twice.

Costs: the multiply-adds of the forward pass, twice as many again for dW and D, no padding but that;
dW is read and written once a group.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any

from llvmlite import ir
from numba.core import types

from kernels.simd import batch
from kernels.simd.batch import Tile, each_group, each_tile, row, tiles
from kernels.simd.layout import Layer, Layout
from kernels.simd.subroutines import INDEX, index, repeat, subroutine
from kernels.simd.vectors import Registers, Vectors

MOST_COLUMNS = 8
"""Vectors of inputs in a tile of dW, at most."""


@dataclass(frozen=True)
class Room:
    """Where things lie in scratch memory, which holds `size` numbers."""

    H: tuple[int, ...]
    """The outputs of every layer, X among them, node by node."""
    D: tuple[int, int]
    """The deltas of a layer and of the one below."""
    rows: int
    """A layer's outputs again, sample by sample."""
    dW: tuple[int, ...]  # noqa: N815  # the article's letters
    """The sums over samples, rows padded."""
    db: tuple[int, ...]
    """The same, a vector a node, whose lanes are still to be added up."""
    size: int


def room(layout: Layout) -> Room:
    """Where things lie for a network."""
    sizes, lanes = layout.sizes, layout.lanes
    samples = tiles()[0].vectors * lanes
    widest = layout.whole(max(sizes))
    counts = [layout.whole(n) * samples for n in sizes]
    counts += [widest * samples] * 3
    counts += [layer.outputs * columns(layer, lanes) * lanes for layer in layout.layers]
    counts += [layer.outputs * lanes for layer in layout.layers]
    *places, size = accumulate(counts, initial=0)
    L = len(sizes)
    return Room(
        H=tuple(places[:L]),
        D=(places[L], places[L + 1]),
        rows=places[L + 2],
        dW=tuple(places[L + 3 : 2 * L + 2]),
        db=tuple(places[2 * L + 2 :]),
        size=size,
    )


def columns(layer: Layer, lanes: int) -> int:
    """Vectors of a row of dW."""
    return -(-layer.inputs // lanes)


def last_column(layer: Layer, lanes: int) -> int:
    """At which input the last vector of a row begins."""
    return max(0, layer.inputs - lanes)


def write_gradient(
    v: Vectors,
    layout: Layout,
    theta: Any,
    X: Any,
    Y: Any,
    rows: Any,
    out: Any,
    scratch: Any,
    totals: Any,
) -> None:
    """Instructions for the mean gradient over the rows of X (rows, s_1), Y (rows, s_L) into `out`.

    `totals`, two float64, become the sums of ||y - h||^2 and of ||y - h||.
    """
    b = v.builder
    places = room(layout)
    kept = places.dW[0]
    with repeat(b, (places.size - kept) // v.lanes) as turn:
        place = b.add(index(kept), b.mul(turn, index(v.lanes)))
        v.store(v.constant(0.0), scratch, place)
    for k in range(2):
        b.store(ir.Constant(ir.DoubleType(), 0.0), b.gep(totals, [index(k)]))

    def write(tile: Tile, first: Any, valid: Any) -> None:
        group = subroutine(
            b,
            f"gradient_of_{tile.vectors}_vectors",
            [theta.type, X.type, Y.type, INDEX, scratch.type, totals.type],
            partial(write_group, v.real, layout, tile),
        )
        x, y = row(v, X, first, layout.sizes[0]), row(v, Y, first, layout.sizes[-1])
        b.call(group, [theta, x, y, valid, scratch, totals])

    each_group(v, rows, write)
    share = b.fdiv(ir.Constant(v.scalar, 1.0), b.uitofp(rows, v.scalar))
    for l, layer in enumerate(layout.layers):
        write_means(
            v, layer, share, at(v, scratch, places.dW[l]), at(v, scratch, places.db[l]), out
        )


def at(v: Vectors, data: Any, place: int) -> Any:
    """The memory from a place on."""
    return v.builder.gep(data, [index(place)], inbounds=True)


def write_group(
    real: types.Type,
    layout: Layout,
    tile: Tile,
    builder: Any,
    theta: Any,
    X: Any,
    Y: Any,
    valid: Any,
    scratch: Any,
    totals: Any,
) -> None:
    """A group of samples forwards and backwards; only the first `valid` of them exist."""
    v = Vectors(builder, real)
    places = room(layout)
    sizes = layout.sizes
    H = [at(v, scratch, place) for place in places.H]
    D, below = (at(v, scratch, place) for place in places.D)
    buffer = at(v, scratch, places.rows)
    batch.write_reading(v, sizes[0], tile.vectors, X, valid, H[0])
    for l, layer in enumerate(layout.layers):
        batch.write_layer(v, layer, tile, theta, H[l], H[l + 1])
    batch.write_reading(v, sizes[-1], tile.vectors, Y, valid, D)
    write_output_deltas(v, sizes[-1], tile.vectors, valid, H[-1], D, totals)
    for l, layer in reversed(list(enumerate(layout.layers))):
        rows = X
        if l > 0 or layer.inputs < v.lanes:
            # rows of fewer numbers than lanes are read beyond their ends, which must be ours
            batch.write_writing(v, layer.inputs, tile.vectors, H[l], valid, buffer)
            rows = buffer
        dW, db = at(v, scratch, places.dW[l]), at(v, scratch, places.db[l])
        write_weight_sums(v, layer, tile, D, rows, valid, dW)
        write_bias_sums(v, layer, tile, D, db)
        if l > 0:
            write_deltas(v, layer, tile, theta, D, H[l], below)
            D, below = below, D


def write_output_deltas(
    v: Vectors, width: int, vectors: int, valid: Any, H: Any, D: Any, totals: Any
) -> None:
    """D, which holds Y, becomes delta[L], with 0 for samples that do not exist; adds to totals."""
    b = v.builder
    zero, one = v.constant(0.0), v.constant(1.0)
    with repeat(b, vectors) as vector:
        sample = b.mul(vector, index(v.lanes))
        exists = v.first_lanes(b.sub(valid, sample))
        squares = Registers(v, 1)
        with repeat(b, width) as node:
            place = b.add(b.mul(node, index(vectors * v.lanes)), sample)
            h = v.load(H, place)
            miss = v.sub(h, v.load(D, place))
            squares[0] = v.fma(miss, miss, squares[0])
            delta = v.mul(v.mul(miss, h), v.sub(one, h))
            v.store(b.select(exists, delta, zero), D, place)
        norms = b.select(exists, squares[0], zero)
        for k, total in enumerate((v.total(norms), v.total(v.root(norms)))):
            wide = total if v.real == types.float64 else b.fpext(total, ir.DoubleType())
            place = b.gep(totals, [index(k)])
            b.store(b.fadd(b.load(place), wide), place)


def write_deltas(
    v: Vectors, layer: Layer, tile: Tile, theta: Any, D: Any, H: Any, below: Any
) -> None:
    """delta of the layer's inputs, (W^T D) H (1 - H), into `below`."""
    b = v.builder
    samples = tile.vectors * v.lanes

    def write(part: Tile, node: Any) -> None:
        compute = subroutine(
            b,
            f"deltas_of_{part.nodes}_nodes_{part.vectors}_vectors",
            [theta.type, INDEX, INDEX, D.type, H.type, below.type],
            partial(write_delta_tile, v.real, part),
        )
        W = b.gep(theta, [b.add(index(layer.weights), node)], inbounds=True)
        count, step = index(layer.outputs), index(layer.inputs)
        h, target = row(v, H, node, samples), row(v, below, node, samples)
        b.call(compute, [W, step, count, D, h, target])

    each_tile(v, layer.inputs, tile, write)


def write_delta_tile(
    real: types.Type,
    tile: Tile,
    builder: Any,
    W: Any,
    step: Any,
    count: Any,
    D: Any,
    H: Any,
    below: Any,
) -> None:
    """The same for `tile.nodes` nodes, whose columns of W are side by side."""
    v = Vectors(builder, real)
    sums = Registers(v, tile.nodes * tile.vectors)
    batch.add_products(v, tile, sums, W, (index(1), step), count, D)
    for k in range(len(sums)):
        place = index(k * v.lanes)
        h = v.load(H, place)
        v.store(v.mul(sums[k], v.mul(h, v.sub(v.constant(1.0), h))), below, place)


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
            source = at(v, rows, first * v.lanes)
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


def write_means(v: Vectors, layer: Layer, share: Any, dW: Any, db: Any, out: Any) -> None:
    """The sums, times `share`, to where W[l] and b[l] lie in theta."""
    b = v.builder
    whole = columns(layer, v.lanes)
    shares = v.splat(share)
    with repeat(b, layer.outputs) as node:
        source = b.mul(node, index(whole * v.lanes))
        target = b.add(index(layer.weights), b.mul(node, index(layer.inputs)))
        with repeat(b, whole - 1) as column:
            offset = b.mul(column, index(v.lanes))
            mean = v.mul(v.load(dW, b.add(source, offset)), shares)
            v.store(mean, out, b.add(target, offset))
        end = b.add(target, index(last_column(layer, v.lanes)))
        mean = v.mul(v.load(dW, b.add(source, index((whole - 1) * v.lanes))), shares)
        v.store_first(min(v.lanes, layer.inputs), mean, out, end)
        bias = b.fmul(v.total(v.load(db, b.mul(node, index(v.lanes)))), share)
        b.store(bias, b.gep(out, [b.add(index(layer.biases), node)], inbounds=True))


def write_step(v: Vectors, count: int, theta: Any, gradient: Any, alpha: Any) -> None:
    """theta -= alpha gradient."""
    b = v.builder
    whole, left = divmod(count, v.lanes)
    minus = v.splat(b.fneg(alpha))
    with repeat(b, whole) as turn:
        place = b.mul(turn, index(v.lanes))
        v.store(v.fma(minus, v.load(gradient, place), v.load(theta, place)), theta, place)
    for k in range(count - left, count):
        place = b.gep(theta, [index(k)], inbounds=True)
        step = b.fmul(alpha, b.load(b.gep(gradient, [index(k)], inbounds=True)))
        b.store(b.fsub(b.load(place), step), place)
