"""A batch through a network so small that a vector of samples passes all layers in registers.

The samples are the lanes, as in `batch`, but nothing lies in scratch memory: a vector of samples is
read, goes through all layers, and its outputs are written. Weights are read where they are used,
each put into every lane. Rows of a few numbers are read as they lie, one vector after another, and
their numbers exchanged between these vectors.

    X, rows of 3       x0 x1 x2 x0 x1 x2 x0 x1 | x2 x0 ...       three loads
    nodes              x0 x0 x0 x0 x0 x0 x0 x0 | x1 x1 ...       two exchanges for each

Gradients are summed up lane by lane, a register or a place of the stack for each parameter, and the
lanes added up once, at the end. What is no whole vector of samples is copied to the stack, with
zeros for those that do not exist, and so are its outputs back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kernels.codegen.emit.activations import write_activation, write_both, write_through
from kernels.codegen.emit.arrays import Matrix
from kernels.codegen.emit.frame import Frame, stack
from kernels.codegen.emit.layout import Layer, Layout
from kernels.codegen.emit.losses import clipped
from kernels.codegen.emit.mathematics import Mathematics
from kernels.codegen.llvm.vectors import Registers, Vectors
from kernels.codegen.llvm.writing import DOUBLE, index, repeat, smaller
from kernels.network import parameter_count

MOST_NODES = 8
"""Nodes of a layer, at most."""
MOST_PARAMETERS = 48
"""Parameters of a network, at most: the instructions for each are written one after the other."""
TOGETHER = 4
"""Vectors of samples that pass the layers side by side: each step of one waits for the last."""

Write = Callable[[list[Matrix], list[Matrix], int, Any], None]
"""write(sources, results, vectors, exists): instructions for so many vectors of samples from the
matrices' beginnings on; `exists` is a mask of those that there are, None for all."""


def is_small(layout: Layout) -> bool:
    """True if the network is so small, and its outputs depend on their own z alone."""
    fits = max(layout.sizes) <= MOST_NODES and parameter_count(layout.sizes) <= MOST_PARAMETERS
    return fits and not layout.architecture.functions[-1].over_nodes


# --- forwards -------------------------------------------------------------------------------------


def write_small_batch(frame: Frame, X: Any, rows: Any, out: Any) -> None:
    """Instructions for h[L] of every row of X (rows, s_1) into out (rows, s_L)."""
    v = frame.v

    def write(sources: list[Matrix], results: list[Matrix], vectors: int, _exists: Any) -> None:
        h = [read_nodes(sources[0], vector) for vector in range(vectors)]
        for layer in frame.layout.layers:
            z = write_sums(frame, layer, h)
            h = [[write_activation(v, layer.function, one) for one in nodes] for nodes in z]
        for vector, nodes in enumerate(h):
            write_nodes(results[0], vector, nodes)

    each_part(v, rows, [frame.inputs(X)], [frame.outputs(out)], write, TOGETHER)


def write_sums(frame: Frame, layer: Layer, h: list[list[Any]]) -> list[list[Any]]:
    """z = b + W h, for each vector of samples node by node."""
    v = frame.v
    found: list[list[Any]] = [[] for _ in h]
    for i in range(layer.outputs):
        bias = v.broadcast(frame.parameters, index(layer.biases + i))
        sums = [bias] * len(h)
        for j in range(layer.inputs):
            weight = v.broadcast(frame.parameters, index(weight_at(layer, i, j)))
            sums = [v.fma(weight, one[j], z) for one, z in zip(h, sums, strict=True)]
        for nodes, z in zip(found, sums, strict=True):
            nodes.append(z)
    return found


def weight_at(layer: Layer, i: int, j: int) -> int:
    """Where the weight from node j to node i lies in theta."""
    return layer.weights + i * layer.inputs + j


# --- and backwards --------------------------------------------------------------------------------


