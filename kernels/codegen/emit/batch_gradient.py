"""The gradient of the cost over a batch: the samples are the lanes, as in `batch`.

A group of samples goes through all layers, whose outputs H[l] are kept, and back again::

    D[L] = (H[L] - Y) H[L] (1 - H[L])         delta, node by node, as H is (`losses`)
    dW[l] += D[l+1] times the rows of layer l  summed over the samples of the group
    db[l] += D[l+1]                            lane by lane; lanes are added up once, at the end
    D[l] = (W[l]^T D[l+1]) H[l] (1 - H[l])     the tiles of `batch`, with W's columns as rows

`sums` adds dW up. It reads the layers sample by sample, as X lies already; the outputs of hidden
layers are transposed into rows.

Costs: the multiply-adds of the forward pass, and twice as many for dW and D; only dW has padding,
and is read and written once a group.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate, chain, islice
from typing import Any

from kernels.codegen.emit import batch, losses, small_batch, sums
from kernels.codegen.emit.activations import write_through
from kernels.codegen.emit.arrays import Below, Matrix
from kernels.codegen.emit.frame import Frame
from kernels.codegen.emit.groups import Group, Tile, each_group, each_tile, tiles
from kernels.codegen.emit.layout import Layer, Layout
from kernels.codegen.emit.sums import Mean, Sums
from kernels.codegen.emit.transposing import write_to_nodes, write_to_rows
from kernels.codegen.llvm.functions import Struct, call
from kernels.codegen.llvm.vectors import Registers
from kernels.codegen.llvm.writing import DOUBLE, INDEX, array, counting, index, repeat
from kernels.codegen.python.objects import is_null
from kernels.network import parameter_count


@dataclass(frozen=True)
class Samples(Struct):
    """Samples and the outputs they should have, row by row."""

    X: Any
    """(rows, s_1)"""
    Y: Any
    """(rows, s_L)"""
    rows: Any
    weights: Any
    """How much each counts; a pointer to nowhere if each counts once."""
    order: Any
    """The indices of the samples, as they are taken; a pointer to nowhere if as they lie."""

    def part(self, frame: Frame, first: Any, rows: Any) -> Samples:
        """So many of them, from one on."""
        b = frame.v.builder
        weights, order = (
            b.select(is_null(b, one), one, b.gep(one, [first]))
            for one in (self.weights, self.order)
        )
        start = b.select(is_null(b, self.order), first, index(0))
        X, Y = frame.inputs(self.X).row(start), frame.outputs(self.Y).row(start)
        return Samples(X, Y, rows, weights, order)

    def chosen(self, frame: Frame, most: int) -> Any:
        """The indices of at most so many samples, in an array on the stack."""
        b = frame.v.builder
        found = array(b, INDEX, most)
        with b.if_else(is_null(b, self.order)) as (lying, ordered):
            with lying, counting(b, index(0), self.rows) as k:
                b.store(k, b.gep(found, [k], inbounds=True))
            with ordered, counting(b, index(0), self.rows) as k:
                taken = b.load(b.gep(self.order, [k], inbounds=True))
                b.store(taken, b.gep(found, [k], inbounds=True))
        return found


@dataclass(frozen=True)
class Room:
    """Where things lie in scratch memory, which holds `size` numbers."""

    H: tuple[int, ...]
    """The outputs of every layer, X among them, node by node."""
    D: tuple[int, int]
    """The deltas of a layer and of the one below."""
    slopes: tuple[int | None, ...]
    """f'(z) of every layer but the first, where it does not follow from the outputs."""
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
    """The `Room` of a network."""
    sizes, lanes, layers = layout.sizes, layout.lanes, layout.layers
    samples = tiles(layout.target)[0].vectors * lanes
    widest = layout.apart(max(sizes))
    counts = {
        "H": [layout.whole(n) * samples for n in sizes],
        "D": [widest * samples] * 2,
        "slopes": [
            layout.whole(layer.outputs) * samples * layer.function.needs_z for layer in layers
        ],
        "columns": [layer.inputs * layout.apart(layer.outputs) for layer in layers[1:]],
        "rows": [widest * samples],
        "dW": [layer.outputs * sums.columns(layer, lanes) * lanes for layer in layers],
        "db": [layer.outputs * lanes for layer in layers],
        "means": [layout.whole(parameter_count(sizes))],
    }
    *places, size = accumulate(chain(*counts.values()), initial=0)
    taken = iter(places)
    H, D, kept, columns, rows, dW, db, means = (
        tuple(islice(taken, len(parts))) for parts in counts.values()
    )
    slopes = tuple(
        place if layer.function.needs_z else None for layer, place in zip(layers, kept, strict=True)
    )
    return Room(H, (D[0], D[1]), slopes, columns, rows[0], dW, db, means[0], size)


