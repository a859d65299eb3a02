"""One sample through the network: the nodes of a layer are the lanes.

z of a block of nodes starts as their biases; for each input j in turn, h[j] is put into every lane
and multiplied by one row of the packed block (`layout`), whose numbers follow each other::

    z0..z7    z8..z15        <- b, one register a vector
    + h[0] *  row 0
    + h[1] *  row 1          every number of the block is read once and used once
    ...

Costs: the packed parameters are read once, which for all but the smallest networks is what takes
the time (126 KB for 100-100-50-10), two to four of their numbers a cycle from a second-level
cache. A multiply-add takes four cycles or so and one or two can start in each, so eight must be on
their way: blocks of fewer vectors deal the inputs out to several sums. Hidden outputs lie on the
stack, which in a thread can be as small as 64 KiB; those of wide networks behind the parameters.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import accumulate
from typing import Any

from llvmlite import ir

from kernels.codegen.activations import LONG, activate, write_activation, write_softmax_of_one
from kernels.codegen.layout import Layer, Layout
from kernels.codegen.subroutines import at, index, repeat, vectors_of
from kernels.codegen.vectors import Registers, Vectors, registers

CHAINS = 8
"""Sums that should be on their way at once."""
IN_REGISTERS = 4
"""Vectors of a hidden layer whose sigmoids are computed where their sums are."""
LINE = 64


def most_vectors() -> int:
    """How many vectors a block may have: one register for the input, and some to spare."""
    return 14 if registers() == 32 else 12


def write_sample(v: Vectors, layout: Layout, parameters: Any, x: Any, out: Any) -> None:
    """Instructions for h[L] of x (s_1,) into out (s_L,)."""
    *buffers, z = memory(v, layout, parameters, layout.forward_memory)
    h = write_first(v, layout, parameters, x)
    *hidden, last = layout.layers
    for l, layer in enumerate(hidden):
        write_layer(v, layer, parameters, h, buffers[l % 2], padded=True)
        h = buffers[l % 2]
    if last.function == "softmax":
        write_layer(v, last, parameters, h, z, padded=True)
        write_softmax_of_one(v, last.outputs, z, out)
    else:
        write_layer(v, last, parameters, h, out, padded=False)


def write_first(v: Vectors, layout: Layout, parameters: Any, x: Any) -> Any:
    """h[1]: x itself, or less the network's shift, behind the parameters.

    One call at a time may write there: compiled code that is given single samples keeps the lock
    that Python's threads take turns by.
    """
    if not layout.architecture.shifted:
        return x
    b = v.builder
    doubles = b.bitcast(at(b, parameters, layout.shift), ir.DoubleType().as_pointer())
    h = at(b, parameters, layout.shifted)
    for place, count in vectors_of(v, layout.sizes[0]):
        numbers = v.load_first(count, x, place)
        v.store(v.less_in_double(numbers, doubles, place), h, place)
    return h


def are_finite(v: Vectors, width: int, x: Any) -> Any:
    """Whether none of so many numbers is NaN or infinite: 0 times each is 0 only then."""
    zero = v.constant(0.0)
    sums = Registers(v, 1)
    for place, count in vectors_of(v, width):
        sums[0] = v.fma(v.load_first(count, x, place), zero, sums[0])
    return v.builder.fcmp_ordered("==", sums.total(), v.scalar(0.0))


def memory(v: Vectors, layout: Layout, parameters: Any, counts: list[int]) -> list[Any]:
    """Memory for so many numbers each, from a cache line on.

    On the stack, or behind the parameters: a call for one sample holds the interpreter's lock, so
    none disturbs another.
    """
    if layout.fits_the_stack(counts):
        return [stack(v, count) for count in counts]
    places = accumulate(counts[:-1], initial=layout.workspace)
    return [at(v.builder, parameters, place) for place in places]


def stack(v: Vectors, count: int) -> Any:
    """Memory for so many numbers, on the stack, from a cache line on."""
    with v.builder.goto_entry_block():
        array = v.builder.alloca(ir.ArrayType(v.scalar, count))
        array.align = LINE
    return v.builder.bitcast(array, v.scalar.as_pointer())


def write_layer(
    v: Vectors, layer: Layer, parameters: Any, h: Any, target: Any, padded: bool
) -> None:
    """f(W h + b) into target, which has room for whole vectors if it is `padded`; softmax's z."""
    b = v.builder
    # a few sigmoids are computed in registers, many in a loop of their own: it is shorter
    apart = padded and layer.vectors > IN_REGISTERS and layer.function in LONG
    function = "identity" if apart else layer.function
    finish: Callable[[Any], Any] = partial(write_activation, v, function)
    *even, rest = layer.blocks
    width = layer.block * v.lanes
    if even:
        with repeat(b, len(even)) as turn:
            skipped = b.mul(turn, index((layer.inputs + 1) * width))
            place = b.add(index(layer.packed), skipped)
            for k, z in enumerate(block_sums(v, layer, layer.block, parameters, place, h)):
                node = b.add(b.mul(turn, index(width)), index(k * v.lanes))
                v.store(finish(z), target, node)
    place = index(layer.packed + len(even) * (layer.inputs + 1) * width)
    for k, z in enumerate(block_sums(v, layer, rest, parameters, place, h)):
        node = len(even) * width + k * v.lanes
        count = v.lanes if padded else min(v.lanes, layer.outputs - node)
        v.store_first(count, finish(z), target, index(node))
    if apart:
        activate(v, layer.function, target, index(layer.vectors))


def block_sums(
    v: Vectors, layer: Layer, vectors: int, parameters: Any, place: Any, h: Any
) -> list[Any]:
    """z = b + W h of a block of nodes, as registers; `place` is where the block begins."""
    b = v.builder

    def row(number: Any, k: int) -> Any:
        offset = b.add(b.mul(number, index(vectors * v.lanes)), index(k * v.lanes))
        return v.load(parameters, b.add(place, offset))

    shares = 1
    while 2 * shares * vectors <= CHAINS and 2 * shares <= layer.inputs:
        shares *= 2
    zeros = [v.constant(0.0)] * ((shares - 1) * vectors)
    sums = Registers(v, [row(index(0), k) for k in range(vectors)] + zeros)

    def add(j: Any, share: int) -> None:
        input_j = v.broadcast(h, j)
        for k in range(vectors):
            at = share * vectors + k
            sums[at] = v.fma(input_j, row(b.add(j, index(1)), k), sums[at])

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
