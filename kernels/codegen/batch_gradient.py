"""The gradient of the cost over a batch: the samples are the lanes, as in `batch`.

A group of samples goes through all layers, whose outputs H[l] are kept, and back again::

    D[L] = (H[L] - Y) H[L] (1 - H[L])         delta, node by node, as H is (`losses`)
    dW[l] += D[l+1] times the rows of layer l  summed over the samples of the group
    db[l] += D[l+1]                            lane by lane; lanes are added up once, at the end
    D[l] = (W[l]^T D[l+1]) H[l] (1 - H[l])     the tiles of `batch`, with W's columns as rows

`sums` says how dW comes about. It wants the layers sample by sample, as X lies already; the outputs
of hidden layers are transposed into rows.

Costs: the multiply-adds of the forward pass, twice as many again for dW and D, no padding but that;
dW is read and written once a group.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import accumulate, chain, islice
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from kernels.codegen import batch, losses, sums
from kernels.codegen.activations import write_through
from kernels.codegen.batch import Group, Tile, each_group, each_tile, row, tiles
from kernels.codegen.layout import Layer, Layout
from kernels.codegen.subroutines import INDEX, at, index, repeat, smaller, subroutine
from kernels.codegen.vectors import Registers, Vectors
from kernels.network import parameter_count


@dataclass(frozen=True)
class Room:
    """Where things lie in scratch memory, which holds `size` numbers."""

    H: tuple[int, ...]
    """The outputs of every layer, X among them, node by node."""
    D: tuple[int, int]
    """The deltas of a layer and of the one below."""
    columns: tuple[int, ...]
    """The weights of every layer but the first, column by column."""
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
    sizes, lanes, layers = layout.sizes, layout.lanes, layout.layers
    samples = tiles()[0].vectors * lanes
    widest = layout.apart(max(sizes))
    counts = {
        "H": [layout.whole(n) * samples for n in sizes],
        "D": [widest * samples] * 2,
        "columns": [layer.inputs * layout.apart(layer.outputs) for layer in layers[1:]],
        "rows": [widest * samples],
        "dW": [layer.outputs * sums.columns(layer, lanes) * lanes for layer in layers],
        "db": [layer.outputs * lanes for layer in layers],
        "means": [layout.whole(parameter_count(sizes))],
    }
    *places, size = accumulate(chain(*counts.values()), initial=0)
    taken = iter(places)
    H, D, columns, rows, dW, db, means = (
        tuple(islice(taken, len(parts))) for parts in counts.values()
    )
    return Room(H, (D[0], D[1]), columns, rows[0], dW, db, means[0], size)


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
    called_off: Any,
) -> None:
    """Instructions for `factor` times the sum of the gradients of so many rows of X and Y, to out.

    `totals`, two float64, become the sums of the loss and of ||y - h||. What is left to do is
    skipped once the integer at `called_off` is not 0.
    """
    b = v.builder
    places = room(layout)
    for k in range(2):
        b.store(ir.Constant(ir.DoubleType(), 0.0), b.gep(totals, [index(k)]))
    for layer, place in zip(layout.layers[1:], places.columns, strict=True):
        every = Group(v, Tile(1, 1), index(layer.outputs), index(layout.apart(layer.outputs)))
        W = at(b, theta, layer.weights)
        batch.write_reading(v, layer.inputs, every, W, at(b, scratch, place))

    def write(tile: Tile, first: Any, valid: Any) -> None:
        group = subroutine(
            b,
            f"gradient_by_{tile.vectors}_vectors",
            [theta.type, X.type, Y.type, INDEX, ir.IntType(1), ir.IntType(1), v.scalar, out.type,
             scratch.type, totals.type],
            partial(write_group, v.real, layout, tile),
        )  # fmt: skip
        x, y = row(v, X, first, layout.sizes[0]), row(v, Y, first, layout.sizes[-1])
        wanted = b.icmp_signed("==", b.load_atomic(called_off, "monotonic", 8), index(0))
        with b.if_then(wanted, likely=True):
            is_first = b.icmp_signed("==", first, index(0))
            is_last = b.icmp_signed("==", b.add(first, valid), rows)
            to = (is_first, is_last, factor, out)
            b.call(group, [theta, x, y, valid, *to, scratch, totals])

    with b.if_else(b.icmp_signed(">", rows, index(0)), likely=True) as (some, none):
        with some:
            each_group(v, rows, write)
            to = sums.Sums(None, None, factor, out)
            for layer, dW, db in zip(layout.layers, places.dW, places.db, strict=True):
                sums.write_means(v, layer, at(b, scratch, dW), at(b, scratch, db), to)
        with none, repeat(b, parameter_count(layout.sizes)) as number:
            b.store(v.scalar(0.0), b.gep(out, [number], inbounds=True))


def write_group(
    real: types.Type,
    layout: Layout,
    tile: Tile,
    builder: Any,
    theta: Any,
    X: Any,
    Y: Any,
    valid: Any,
    is_first: Any,
    is_last: Any,
    factor: Any,
    out: Any,
    scratch: Any,
    totals: Any,
) -> None:
    """A group of samples forwards and backwards; only the first `valid` of them exist."""
    v = Vectors(builder, real)
    places = room(layout)
    sizes = layout.sizes
    group = Group(v, tile, valid)
    to = sums.Sums(is_first, is_last, factor, out)
    H = [at(v.builder, scratch, place) for place in places.H]
    D, below = (at(v.builder, scratch, place) for place in places.D)
    buffer = at(v.builder, scratch, places.rows)
    batch.write_reading(v, sizes[0], group, X, H[0])
    for l, layer in enumerate(losses.layers_before(layout)):
        batch.write_layer(v, layer, group, theta, H[l], H[l + 1])
    batch.write_reading(v, sizes[-1], group, Y, D)
    losses.write_output_deltas(v, layout, group, H[-1], D, totals)
    for l, layer in reversed(list(enumerate(layout.layers))):
        rows, distance = X, layer.inputs
        if l > 0 or layer.inputs < v.lanes:
            # rows of fewer numbers than lanes are read beyond their ends, which must be ours
            rows, distance = buffer, layout.apart(layer.inputs)
            batch.write_writing(v, layer.inputs, group, H[l], buffer, distance)
        dW, db = at(v.builder, scratch, places.dW[l]), at(v.builder, scratch, places.db[l])
        sums.write_weight_sums(v, layer, group, D, rows, distance, dW, to)
        sums.write_bias_sums(v, layer, group, D, db, to)
        if l > 0:
            columns = at(v.builder, scratch, places.columns[l - 1])
            W = (columns, layout.apart(layer.outputs))
            write_deltas(v, layer, layout.layers[l - 1].function, group, W, D, H[l], below)
            D, below = below, D


def write_deltas(
    v: Vectors,
    layer: Layer,
    function: str,
    group: Group,
    W: tuple[Any, int],
    D: Any,
    H: Any,
    below: Any,
) -> None:
    """delta of the layer's inputs, (W^T D) f', into `below`, H = f(Z).

    W is where its columns lie and how far apart.
    """
    b = v.builder
    columns, distance = W

    def write(part: Tile, node: Any, column: Any) -> None:
        compute = subroutine(
            b,
            f"{function}_deltas_of_{part.nodes}_nodes_{part.vectors}_vectors",
            [columns.type, INDEX, INDEX, D.type, H.type, below.type, INDEX],
            partial(write_delta_tile, v.real, function, part),
        )
        deltas, h, target = (
            b.gep(place, [column], inbounds=True)
            for place in (D, row(v, H, node, group.samples), row(v, below, node, group.samples))
        )
        nodes, count = row(v, columns, node, distance), index(layer.outputs)
        b.call(compute, [nodes, index(distance), count, deltas, h, target, group.samples])

    each_tile(v, layer.inputs, group, write)


def write_delta_tile(
    real: types.Type,
    function: str,
    tile: Tile,
    builder: Any,
    W: Any,
    distance: Any,
    count: Any,
    D: Any,
    H: Any,
    below: Any,
    samples: Any,
) -> None:
    """The same for `tile.nodes` nodes, whose columns of W follow each other."""
    v = Vectors(builder, real)
    deltas = Registers(v, tile.nodes * tile.vectors)
    batch.add_products(v, tile, deltas, W, distance, count, D, samples)
    for k, place in enumerate(batch.places(v, tile, samples)):
        v.store(write_through(v, function, deltas[k], v.load(H, place)), below, place)


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
