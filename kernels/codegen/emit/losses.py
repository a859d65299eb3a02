"""delta of the output layer, and the loss of samples, as `kernels.parts.losses` has them.

The way back begins here, from what the forward pass left of the output layer: its h, or its z where
the loss or softmax follows from z (`takes_z`); top is the greatest z of a sample::

                          delta[L]               loss
    squared               (h - y) f'(z)          1/2 ||y - h||^2
    squared, softmax      h (g - sum g h)        the same; g = h - y
    canonical             h - y                  the nodes' shares, as the loss writes them
    canonical, softmax    h sum y - y            sum y log sum exp(z - top) - sum y (z - top)

The nodes of one sample, or those of many, lie as an `Arrangement` says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kernels.codegen.emit.activations import write_activation, write_powers, write_through
from kernels.codegen.emit.arrangement import Arrangement, NodeLanes, Place, SampleLanes
from kernels.codegen.emit.arrays import Matrix
from kernels.codegen.emit.groups import Group
from kernels.codegen.emit.layout import Layer, Layout
from kernels.codegen.emit.mathematics import Mathematics
from kernels.codegen.llvm.functions import Struct, call
from kernels.codegen.llvm.vectors import Registers, Vectors
from kernels.codegen.llvm.writing import DOUBLE, index, repeat
from kernels.codegen.python.objects import is_null
from kernels.parts.activations.identity import PART as IDENTITY
from kernels.parts.architecture import Architecture
from kernels.parts.losses.log import PART as LOG


def takes_z(architecture: Architecture) -> bool:
    """True if z of the output layer is wanted, and not h."""
    return architecture.objective.canonical or architecture.functions[-1].over_nodes


def layers_before(layout: Layout) -> list[Layer]:
    """The layers as the forward pass of a gradient computes them."""
    *hidden, last = layout.layers
    z = takes_z(layout.architecture)
    return [*hidden, replace(last, function=IDENTITY) if z else last]


def write_output_delta(v: Vectors, architecture: Architecture, H: Any, y: Any, D: Any) -> Any:
    """delta[L] of one sample into D, padded with 0; returns its loss, a scalar.

    H is overwritten.
    """
    loss, _ = write_deltas(NodeLanes(v, architecture.sizes[-1]), architecture, H, y, D)
    return loss


def write_output_deltas(
    group: Group, architecture: Architecture, H: Matrix, D: Matrix, weights: Any, totals: Any
) -> None:
    """D, which holds Y, becomes delta[L], with 0 for samples that do not exist.

    Adds their losses and ||y - h|| to `totals`, two float64; H is overwritten. All is multiplied by
    the samples' weights, if there are any.
    """
    v, b = group.v, group.v.builder
    name = "output_deltas_of_a_vector"
    with repeat(b, group.vectors) as vector:
        sample = b.mul(vector, index(v.lanes))
        part = Part(sample, b.sub(group.valid, sample), weights)
        call(name, write_vector_of_samples, architecture, H, D.data, part, totals)


@dataclass(frozen=True)
class Part(Struct):
    """A vector of a group's samples."""

    first: Any
    valid: Any
    """How many of them exist."""
    weights: Any
    """Those of the group; a pointer to nowhere if each sample counts once."""


def write_vector_of_samples(
    architecture: Architecture, H: Matrix, D: Any, part: Part, totals: Any
) -> None:
    """`write_output_deltas` of one vector of samples.

    A function of its own: where LLVM unrolls it for a group, it needs kilobytes of stack.
    """
    v, b = H.v, H.v.builder
    exists = v.first_lanes(part.valid)
    nodes = SampleLanes(v, architecture.sizes[-1], H.length, part.first, exists)
    loss, squares = write_deltas(nodes, architecture, H.data, D, D)
    times = Registers(v, [v.constant(1.0)])
    with b.if_then(b.not_(is_null(b, part.weights)), likely=False):
        times[0] = v.load(part.weights, part.first)
        for place in nodes.vectors():
            nodes.store_delta(v.mul(nodes.load(D, place), times[0]), D, place)
    for k, numbers in enumerate((loss, v.root(squares))):
        total = v.total(nodes.samples_only(v.mul(numbers, times[0])))
        wide = total if v.dtype == "float64" else b.fpext(total, DOUBLE)
        target = b.gep(totals, [index(k)])
        b.store(b.fadd(b.load(target), wide), target)


