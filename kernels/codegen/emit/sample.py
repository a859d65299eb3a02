"""One sample through the network: the nodes of a layer are the lanes.

A *block* is as many neighbouring vectors of nodes as there are registers to add them up in. Its z
starts as the biases; for each input j in turn, h[j] is put into every lane and multiplied by one
row of the packed block (`layout`), whose numbers follow each other::

    z0..z7    z8..z15        <- b, one register a vector
    + h[0] *  row 0
    + h[1] *  row 1          every number of the block is read once and used once
    ...

Costs: the packed parameters are read once, which for all but the smallest networks is what takes
the time (126 KB for 100-100-50-10), two to four of their numbers a cycle from a second-level
cache. A multiply-add takes four cycles or so and one or two can start in each, so eight must be in
flight: blocks of fewer vectors deal the inputs out to several sums. Hidden outputs lie on the
stack, which in a thread can be as small as 64 KiB; those of wide networks in scratch memory.
"""

from __future__ import annotations

from typing import Any

from kernels.codegen.emit.activations import (
    activate,
    write_activation,
    write_both,
    write_softmax,
)
from kernels.codegen.emit.arrangement import NodeLanes
from kernels.codegen.emit.arrays import Block, Matrix
from kernels.codegen.emit.frame import Frame
from kernels.codegen.emit.layout import Layer
from kernels.codegen.emit.small_sample import is_small, write_small_sample
from kernels.codegen.llvm.vectors import Registers, Vectors
from kernels.codegen.llvm.writing import DOUBLE, at, index, repeat, vectors_of
from kernels.parts.activations.identity import PART as IDENTITY

CHAINS = 8
"""Independent sums that hide the latency of a multiply-add."""
IN_REGISTERS = 4
"""Most vectors of a hidden layer whose sigmoids are computed where their sums are."""


def write_sample(frame: Frame, h: Any, out: Any) -> None:
    """Instructions for h[L] of one sample, less the network's shift, into out (s_L,)."""
    if is_small(frame.layout):
        write_small_sample(frame, h, out)
        return
    *buffers, z = frame.memory(frame.layout.forward_memory)
    *hidden, last = frame.layout.layers
    for l, layer in enumerate(hidden):
        write_layer(frame, layer, h, buffers[l % 2], padded=True)
        h = buffers[l % 2]
    if last.function.over_nodes:
        write_layer(frame, last, h, z, padded=True)
        write_softmax(NodeLanes(frame.v, last.outputs), z, out)
    else:
        write_layer(frame, last, h, out, padded=False)


def write_shifted(frame: Frame, x: Any, target: Any) -> None:
    """Instructions for x less the network's shift, which is padded with zeros as `target` is."""
    v, b = frame.v, frame.v.builder
    shift = b.bitcast(at(b, frame.parameters, frame.layout.shift), DOUBLE.as_pointer())
    for place, count in vectors_of(v, frame.layout.sizes[0]):
        numbers = v.load_first(count, x, place)
        v.store(v.less_in_double(numbers, shift, place), target, place)


def are_finite(v: Vectors, width: int, x: Any) -> Any:
    """Whether none of so many numbers is NaN or infinite: 0 times each is 0 only then."""
    zero = v.constant(0.0)
    sums = Registers(v, 1)
    for place, count in vectors_of(v, width):
        sums[0] = v.fma(v.load_first(count, x, place), zero, sums[0])
    return v.builder.fcmp_ordered("==", sums.total(), v.scalar(0.0))


def write_layer(
    frame: Frame, layer: Layer, h: Any, target: Any, padded: bool, slopes: Any = None
) -> None:
    """f(W h + b), or z for softmax, into target, which holds whole vectors if it is `padded`.

    With `slopes`, which is padded too, f'(z) goes there.
    """
    v, b = frame.v, frame.v.builder
    # a few sigmoids are computed in registers, many in a loop of their own: it is shorter
    in_loop = padded and layer.vectors > IN_REGISTERS and layer.function.is_long
    function = IDENTITY if in_loop else layer.function

    def finish(z: Any, place: Any) -> Any:
        if slopes is None or in_loop:
            return write_activation(v, function, z)
        value, slope = write_both(v, function, z)
        v.store(slope, slopes, place)
        return value

    *even, rest = layer.blocks
    width = layer.block * v.lanes
    size = (layer.inputs + 1) * width
    if even:
        with repeat(b, len(even)) as turn:
            place = b.add(index(layer.packed), b.mul(turn, index(size)))
            for k, z in enumerate(block_sums(packed_block(frame, place, layer.block), layer, h)):
                node = b.add(b.mul(turn, index(width)), index(k * v.lanes))
                v.store(finish(z, node), target, node)
    place = index(layer.packed + len(even) * size)
    for k, z in enumerate(block_sums(packed_block(frame, place, rest), layer, h)):
        node = len(even) * width + k * v.lanes
        count = v.lanes if padded else min(v.lanes, layer.outputs - node)
        v.store_first(count, finish(z, index(node)), target, index(node))
    if in_loop:
        activate(v, layer.function, target, index(layer.vectors), slopes)


def packed_block(frame: Frame, place: Any, vectors: int) -> Block:
    """The block of a packed layer that begins at a place: biases, and a row for each input."""
    width = vectors * frame.v.lanes
    data = frame.v.builder.gep(frame.parameters, [place], inbounds=True)
    return Block(Matrix(frame.v, data, width), vectors, width - frame.v.lanes)


def block_sums(block: Block, layer: Layer, h: Any) -> list[Any]:
    """z = b + W h of a block of nodes, a value for each vector."""
    v, b, vectors = block.v, block.v.builder, block.vectors

    def row(number: Any) -> list[Any]:
        return [v.load(block.matrix.data, place) for place in block.places(number)]

    shares = 1
    while 2 * shares * vectors <= CHAINS and 2 * shares <= layer.inputs:
        shares *= 2
    zeros = [v.constant(0.0)] * ((shares - 1) * vectors)
    sums = Registers(v, row(index(0)) + zeros)

    def add(j: Any, share: int) -> None:
        input_j = v.broadcast(h, j)
        for k, weights in enumerate(row(b.add(j, index(1)))):
            place = share * vectors + k
            sums[place] = v.fma(input_j, weights, sums[place])

    turns, left = divmod(layer.inputs, shares)
    with repeat(b, turns) as turn:
        for share in range(shares):
            add(b.add(b.mul(turn, index(shares)), index(share)), share)
    for share in range(left):
        add(index(turns * shares + share), share)

    found = [sums[k] for k in range(len(sums))]
    while len(found) > vectors:
        half = len(found) // 2
        found = [v.add(a, c) for a, c in zip(found[:half], found[half:], strict=True)]
    return found
