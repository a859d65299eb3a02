"""The gradient of the cost over a batch: the samples are the lanes, as in `batch`.

A group of samples goes through all layers, whose outputs H[l] are kept, and back again::

    D[L] = (H[L] - Y) H[L] (1 - H[L])         delta, node by node, as H is
    dW[l] += D[l+1] times the rows of layer l  summed over the samples of the group
    db[l] += D[l+1]                            lane by lane; lanes are added up once, at the end
    D[l] = (W[l]^T D[l+1]) H[l] (1 - H[l])     the tiles of `batch`, with W read down its columns

`sums` says how dW comes about. It wants the layers sample by sample, as X lies already; the outputs
of hidden layers are transposed into rows.

Costs: the multiply-adds of the forward pass, twice as many again for dW and D, no padding but that;
dW is read and written once a group.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from kernels.network import parameter_count
from kernels.simd import batch, sums
from kernels.simd.batch import Tile, each_group, each_tile, row, tiles
from kernels.simd.layout import Layer, Layout
from kernels.simd.subroutines import INDEX, at, index, repeat, smaller, subroutine
from kernels.simd.vectors import Registers, Vectors


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
    means: int
    """The gradient, as theta lies, of a thread that is one of several."""
    size: int


def room(layout: Layout) -> Room:
    """Where things lie for a network."""
    sizes, lanes = layout.sizes, layout.lanes
    samples = tiles()[0].vectors * lanes
    widest = layout.whole(max(sizes))
    counts = [layout.whole(n) * samples for n in sizes]
    counts += [widest * samples] * 3
    counts += [layer.outputs * sums.columns(layer, lanes) * lanes for layer in layout.layers]
    counts += [layer.outputs * lanes for layer in layout.layers]
    counts += [layout.whole(parameter_count(sizes))]
    *places, size = accumulate(counts, initial=0)
    L = len(sizes)
    return Room(
        H=tuple(places[:L]),
        D=(places[L], places[L + 1]),
        rows=places[L + 2],
        dW=tuple(places[L + 3 : 2 * L + 2]),
        db=tuple(places[2 * L + 2 : -1]),
        means=places[-1],
        size=size,
    )


def write_gradient(
    v: Vectors,
    layout: Layout,
    theta: Any,
    X: Any,
    Y: Any,
    rows: Any,
    factor: Any,
    out: Any,
    scratch: Any,
    totals: Any,
) -> None:
    """Instructions for `factor` times the sum of the gradients of so many rows of X and Y, to out.

    `totals`, two float64, become the sums of ||y - h||^2 and of ||y - h||.
    """
    b = v.builder
    places = room(layout)
    kept = places.dW[0]
    with repeat(b, (places.means - kept) // v.lanes) as turn:
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
    for l, layer in enumerate(layout.layers):
        dW, db = at(b, scratch, places.dW[l]), at(b, scratch, places.db[l])
        sums.write_means(v, layer, factor, dW, db, out)


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
    H = [at(v.builder, scratch, place) for place in places.H]
    D, below = (at(v.builder, scratch, place) for place in places.D)
    buffer = at(v.builder, scratch, places.rows)
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
        dW, db = at(v.builder, scratch, places.dW[l]), at(v.builder, scratch, places.db[l])
        sums.write_weight_sums(v, layer, tile, D, rows, valid, dW)
        sums.write_bias_sums(v, layer, tile, D, db)
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
    deltas = Registers(v, tile.nodes * tile.vectors)
    batch.add_products(v, tile, deltas, W, (index(1), step), count, D)
    for k in range(len(deltas)):
        place = index(k * v.lanes)
        h = v.load(H, place)
        v.store(v.mul(deltas[k], v.mul(h, v.sub(v.constant(1.0), h))), below, place)


def share(builder: Any, count: Any, whole: int, part: tuple[Any, Any]) -> tuple[Any, Any]:
    """From where to where `part`, a thread's rank and how many there are, is of `count` things.

    All but the last share, or the last few, are multiples of `whole`.
    """
    rank, threads = part
    portion = builder.mul(threads, index(whole))
    most = builder.sub(portion, index(1))
    each = builder.mul(builder.udiv(builder.add(count, most), portion), index(whole))
    first = smaller(builder, builder.mul(rank, each), count)
    return first, smaller(builder, builder.add(first, each), count)


def write_step(
    v: Vectors,
    count: int,
    theta: Any,
    step: Any,
    others: Any,
    distance: Any,
    alpha: Any,
    part: tuple[Any, Any],
) -> None:
    """step += the other threads' gradients, and theta -= alpha step, of a thread's part of them.

    `others` + rank times `distance` is where a thread's gradient lies; that of rank 0 is `step`.
    """
    b = v.builder
    whole, left = divmod(count, v.lanes)
    minus = v.splat(b.fneg(alpha))
    moves = b.fcmp_unordered("!=", alpha, v.scalar(0.0))

    def advance(place: Any, lanes: int) -> None:
        total = Registers(v, [v.load_first(lanes, step, place)])
        with cgutils.for_range_slice(b, index(1), part[1], index(1), inc=True) as (other, _):
            gradient = v.load_first(lanes, others, b.add(b.mul(other, distance), place))
            total[0] = v.add(total[0], gradient)
        v.store_first(lanes, total[0], step, place)
        with b.if_then(moves):
            value = v.fma(minus, total[0], v.load_first(lanes, theta, place))
            v.store_first(lanes, value, theta, place)

    first, last = share(b, index(whole), 1, part)
    with cgutils.for_range_slice(b, first, last, index(1), inc=True) as (turn, _):
        advance(b.mul(turn, index(v.lanes)), v.lanes)
    if left:
        with b.if_then(b.icmp_signed("==", part[0], index(0))):
            advance(index(whole * v.lanes), left)