def write_small_gradient(frame: Frame, samples: Any, mean: Any, totals: Any, called: Any) -> None:
    """Instructions for what `batch_gradient.write_gradient` computes.

    Samples with weights, which are rare, are not computed side by side.
    """
    v, b, layout = frame.v, frame.v.builder, frame.layout
    weighted = samples.weights is not None
    sums = Registers(v, parameter_count(layout.sizes))
    wide = Vectors(b, "float64", layout.target)
    loss, error = Registers(wide, 1), Registers(wide, 1)

    def write(sources: list[Matrix], _results: list[Matrix], vectors: int, exists: Any) -> None:
        wanted = b.icmp_signed("==", b.load_atomic(called, "monotonic", 8), index(0))
        with b.if_then(wanted, likely=True):
            read = [[read_nodes(one, k) for k in range(vectors)] for one in sources]
            X, Y = read[:2]
            times = [nodes[0] for nodes in read[2]] if weighted else [None] * vectors
            part = [Sample(frame, exists, *both) for both in zip(X, times, strict=True)]
            for layer in layout.layers:
                for one in part:
                    one.forwards(layer)
            for one, nodes in zip(part, Y, strict=True):
                loss[0] = add_wide(v, wide, loss[0], one.outputs(nodes))
                error[0] = add_wide(v, wide, error[0], one.distance)
            for l in reversed(range(len(layout.layers))):
                add_gradient(v, layout.layers[l], l, part, sums)
                for one in part:
                    one.backwards(l)

    sources = [frame.inputs(samples.X), frame.outputs(samples.Y)]
    if weighted:
        sources.append(Matrix(v, samples.weights, 1))
    each_part(v, samples.rows, sources, [], write, 0 if weighted else TOGETHER)
    share = DOUBLE(1.0 if layout.architecture.objective.canonical else 0.5)
    b.store(b.fmul(loss.total(), share), totals)
    b.store(error.total(), b.gep(totals, [index(1)]))
    factors = v.splat(mean.factor)
    for start in range(0, len(sums), v.lanes):
        some = [sums[k] for k in range(start, min(start + v.lanes, len(sums)))]
        v.store_first(len(some), v.mul(v.totals(some), factors), mean.out, index(start))


class Sample:
    """A vector of samples on its way forwards and backwards, in registers.

    Parameters
    ----------
    exists : a mask of the samples that there are; None for all
    X : their numbers, node by node
    weights : how much each counts; None for once
    """

    def __init__(self, frame: Frame, exists: Any, X: list[Any], weights: Any) -> None:
        self.frame, self.v, self.exists, self.weights = frame, frame.v, exists, weights
        self.h = [X]
        """The outputs of every layer but the last, X among them."""
        self.kept: list[list[Any]] = []
        """What f' follows from, of every layer but the last."""

    def forwards(self, layer: Layer) -> None:
        """A layer; of the last only z."""
        (self.z,) = write_sums(self.frame, layer, [self.h[-1]])
        f = layer.function
        if layer is self.frame.layout.layers[-1]:
            return
        if f.needs_z:
            both = [write_both(self.v, f, one) for one in self.z]
            self.h.append([value for value, _ in both])
            self.kept.append([slope for _, slope in both])
        else:
            self.h.append([write_activation(self.v, f, one) for one in self.z])
            self.kept.append(self.h[-1])

    def outputs(self, Y: list[Any]) -> Any:
        """The losses, of samples that do not exist 0; `distance` and `delta` are known then.

        Of the squared loss it is the square, which is halved when all are summed up.
        """
        v, what = self.v, self.frame.layout.architecture
        f, loss = what.functions[-1], what.objective
        losses = squares = v.constant(0.0)
        self.delta = []
        for z, y in zip(self.z, Y, strict=True):
            h = write_activation(v, f, z)
            miss = v.sub(h, y)
            squares = v.fma(miss, miss, squares)
            if loss.canonical:
                share = loss.emit(Mathematics(v), z, h, y)
                losses = v.add(losses, clipped(v, what, share))
            self.delta.append(self.only(miss if loss.canonical else write_through(v, f, miss, h)))
        # of one output, ||y - h|| needs no root, which takes as long as two divisions
        self.distance = self.only(v.root(squares) if len(Y) > 1 else v.magnitude(miss))
        return self.only(losses if loss.canonical else squares)

    def only(self, value: Any) -> Any:
        """A value times the weights, and 0 in place of samples that do not exist."""
        if self.weights is not None:
            value = self.v.mul(value, self.weights)
        if self.exists is None:
            return value
        return self.v.builder.select(self.exists, value, self.v.constant(0.0))

    def backwards(self, l: int) -> None:
        """The deltas of the layer below l."""
        v, layers = self.v, self.frame.layout.layers
        if l > 0:
            self.delta = [
                write_through(v, layers[l - 1].function, self.share(layers[l], j), kept)
                for j, kept in enumerate(self.kept[l - 1])
            ]

    def share(self, layer: Layer, j: int) -> Any:
        """What the deltas of a layer come to in h of its input j: a column of W times delta."""
        v, total = self.v, self.v.constant(0.0)
        for i, delta in enumerate(self.delta):
            weight = v.broadcast(self.frame.parameters, index(weight_at(layer, i, j)))
            total = v.fma(weight, delta, total)
        return total


