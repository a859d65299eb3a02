"""The activations of whole layers, and how the cost changes through them.

Elementwise ones are computed in registers where the sums are, or in a loop over what still is in
the cache. Softmax needs all nodes of a sample, however they lie (`arrangement`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kernels.codegen.emit.arrangement import Arrangement, Place, SampleLanes
from kernels.codegen.emit.arrays import Matrix
from kernels.codegen.emit.exponential import write_exp, write_sigmoid, write_tanh
from kernels.codegen.emit.groups import Group
from kernels.codegen.emit.layout import Layer
from kernels.codegen.llvm.functions import call
from kernels.codegen.llvm.vectors import Registers, Vectors
from kernels.codegen.llvm.writing import index, repeat

UNROLL = 4
"""Vectors of a turn of the loop of `write_activations`, whose instructions overlap."""
LONG = ("logistic", "tanh")
"""Activations that take enough instructions for a loop of their own."""


def write_activation(v: Vectors, name: str, z: Any) -> Any:
    """Instructions for f(z), elementwise; for softmax, which is not, z."""
    if name == "logistic":
        return write_sigmoid(v, z)
    if name == "tanh":
        return write_tanh(v, z)
    if name == "relu":
        zero = v.constant(0.0)
        return v.builder.select(v.builder.fcmp_ordered("<", z, zero), zero, z)
    return z


def write_through(v: Vectors, name: str, delta: Any, h: Any) -> Any:
    """Instructions for delta f'(z), elementwise, from h = f(z)."""
    one = v.constant(1.0)
    if name == "logistic":
        return v.mul(delta, v.mul(h, v.sub(one, h)))
    if name == "tanh":
        return v.mul(delta, v.mul(v.sub(one, h), v.add(one, h)))
    if name == "relu":
        zero = v.constant(0.0)
        return v.builder.select(v.builder.fcmp_ordered(">", h, zero), delta, zero)
    return delta


def write_activations(v: Vectors, name: str, source: Any, target: Any, count: Any) -> None:
    """Instructions for f of `count` vectors from `source` on, to `target`."""
    b = v.builder
    groups = b.udiv(count, index(UNROLL))
    done = b.mul(groups, index(UNROLL))
    for turns, first, unroll in ((groups, index(0), UNROLL), (b.sub(count, done), done, 1)):
        with repeat(b, turns) as turn:
            start = b.add(first, b.mul(turn, index(unroll)))
            places = [b.mul(b.add(start, index(k)), index(v.lanes)) for k in range(unroll)]
            values = [write_activation(v, name, v.load(source, place)) for place in places]
            for value, place in zip(values, places, strict=True):
                v.store(value, target, place)


def activate(v: Vectors, name: str, data: Any, count: Any) -> None:
    """Write a call that puts f(z) in the place of z, elementwise, for `count` vectors."""
    if name != "identity":
        call(name, write_in_place, v, name, data, count)


def write_in_place(v: Vectors, name: str, data: Any, count: Any) -> None:
    """`write_activations` with one array as source and target."""
    write_activations(v, name, data, data, count)


def activate_group(group: Group, layer: Layer, Z: Matrix) -> None:
    """Write calls that put f(z) of a layer in the place of z, for all samples of a group."""
    vectors = group.vectors
    if layer.function == "softmax":
        call("softmax", write_softmax_of_samples, Z, layer.outputs, vectors)
    else:
        count = group.v.builder.mul(index(layer.outputs), vectors)
        activate(group.v, layer.function, Z.data, count)


def write_softmax_of_samples(Z: Matrix, width: int, vectors: Any) -> None:
    """The softmax of so many nodes, in place, for `vectors` of samples."""
    v = Z.v
    with repeat(v.builder, vectors) as vector:
        first = v.builder.mul(vector, index(v.lanes))
        write_softmax(SampleLanes(v, width, Z.length, first), Z.data, Z.data)


def write_softmax(nodes: Arrangement, z: Any, out: Any) -> None:
    """The softmax of z, which is overwritten, into out, which is not padded."""
    total = nodes.spread(write_powers(nodes, z))
    for place in nodes.vectors():
        h = nodes.v.builder.fdiv(nodes.load(z, place), total)
        nodes.store_result(h, out, place)


def write_powers(
    nodes: Arrangement, z: Any, use: Callable[[Any, Place], None] | None = None
) -> Any:
    """exp(z - top) in the place of z, with 0 in padding; their sum. top is the greatest z.

    `use(z - top, place)` writes what else is done with each vector.
    """
    v = nodes.v
    most, sums = Registers(v, [v.constant(-math.inf)]), Registers(v, 1)
    for place in nodes.vectors():
        most[0] = v.greater(most[0], nodes.nodes_only(nodes.load(z, place), place, -math.inf))
    top = nodes.spread(nodes.greatest(most))
    for place in nodes.vectors():
        below = v.sub(nodes.load(z, place), top)
        power = nodes.nodes_only(write_exp(v, below), place)
        nodes.store(power, z, place)
        sums[0] = v.add(sums[0], power)
        if use:
            use(below, place)
    return nodes.total(sums)