def write_gradient(
    frame: Frame, samples: Samples, mean: Mean, totals: Any, called_off: Any
) -> None:
    """Instructions for the sum of the samples' gradients, times a factor.

    `totals`, two float64, become the sums of the loss and of ||y - h||. What is left to do is
    skipped once the integer at `called_off` is not 0. The scratch memory is laid out as a `Room`.
    """
    v, b, layout = frame.v, frame.v.builder, frame.layout
    if small_batch.is_small(layout):
        write_small, others = small_batch.write_small_gradient, (mean, totals, called_off)
        with b.if_else(is_null(b, samples.weights)) as (plain, weighted):
            with plain:
                call("small_gradient", write_small, frame, replace(samples, weights=None), *others)
            with weighted:
                call("small_weighted_gradient", write_small, frame, samples, *others)
        return
    places = room(layout)
    for k in range(2):
        b.store(DOUBLE(0.0), b.gep(totals, [index(k)]))
    for layer, place in zip(layout.layers[1:], places.columns, strict=True):
        # W's columns become rows as samples become nodes
        rows = Group(v, Tile(1, 1), index(layer.outputs), index(layout.apart(layer.outputs)))
        target = rows.by_node(frame.scratch_at(place))
        write_to_nodes(rows, layer.inputs, frame.weights(layer), target)

    def write(tile: Tile, first: Any, valid: Any) -> None:
        part = samples.part(frame, first, valid)
        wanted = b.icmp_signed("==", b.load_atomic(called_off, "monotonic", 8), index(0))
        with b.if_then(wanted, likely=True):
            is_first = b.icmp_signed("==", first, index(0))
            is_last = b.icmp_signed("==", b.add(first, valid), samples.rows)
            name = f"gradient_by_{tile.vectors}_vectors"
            call(name, write_group, frame, tile, part, Sums(is_first, is_last, mean), totals)

    with b.if_else(b.icmp_signed(">", samples.rows, index(0)), likely=True) as (some, none):
        with some:
            each_group(v, samples.rows, write)
            for layer, *found in zip(layout.layers, places.dW, places.db, strict=True):
                dW, db = map(frame.scratch_at, found)
                sums.write_means(v, layer, dW, db, mean)
        with none, repeat(b, parameter_count(layout.sizes)) as number:
            b.store(v.scalar(0.0), b.gep(mean.out, [number], inbounds=True))


def write_group(frame: Frame, tile: Tile, samples: Samples, to: Sums, totals: Any) -> None:
    """A group of samples forwards and backwards."""
    v, layout = frame.v, frame.layout
    places = room(layout)
    group = Group(v, tile, samples.rows)
    H = [group.by_node(frame.scratch_at(place)) for place in places.H]
    D, below = (group.by_node(frame.scratch_at(place)) for place in places.D)
    order = samples.chosen(frame, tiles(layout.target)[0].vectors * v.lanes)
    X, Y = (
        replace(rows, order=order) for rows in (frame.inputs(samples.X), frame.outputs(samples.Y))
    )
    write_to_nodes(group, layout.sizes[0], X, H[0])
    slopes = [None if place is None else frame.scratch_at(place) for place in places.slopes]
    for l, layer in enumerate(losses.layers_before(layout)):
        batch.write_layer(frame, layer, group, H[l], H[l + 1], slopes[l])
    write_to_nodes(group, layout.sizes[-1], Y, D)
    losses.write_output_deltas(group, layout.architecture, H[-1], D, samples.weights, totals)
    for l, layer in reversed(list(enumerate(layout.layers))):
        rows = X
        if l > 0 or layer.inputs < v.lanes:
            # rows of fewer numbers than lanes are read beyond their ends, which must be ours
            rows = Matrix(v, frame.scratch_at(places.rows), layout.apart(layer.inputs))
            write_to_rows(group, layer.inputs, H[l], rows)
        dW, db = (frame.scratch_at(place[l]) for place in (places.dW, places.db))
        sums.write_weight_sums(layer, group, D, rows, dW, to)
        sums.write_bias_sums(layer, group, D, db, to.is_first)
        if l > 0:
            columns = frame.scratch_at(places.columns[l - 1])
            W = Matrix(v, columns, layout.apart(layer.outputs))
            function = layout.layers[l - 1].function
            kept = H[l].data if slopes[l - 1] is None else slopes[l - 1]
            write_deltas(layer, group, W, D, Below(v, function, kept, below.data))
            D, below = below, D


def write_deltas(layer: Layer, group: Group, W: Matrix, D: Matrix, below: Below) -> None:
    """delta of the layer's inputs, (W^T D) f'; the rows of `W` are W's columns."""

    def write(part: Tile, node: Any, column: Any) -> None:
        name = f"{below.function}_deltas_of_{part.nodes}_nodes_{part.vectors}_vectors"
        kept, delta = (
            group.by_node(one).from_row(node).from_column(column).data
            for one in (below.kept, below.delta)
        )
        rows = Matrix(group.v, W.row(node), W.length)
        arguments = rows, index(layer.outputs), D.from_column(column), below.beginning(kept, delta)
        call(name, write_delta_tile, part, *arguments)

    each_tile(group, layer.inputs, write)


def write_delta_tile(tile: Tile, W: Matrix, count: Any, D: Matrix, below: Below) -> None:
    """The deltas of one tile, from its `count` columns of W, which are rows here."""
    v = W.v
    deltas = Registers(v, tile.nodes * tile.vectors)
    batch.add_products(deltas, tile, W, count, D)
    for k, place in enumerate(batch.places(tile, D)):
        kept = v.load(below.kept, place)
        v.store(write_through(v, below.function, deltas[k], kept), below.delta, place)