def add_gradient(v: Vectors, layer: Layer, l: int, part: list[Sample], sums: Registers) -> None:
    """Add the gradient of layer l to the sums, which lie as theta does."""
    for i in range(layer.outputs):
        place = layer.biases + i
        for one in part:
            sums[place] = v.add(sums[place], one.delta[i])
        for j in range(layer.inputs):
            place = weight_at(layer, i, j)
            for one in part:
                sums[place] = v.fma(one.delta[i], one.h[l][j], sums[place])


def add_wide(v: Vectors, wide: Vectors, total: Any, value: Any) -> Any:
    """A sum in float64, plus the lanes of a vector."""
    if v.dtype == "float64":
        return v.add(total, value)
    for half in v.halves(value):
        total = wide.add(total, v.builder.fpext(half, wide.type))
    return total


# --- samples --------------------------------------------------------------------------------------


def each_part(
    v: Vectors, rows: Any, sources: list[Matrix], results: list[Matrix], write: Write,
    together: int = 0,
) -> None:  # fmt: skip
    """Loops over so many rows: some vectors together, then one by one, the last perhaps in part."""
    b, lanes = v.builder, index(v.lanes)
    done = index(0)
    if together:
        width = index(together * v.lanes)
        turns = b.udiv(rows, width)
        with repeat(b, turns) as turn:
            first = b.mul(turn, width)
            read, written = ([one.from_row(first) for one in many] for many in (sources, results))
            write(read, written, together, None)
        done = b.mul(turns, width)
    left = b.sub(rows, done)
    whole = b.udiv(left, lanes)
    last = b.add(done, b.mul(whole, lanes))
    rest = b.sub(rows, last)
    pairs = [[(one, buffer(v, one)) for one in many] for many in (sources, results)]
    for one, space in pairs[0]:
        copy(one.from_row(last), space, rest)
    with repeat(b, b.udiv(b.add(left, index(v.lanes - 1)), lanes)) as turn:
        first = b.add(done, b.mul(turn, lanes))
        in_part = b.icmp_signed("==", turn, whole)
        read, written = (
            [one.beginning(b.select(in_part, space.data, one.row(first))) for one, space in many]
            for many in pairs
        )
        write(read, written, 1, v.first_lanes(smaller(b, b.sub(rows, first), lanes)))
    for one, space in pairs[1]:
        copy(space, one.from_row(last), rest)


def buffer(v: Vectors, rows: Matrix) -> Matrix:
    """Zeros on the stack, for a vector of samples of such rows."""
    data = stack(v, rows.distance * v.lanes)
    for k in range(rows.distance):
        v.store(v.constant(0.0), data, index(k * v.lanes))
    return rows.beginning(data)


def copy(source: Matrix, target: Matrix, rows: Any) -> None:
    """Copy so many rows."""
    b = source.v.builder
    with repeat(b, b.mul(rows, source.length)) as k:
        number = b.load(b.gep(source.data, [k], inbounds=True))
        b.store(number, b.gep(target.data, [k], inbounds=True))


def read_nodes(rows: Matrix, vector: int) -> list[Any]:
    """A vector for each number of the rows of so many samples, from the `vector`-th of them on."""
    v, width = rows.v, rows.distance
    start = vector * width
    read = [v.load(rows.data, index((start + k) * v.lanes)) for k in range(width)]
    return [v.exchanged(read, [lane * width + j for lane in range(v.lanes)]) for j in range(width)]


def write_nodes(rows: Matrix, vector: int, nodes: list[Any]) -> None:
    """The reverse of `read_nodes`."""
    v, width = rows.v, len(nodes)
    for k in range(width):
        numbers = range(k * v.lanes, (k + 1) * v.lanes)
        value = v.exchanged(nodes, [n % width * v.lanes + n // width for n in numbers])
        v.store(value, rows.data, index((vector * width + k) * v.lanes))