def write_deltas(
    nodes: Arrangement, architecture: Architecture, H: Any, y: Any, D: Any
) -> tuple[Any, Any]:
    """delta[L] into D, which may be y; returns loss and ||y - h||^2, numbers a sample.

    H, or z if the loss `takes_z`, may be overwritten.
    """
    over_nodes = architecture.functions[-1].over_nodes
    write = write_softmax_deltas if over_nodes else write_elementwise_deltas
    return write(nodes, architecture, H, y, D)


def write_elementwise_deltas(
    nodes: Arrangement, architecture: Architecture, H: Any, y: Any, D: Any
) -> tuple[Any, Any]:
    """`write_deltas` where each output depends on its own z alone."""
    v, f, loss = nodes.v, architecture.functions[-1], architecture.objective
    losses, squares = Registers(v, 1), Registers(v, 1)
    for place in nodes.vectors():
        h, target = nodes.nodes_only(nodes.load(H, place), place), nodes.load_given(y, place)
        if loss.canonical:
            z, h = h, write_activation(v, f, h)
            share = clipped(v, architecture, loss.emit(Mathematics(v), z, h, target))
            losses[0] = v.add(losses[0], nodes.nodes_only(share, place))
            delta = v.sub(h, target)
            miss = nodes.nodes_only(delta, place)
        else:
            miss = v.sub(h, target)
            delta = write_through(v, f, miss, h)
        squares[0] = v.fma(miss, miss, squares[0])
        nodes.store_delta(delta, D, place)
    distance = nodes.total(squares)
    if loss.canonical:
        return nodes.total(losses), distance
    return v.mul(nodes.constant(0.5), distance), distance


def write_softmax_deltas(
    nodes: Arrangement, architecture: Architecture, Z: Any, y: Any, D: Any
) -> tuple[Any, Any]:
    """`write_deltas` of softmax outputs."""
    v, log = nodes.v, architecture.objective.canonical
    squares, targets = Registers(v, 1), Registers(v, 1)
    # y (z - top) for the log-loss, g h for the squared one
    products = Registers(v, 1)

    def add_targets(z: Any, place: Place) -> None:
        target = nodes.load_given(y, place)
        targets[0] = v.add(targets[0], target)
        products[0] = v.fma(target, nodes.nodes_only(z, place), products[0])

    powers = write_powers(nodes, Z, add_targets if log else None)
    sum_of_powers, sum_of_targets = nodes.spread(powers), nodes.total(targets)
    sum_of_y = nodes.spread(sum_of_targets)
    for place in nodes.vectors():
        h, target = v.builder.fdiv(nodes.load(Z, place), sum_of_powers), nodes.load_given(y, place)
        miss = v.sub(h, target)
        squares[0] = v.fma(miss, miss, squares[0])
        if log:
            nodes.store_delta(v.sub(v.mul(h, sum_of_y), target), D, place)
        else:
            products[0] = v.fma(miss, h, products[0])
            nodes.store(h, Z, place)
    distance, product = nodes.total(squares), nodes.total(products)
    if log:
        loss = v.sub(v.mul(sum_of_targets, v.log(powers)), product)
        return clipped(v, architecture, loss), distance
    shared = nodes.spread(product)
    for place in nodes.vectors():
        h = nodes.load(Z, place)
        miss = v.sub(h, nodes.load_given(y, place))
        nodes.store_delta(v.mul(h, v.sub(miss, shared)), D, place)
    return v.mul(nodes.constant(0.5), distance), distance


def clipped(v: Vectors, architecture: Architecture, share: Any) -> Any:
    """A share of the loss, or the most that it may count (`Architecture.clipped`)."""
    if not (architecture.clipped and architecture.loss == LOG.name):
        return share
    constant = v.scalar if share.type == v.scalar else v.constant
    most = constant(-math.log(np.finfo(v.dtype).eps))
    return v.builder.select(v.builder.fcmp_ordered("<", most, share), most, share)
