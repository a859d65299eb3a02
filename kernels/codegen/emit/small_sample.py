"""One sample through a network whose layers fit a register each: nothing lies in memory between.

An output that is stored and read back to be put into every lane takes some ten cycles on the way;
out of a register it takes one to three. Vectors are as narrow as the layer allows, since wide ones
take longer on many processors. Weights are read from the packed layers, whose rows are as far apart
as ever.

A gradient is written from its beginning to its end once all deltas are known, so that a vector may
reach beyond the row of dW that it holds: what follows is written later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kernels.codegen.emit.activations import write_activation, write_both, write_through
from kernels.codegen.emit.frame import Frame
from kernels.codegen.emit.layout import Layer, Layout
from kernels.codegen.emit.mathematics import Mathematics
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import index
from kernels.network import parameter_count

MOST_INPUTS = 16
"""Inputs of a network, at most: the instructions for each are written one after the other."""

Lane = Callable[[Vectors, int], Any]
"""lane(v, j): h of node j in every lane of v's vectors."""


def is_small(layout: Layout) -> bool:
    """True if the network's layers fit a register each, and each output depends on its own z."""
    fits = all(layer.vectors == 1 for layer in layout.layers)
    over_nodes = layout.architecture.functions[-1].over_nodes
    return fits and not over_nodes and layout.sizes[0] <= MOST_INPUTS


def has_small_gradient(layout: Layout) -> bool:
    """True if the gradient of a sample can be written here, too."""
    return is_small(layout) and layout.sizes[0] <= layout.lanes


def in_memory(x: Any) -> Lane:
    """h of numbers that lie in memory."""
    return lambda v, j: v.broadcast(x, index(j))


def in_register(value: Any) -> Lane:
    """h of the lanes of a vector."""
    return lambda v, j: v.lane(value, j)


def write_small_sample(frame: Frame, x: Any, out: Any) -> None:
    """Instructions for h[L] of one sample, less the network's shift, into out (s_L,)."""
    h = in_memory(x)
    for layer in frame.layout.layers:
        v = frame.v.narrow(layer.outputs)
        value = write_activation(v, layer.function, write_sums(frame, v, layer, h))
        h = in_register(value)
    v.store_first(layer.outputs, value, out, index(0))


def write_sums(frame: Frame, v: Vectors, layer: Layer, h: Lane) -> Any:
    """z = b + W h of all nodes, in two sums, since each step waits for the one before."""
    apart = layer.block * frame.v.lanes

    def row(number: int) -> Any:
        return v.load(frame.parameters, index(layer.packed + number * apart))

    sums = [row(0)]
    for j in range(layer.inputs):
        weights, h_j = row(j + 1), h(v, j)
        if j == 1 and layer.inputs > 2:
            sums.append(v.mul(weights, h_j))
        else:
            sums[j % len(sums)] = v.fma(h_j, weights, sums[j % len(sums)])
    return sums[0] if len(sums) == 1 else v.add(*sums)


def write_small_gradient(frame: Frame, x: Any, y: Any, out: Any) -> Any:
    """Instructions for what `sample_gradient.write_sample_gradient` computes; the loss."""
    layout = frame.layout
    *hidden, last = layout.layers
    inputs = frame.v.narrow(layout.sizes[0])
    h, values, kept = in_memory(x), [inputs.load_first(layout.sizes[0], x, index(0))], []
    for layer in hidden:
        v = frame.v.narrow(layer.outputs)
        z = write_sums(frame, v, layer, h)
        if layer.function.needs_z:
            value, slopes = write_both(v, layer.function, z)
        else:
            value = slopes = write_activation(v, layer.function, z)
        values.append(value)
        kept.append(slopes)
        h = in_register(value)
    v = frame.v.narrow(last.outputs)
    delta, loss = write_output(frame, v, write_sums(frame, v, last, h), y)
    deltas = [delta]
    for l, layer in reversed(list(enumerate(layout.layers))[1:]):
        v = frame.v.narrow(layer.inputs)
        sums = v.constant(0.0)
        for i in range(layer.outputs):
            row = v.load(frame.parameters, index(layer.weights + i * layer.inputs))
            sums = v.fma(v.lane(deltas[0], i), row, sums)
        deltas.insert(0, write_through(v, layout.layers[l - 1].function, sums, kept[l - 1]))
    for layer, value, delta in zip(layout.layers, values, deltas, strict=True):
        write_layer_gradient(frame, layer, value, delta, out)
    return loss


def write_output(frame: Frame, v: Vectors, z: Any, y: Any) -> tuple[Any, Any]:
    """delta of the last layer, and the loss."""
    what, count = frame.layout.architecture, frame.layout.sizes[-1]
    f, objective = what.functions[-1], what.objective
    value, target = write_activation(v, f, z), v.load_first(count, y, index(0))
    miss = v.sub(value, target)
    if objective.canonical:
        delta, shares = miss, objective.emit(Mathematics(v), z, value, target)
    else:
        delta, shares = write_through(v, f, miss, value), v.mul(v.mul(v.constant(0.5), miss), miss)
    return delta, v.total_of_first(count, shares)


def write_layer_gradient(frame: Frame, layer: Layer, h: Any, delta: Any, out: Any) -> None:
    """dW = delta h^T and db = delta, as theta lies; written before what follows it."""
    v, end = frame.v.narrow(layer.inputs), parameter_count(frame.layout.sizes)
    for i in range(layer.outputs):
        place = layer.weights + i * layer.inputs
        row = v.mul(v.lane(delta, i), h)
        count = v.lanes if place + v.lanes <= end else layer.inputs
        v.store_first(count, row, out, index(place))
    v = frame.v.narrow(layer.outputs)
    count = v.lanes if layer.biases + v.lanes <= end else layer.outputs
    v.store_first(count, delta, out, index(layer.biases))
