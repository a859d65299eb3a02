"""The gradient for one sample: the nodes of a layer are the lanes, as in `sample`.

Forwards every layer's outputs h are kept (`Frame.memory`); then, from the last to the first::

    d[L] = (h[L] - y) h[L] (1 - h[L])             the delta, a vector of nodes at a time (`losses`)
    db   = d[l+1]
    dW   = d[l+1] h[l]^T                          a row a node: a vector of h times one number of d
    d[l] = (W^T d[l+1]) h[l] (1 - h[l])           a vector of columns of W, summed over its rows

where W is read row by row from theta. A row of dW whose length is no whole number of vectors ends
with a vector that overlaps the one before.

Costs: the packed parameters are read, those of all layers but the first are read again from theta,
and dW is written, which for all but the smallest networks is what takes the time.
"""

from __future__ import annotations

from typing import Any

from kernels.codegen.emit import losses, sample, small_sample
from kernels.codegen.emit.activations import write_through
from kernels.codegen.emit.arrays import Below, Block, Matrix
from kernels.codegen.emit.frame import Frame
from kernels.codegen.emit.layout import Layer
from kernels.codegen.llvm.functions import call
from kernels.codegen.llvm.vectors import Registers, Vectors
from kernels.codegen.llvm.writing import at, index, repeat, vectors_of


def write_sample_gradient(frame: Frame, x: Any, y: Any, out: Any) -> Any:
    """Instructions for the gradient for x (s_1,), y (s_L,) into out, as theta lies; the loss.

    The network's shift is subtracted from x already.
    """
    v, layout = frame.v, frame.layout
    if small_sample.has_small_gradient(layout):
        return small_sample.write_small_gradient(frame, x, y, out)
    D, below, *memory = frame.memory(layout.gradient_memory)
    count = len(layout.layers)
    H, slopes = [x, *memory[:count]], memory[count:]
    for l, layer in enumerate(losses.layers_before(layout)):
        sample.write_layer(frame, layer, H[l], H[l + 1], padded=True, slopes=slopes[l])
    loss = losses.write_output_delta(v, layout.architecture, H[-1], y, D)
    for l, layer in reversed(list(enumerate(layout.layers))):
        dW = Matrix(v, at(v.builder, out, layer.weights), layer.inputs)
        write_products(layer, D, H[l], dW)
        write_copy(v, layer.outputs, D, at(v.builder, out, layer.biases))
        if l > 0:
            kept = H[l] if slopes[l - 1] is None else slopes[l - 1]
            target = Below(v, layout.layers[l - 1].function, kept, below)
            write_delta(layer, frame.weights(layer), D, target)
            D, below = below, D
    return loss


def write_copy(v: Vectors, width: int, source: Any, target: Any) -> None:
    """The first `width` numbers of source, which is padded, into target."""
    for place, count in vectors_of(v, width):
        v.store_first(count, v.load(source, place), target, place)


def blocks(v: Vectors, layer: Layer) -> list[range]:
    """The vectors of a row of W, block by block."""
    whole = -(-layer.inputs // v.lanes)
    count = -(-whole // v.target.most_vectors)
    size = -(-whole // count)
    return [range(first, min(first + size, whole)) for first in range(0, whole, size)]


def write_products(layer: Layer, D: Any, h: Any, dW: Matrix) -> None:
    """dW = D h^T, row by row."""
    v, b = dW.v, dW.v.builder
    if layer.inputs < v.lanes:
        numbers = v.load_first(layer.inputs, h, index(0))
        with repeat(b, layer.outputs) as node:
            row = v.mul(v.broadcast(D, node), numbers)
            v.store_first(layer.inputs, row, dW.data, dW.start(node))
        return
    for vectors in blocks(v, layer):
        first = vectors[0] * v.lanes
        last = min(vectors[-1] * v.lanes, layer.inputs - v.lanes) - first
        rows = Matrix(v, at(b, dW.data, first), index(layer.inputs))
        block = Block(rows, len(vectors), index(last))
        name = f"products_of_{len(vectors)}_vectors"
        call(name, write_product_block, D, index(layer.outputs), at(b, h, first), block)


def write_product_block(D: Any, nodes: Any, h: Any, dW: Block) -> None:
    """The products of a block of dW; h begins at its first column."""
    v = dW.v
    numbers = [v.load(h, column) for column in dW.columns]
    with repeat(v.builder, nodes) as node:
        delta = v.broadcast(D, node)
        for number, place in zip(numbers, dW.places(node), strict=True):
            v.store(v.mul(delta, number), dW.matrix.data, place)


def write_delta(layer: Layer, W: Matrix, D: Any, below: Below) -> None:
    """delta of the layer's inputs, (W^T D) f', padded as h = f(z) is.

    Rows of W are read to the end of their last vector; what lies there is ours, and not used.
    """
    v = W.v
    for vectors in blocks(v, layer):
        first = vectors[0] * v.lanes
        rows = Matrix(v, at(v.builder, W.data, first), index(layer.inputs))
        block = Block(rows, len(vectors), (len(vectors) - 1) * v.lanes)
        name = f"{below.function}_delta_of_{len(vectors)}_vectors"
        call(name, write_delta_block, block, index(layer.outputs), D, below.from_place(first))


def write_delta_block(W: Block, nodes: Any, D: Any, below: Below) -> None:
    """The deltas of the inputs in one block of W, which has `nodes` rows."""
    v = W.v
    sums = Registers(v, W.vectors)
    with repeat(v.builder, nodes) as node:
        delta = v.broadcast(D, node)
        for k, place in enumerate(W.places(node)):
            sums[k] = v.fma(delta, v.load(W.matrix.data, place), sums[k])
    for k, place in enumerate(W.columns):
        kept = v.load(below.kept, place)
        v.store(write_through(v, below.function, sums[k], kept), below.delta, place)
