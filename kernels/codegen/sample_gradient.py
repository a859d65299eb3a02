"""The gradient for one sample: the nodes of a layer are the lanes, as in `sample`.

Forwards every layer's outputs h are kept (`sample.memory`); then, from the last to the first::

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

from functools import partial
from typing import Any

from numba.core import types

from kernels.codegen import losses, sample
from kernels.codegen.activations import write_through
from kernels.codegen.layout import Layer, Layout
from kernels.codegen.subroutines import INDEX, at, index, repeat, subroutine, vectors_of
from kernels.codegen.vectors import Registers, Vectors


def write_sample_gradient(
    v: Vectors, layout: Layout, parameters: Any, x: Any, y: Any, out: Any
) -> Any:
    """Instructions for the gradient for x (s_1,), y (s_L,) into out, as theta lies; the loss."""
    *outputs, D, below = sample.memory(v, layout, parameters, layout.gradient_memory)
    H = [sample.write_first(v, layout, parameters, x), *outputs]
    for l, layer in enumerate(losses.layers_before(layout)):
        sample.write_layer(v, layer, parameters, H[l], H[l + 1], padded=True)
    loss = losses.write_output_delta(v, layout, H[-1], y, D)
    for l, layer in reversed(list(enumerate(layout.layers))):
        write_products(v, layer, D, H[l], at(v.builder, out, layer.weights))
        write_copy(v, layer.outputs, D, at(v.builder, out, layer.biases))
        if l > 0:
            function = layout.layers[l - 1].function
            W = at(v.builder, parameters, layer.weights)
            write_delta(v, layer, function, W, D, H[l], below)
            D, below = below, D
    return loss


def write_copy(v: Vectors, width: int, source: Any, target: Any) -> None:
    """The first `width` numbers of source, which is padded, into target."""
    for place, count in vectors_of(v, width):
        v.store_first(count, v.load(source, place), target, place)


def blocks_of(v: Vectors, layer: Layer) -> list[range]:
    """The vectors of a row of W, in blocks that stay in registers."""
    whole = -(-layer.inputs // v.lanes)
    blocks = -(-whole // sample.most_vectors())
    size = -(-whole // blocks)
    return [range(first, min(first + size, whole)) for first in range(0, whole, size)]


def write_products(v: Vectors, layer: Layer, D: Any, h: Any, dW: Any) -> None:
    """dW = D h^T, row by row."""
    b = v.builder
    length = index(layer.inputs)
    if layer.inputs < v.lanes:
        numbers = v.load_first(layer.inputs, h, index(0))
        with repeat(b, layer.outputs) as node:
            row = v.mul(v.broadcast(D, node), numbers)
            v.store_first(layer.inputs, row, dW, b.mul(node, length))
        return
    for block in blocks_of(v, layer):
        first = block[0] * v.lanes
        last = min(block[-1] * v.lanes, layer.inputs - v.lanes) - first
        write = subroutine(
            b,
            f"products_of_{len(block)}_vectors",
            [D.type, INDEX, h.type, INDEX, dW.type, INDEX],
            partial(write_product_block, v.real, len(block)),
        )
        nodes = index(layer.outputs)
        b.call(write, [D, nodes, at(b, h, first), index(last), at(b, dW, first), length])


def write_product_block(
    real: types.Type,
    vectors: int,
    builder: Any,
    D: Any,
    nodes: Any,
    h: Any,
    last: Any,
    dW: Any,
    length: Any,
) -> None:
    """Some vectors, of which the last begins at `last`, of every row of dW."""
    v = Vectors(builder, real)
    offsets = [*(index(k * v.lanes) for k in range(vectors - 1)), last]
    numbers = [v.load(h, offset) for offset in offsets]
    with repeat(builder, nodes) as node:
        delta = v.broadcast(D, node)
        start = builder.mul(node, length)
        for number, offset in zip(numbers, offsets, strict=True):
            v.store(v.mul(delta, number), dW, builder.add(start, offset))


def write_delta(
    v: Vectors, layer: Layer, function: str, W: Any, D: Any, h: Any, below: Any
) -> None:
    """delta of the layer's inputs, (W^T D) f', into `below`, padded as h = f(z) is.

    Rows of W are read to the end of their last vector; what lies there is ours, and not used.
    """
    b = v.builder
    for block in blocks_of(v, layer):
        first = block[0] * v.lanes
        write = subroutine(
            b,
            f"{function}_delta_of_{len(block)}_vectors",
            [D.type, INDEX, W.type, INDEX, h.type, below.type],
            partial(write_delta_block, v.real, function, len(block)),
        )
        source = at(b, W, first)
        h_block, target = at(b, h, first), at(b, below, first)
        nodes, length = index(layer.outputs), index(layer.inputs)
        b.call(write, [D, nodes, source, length, h_block, target])


def write_delta_block(
    real: types.Type,
    function: str,
    vectors: int,
    builder: Any,
    D: Any,
    nodes: Any,
    W: Any,
    length: Any,
    h: Any,
    below: Any,
) -> None:
    """Some vectors of it."""
    v = Vectors(builder, real)
    sums = Registers(v, vectors)
    with repeat(builder, nodes) as node:
        delta = v.broadcast(D, node)
        start = builder.mul(node, length)
        for k in range(vectors):
            row = v.load(W, builder.add(start, index(k * v.lanes)))
            sums[k] = v.fma(delta, row, sums[k])
    for k in range(vectors):
        place = index(k * v.lanes)
        v.store(write_through(v, function, sums[k], v.load(h, place)), below, place)
