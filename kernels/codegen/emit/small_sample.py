"""One sample through a network whose layers fit a register each: nothing lies in memory between.

An output that is stored and read back to be put into every lane takes some ten cycles on the way;
out of a register it takes one to three. Vectors are as narrow as the layer allows, since wide ones
take longer on many processors. Weights are read from the packed layers, whose rows are as far apart
as ever.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kernels.codegen.emit.activations import write_activation
from kernels.codegen.emit.frame import Frame
from kernels.codegen.emit.layout import Layer, Layout
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import index

MOST_INPUTS = 16
"""Inputs of a network, at most: the instructions for each are written one after the other."""


def is_small(layout: Layout) -> bool:
    """True if the network's layers fit a register each, and its output one by one."""
    fits = all(layer.vectors == 1 for layer in layout.layers)
    over_nodes = layout.architecture.functions[-1].over_nodes
    return fits and not over_nodes and layout.sizes[0] <= MOST_INPUTS


def write_small_sample(frame: Frame, x: Any, out: Any) -> None:
    """Instructions for h[L] of one sample, less the network's shift, into out (s_L,)."""

    def given(v: Vectors, j: int) -> Any:
        return v.broadcast(x, index(j))

    h = given
    for layer in frame.layout.layers:
        v = frame.v.narrow(layer.outputs)
        value = write_activation(v, layer.function, write_sums(frame, v, layer, h))
        h = lanes_of(value)
    v.store_first(layer.outputs, value, out, index(0))


def lanes_of(value: Any) -> Callable[[Vectors, int], Any]:
    """A function that puts a lane of a vector into every lane of another."""
    return lambda v, j: v.lane(value, j)


def write_sums(frame: Frame, v: Vectors, layer: Layer, h: Callable[[Vectors, int], Any]) -> Any:
    """z = b + W h of all nodes, in two sums, since each step waits for the one before."""
    apart = layer.block * frame.v.lanes

    def row(number: int) -> Any:
        return v.load(frame.parameters, index(layer.packed + number * apart))

    sums = [row(0)]
    for j in range(layer.inputs):
        weights, h_j = row(j + 1), h(v, j)
        if len(sums) < 2 and layer.inputs > 2 and j == 1:
            sums.append(v.mul(weights, h_j))
        else:
            sums[j % len(sums)] = v.fma(h_j, weights, sums[j % len(sums)])
    return sums[0] if len(sums) == 1 else v.add(*sums)
