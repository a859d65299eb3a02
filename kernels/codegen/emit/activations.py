"""The activations of whole layers, and how deltas pass through them.

Elementwise activations are computed in the registers that hold the sums, or in a loop of their own
while z is still in the cache. Softmax needs all nodes of a sample, however they lie
(`arrangement`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kernels.codegen.emit.arrangement import Arrangement, Place, SampleLanes
from kernels.codegen.emit.arrays import Matrix
from kernels.codegen.emit.exponential import write_exp
from kernels.codegen.emit.groups import Group
from kernels.codegen.emit.layout import Layer
from kernels.codegen.emit.mathematics import Mathematics
from kernels.codegen.llvm.functions import call
from kernels.codegen.llvm.vectors import Registers, Vectors
from kernels.codegen.llvm.writing import index, repeat
from kernels.parts.activation import Activation
from kernels.parts.activations.identity import PART as IDENTITY

UNROLL = 4
"""Vectors in a turn of the loop of `write_activations`, so that their instructions overlap."""


def write_activation(v: Vectors, f: Activation, z: Any) -> Any:
    """Instructions for f(z), elementwise; softmax, which is not elementwise, leaves z unchanged."""
    return f.emit(Mathematics(v), z)


def write_through(v: Vectors, f: Activation, delta: Any, kept: Any) -> Any:
    """Instructions for delta f'(z), elementwise, from what is kept: f'(z), or h = f(z)."""
    return v.mul(delta, kept) if f.needs_z else f.emit_through(Mathematics(v), delta, kept)


def write_activations(
    v: Vectors, f: Activation, source: Any, target: Any, count: Any, slopes: Any = None
) -> None:
    """Instructions for f of `count` vectors from `source` on, to `target`.

    With `slopes`, f'(z) is written there; only for activations that need z.
    """
    b = v.builder
    groups = b.udiv(count, index(UNROLL))
    done = b.mul(groups, index(UNROLL))
    for turns, first, unroll in ((groups, index(0), UNROLL), (b.sub(count, done), done, 1)):
        with repeat(b, turns) as turn:
            start = b.add(first, b.mul(turn, index(unroll)))
            places = [b.mul(b.add(start, index(k)), index(v.lanes)) for k in range(unroll)]
            # An f that leaves some lanes of z as they are would be written with masked stores,
            # each of which takes 11 cycles on AMD's processors without AVX-512.
            z = [v.opaque(v.load(source, place)) for place in places]
            if slopes is None:
                values = [write_activation(v, f, one) for one in z]
            else:
                both = [write_both(v, f, one) for one in z]
                values = [value for value, _ in both]
                for (_, slope), place in zip(both, places, strict=True):
                    v.store(slope, slopes, place)
            for value, place in zip(values, places, strict=True):
                v.store(value, target, place)


def write_both(v: Vectors, f: Activation, z: Any) -> tuple[Any, Any]:
    """Instructions for f(z) and f'(z), elementwise, for activations that need z."""
    return f.emit_both(Mathematics(v), z)


def activate(v: Vectors, f: Activation, data: Any, count: Any, slopes: Any = None) -> None:
    """Write a call that puts f(z) in the place of z, elementwise, for `count` vectors.

    With `slopes`, f'(z) is written there.
    """
    if f is not IDENTITY:
        name = f"{f}_and_slopes" if slopes is not None else f.name
        call(name, write_in_place, v, f, data, count, slopes)


def write_in_place(v: Vectors, f: Activation, data: Any, count: Any, slopes: Any) -> None:
    """`write_activations` with one array as source and target."""
    write_activations(v, f, data, data, count, slopes)


def activate_group(group: Group, layer: Layer, Z: Matrix, slopes: Any = None) -> None:
    """Write calls that put f(z) of a layer in the place of z, for all samples of a group.

    With `slopes`, f'(z) is written there.
    """
    vectors = group.vectors
    if layer.function.over_nodes:
        call("softmax", write_softmax_of_samples, Z, layer.outputs, vectors)
    else:
        count = group.v.builder.mul(index(layer.outputs), vectors)
        activate(group.v, layer.function, Z.data, count, slopes)


def write_softmax_of_samples(Z: Matrix, width: int, vectors: Any) -> None:
    """Instructions for the softmax of `width` nodes, in place, for `vectors` vectors of samples."""
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
    """exp(z - top) in the place of z, 0 in padding; returns their sum. top is the greatest z.

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
