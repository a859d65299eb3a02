"""theta as compiled code reads it: copied, and packed for single samples (`layout`).

Each vector of nodes is a column of the packed layer: its biases, and below them its weights, one
input a row. Squares of W, as many nodes as inputs, are transposed in registers::

    W, row by row           the packed column
    node 0: w0 w1 ...       bias     b0  b1  b2 ..
    node 1: w0 w1 ...  ->   input 0  w0  w0  w0 ..
    ...                     input 1  w1  w1  w1 ..

A *strip* of inputs goes through all nodes before the next one follows, so that the memory written
meanwhile stays in the nearest caches. Costs: theta is read once and written twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kernels.codegen.emit.arrays import Matrix
from kernels.codegen.emit.frame import Frame
from kernels.codegen.emit.layout import Layer
from kernels.codegen.llvm.functions import call
from kernels.codegen.llvm.vectors import Registers, Vectors
from kernels.codegen.llvm.writing import index, repeat, smaller

SQUARES = 8
"""Squares of a strip, for each vector of nodes."""


@dataclass(frozen=True)
class Square:
    """The size of a square in registers, which is cut off where a layer is narrower."""

    nodes: int
    inputs: int


def write_pack(frame: Frame, theta: Any) -> Any:
    """Instructions for theta, float64, into the parameters.

    Returns whether all of it is finite in the dtype. Padding within blocks becomes 0; other padding
    and what lies behind the packed layers are left as they are.
    """
    v = frame.v
    spoilt = Registers(v, 1)
    for layer in frame.layout.layers:
        write_biases(frame, layer, theta, spoilt)
        write_weights(frame, layer, theta, spoilt)
    return v.builder.fcmp_ordered("==", spoilt.total(), v.scalar(0.0))


def spoil(spoilt: Registers, numbers: Any) -> None:
    """Add 0 times each number: `spoilt` stays 0 unless one is NaN or infinite."""
    v = spoilt.vectors
    spoilt[0] = v.fma(numbers, v.constant(0.0), spoilt[0])


def columns(v: Vectors, layer: Layer, write: Callable[[int, Any, Any, int], None]) -> None:
    """Loops over the vectors of a layer's nodes, block by block.

    `write(nodes, node, place, width)` is called with the number of nodes that a vector has, the
    first of them, where its bias lies in the packed layer, and how far apart rows lie there.
    """
    b = v.builder
    *even, rest = layer.blocks
    size = (layer.inputs + 1) * layer.block * v.lanes
    if even:
        with repeat(b, len(even)) as turn:
            for k in range(layer.block):
                node = b.add(b.mul(turn, index(layer.block * v.lanes)), index(k * v.lanes))
                place = b.add(b.mul(turn, index(size)), index(layer.packed + k * v.lanes))
                write(v.lanes, node, place, layer.block * v.lanes)
    done = len(even) * layer.block
    for k in range(rest):
        node = (done + k) * v.lanes
        place = layer.packed + len(even) * size + k * v.lanes
        count = min(v.lanes, layer.outputs - node)
        write(count, index(node), index(place), rest * v.lanes)


def write_biases(frame: Frame, layer: Layer, theta: Any, spoilt: Registers) -> None:
    """Instructions for b[l], copied and packed."""
    v, parameters = frame.v, frame.parameters

    def write(nodes: int, node: Any, place: Any, _width: int) -> None:
        start = v.builder.add(index(layer.biases), node)
        numbers = v.load_doubles(nodes, theta, start)
        v.store_first(nodes, numbers, parameters, start)
        v.store(numbers, parameters, place)
        spoil(spoilt, numbers)

    columns(v, layer, write)


def write_weights(frame: Frame, layer: Layer, theta: Any, spoilt: Registers) -> None:
    """Instructions for W[l], copied and packed."""
    v, b = frame.v, frame.v.builder
    across = min(layer.inputs, v.lanes)
    squares = -(-layer.inputs // v.lanes)
    with repeat(b, -(-squares // SQUARES)) as strip:
        first = b.mul(strip, index(SQUARES))
        last = smaller(b, b.add(first, index(SQUARES)), index(squares))

        def write(nodes: int, node: Any, place: Any, width: int) -> None:
            start = b.add(index(layer.weights), b.mul(node, index(layer.inputs)))
            W = Matrix(v, b.gep(theta, [start]), index(layer.inputs))
            copy = b.gep(frame.parameters, [start])
            below = b.add(place, index(width))
            packed = Matrix(v, b.gep(frame.parameters, [below]), index(width))
            name = f"pack_{nodes}_nodes_from_{across}_inputs"
            arguments = Square(nodes, across), W, copy, packed, first, last
            found = call(name, write_squares, *arguments, noalias=False, result=v.type)
            spoilt[0] = v.add(spoilt[0], found)

        columns(v, layer, write)


def write_squares(
    square: Square, W: Matrix, copy: Any, packed: Matrix, first: Any, last: Any
) -> Any:
    """Instructions for a row of squares, from the first to the last, copied and packed.

    `W` is theta's; its rows follow each other, in `copy` too. The last square of a row overlaps the
    one before. Returns the vector of `spoil`, which is 0 if all numbers are finite.
    """
    v, b = W.v, W.v.builder
    spoilt = Registers(v, 1)
    starts = [W.start(index(r)) for r in range(square.nodes)]
    nothing = [v.constant(0.0)] * (v.lanes - square.nodes)
    with repeat(b, b.sub(last, first)) as turn:
        j = b.mul(b.add(first, turn), index(v.lanes))
        j = smaller(b, j, b.sub(W.length, index(square.inputs)))
        rows = []
        for start in starts:
            place = b.add(start, j)
            rows.append(v.load_doubles(square.inputs, W.data, place))
            v.store_first(square.inputs, rows[-1], copy, place)
            spoil(spoilt, rows[-1])
        for k, numbers in enumerate(v.transposed(rows + nothing)[: square.inputs]):
            v.store(numbers, packed.data, packed.start(b.add(j, index(k))))
    return spoilt[0]
