"""The activations of whole layers, and how the cost changes through them.

Elementwise ones are computed in registers where the sums are, or in a loop over what still is in
the cache. Softmax needs all nodes of a sample: `write_softmax` has them one below the other, the
samples as lanes, `write_softmax_of_one` side by side, the nodes as lanes.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from numba.core import types

from kernels.codegen.exponential import write_exp, write_sigmoid, write_tanh
from kernels.codegen.subroutines import INDEX, index, repeat, subroutine, vectors_of
from kernels.codegen.vectors import Registers, Vectors

UNROLL = 4
LONG = ("logistic", "tanh")
"""Those that take enough instructions for a loop of their own."""


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
    """Instructions for delta f'(z), elementwise, with h = f(z)."""
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
    """A call that puts f of `count` vectors in the place of its arguments."""
    if name == "identity":
        return

    def write(builder: Any, place: Any, count: Any) -> None:
        write_activations(Vectors(builder, v.real), name, place, place, count)

    v.builder.call(subroutine(v.builder, name, [data.type, INDEX], write), [data, count])


def activate_samples(
    v: Vectors, name: str, width: int, data: Any, vectors: Any, samples: Any
) -> None:
    """The same of a layer of so many nodes, node by node, for `vectors` of samples."""
    if name != "softmax":
        activate(v, name, data, v.builder.mul(index(width), vectors))
        return
    kinds = [INDEX, data.type, INDEX, INDEX]
    function = subroutine(v.builder, name, kinds, partial(write_softmax, v.real))
    v.builder.call(function, [index(width), data, vectors, samples])


def write_softmax(
    real: types.Type, builder: Any, width: Any, data: Any, vectors: Any, samples: Any
) -> None:
    """The softmax of so many nodes, whose samples lie `samples` apart, in place."""
    v = Vectors(builder, real)
    with repeat(builder, vectors) as vector:
        sample = builder.mul(vector, index(v.lanes))

        def place(node: Any, sample: Any = sample) -> Any:
            return builder.add(builder.mul(node, samples), sample)

        most, total = greatest_and_total(v, width, data, place)
        with repeat(builder, width) as node:
            power = write_exp(v, v.sub(v.load(data, place(node)), most))
            v.store(builder.fdiv(power, total), data, place(node))


def write_softmax_of_one(v: Vectors, width: int, z: Any, out: Any) -> None:
    """The softmax of z, which is padded and overwritten, into the `width` numbers of out."""
    total = v.splat(write_powers(v, width, z, z)[1])
    for place, count in vectors_of(v, width):
        v.store_first(count, v.builder.fdiv(v.load(z, place), total), out, place)


def write_powers(v: Vectors, width: int, z: Any, target: Any) -> tuple[Any, Any]:
    """exp(z - greatest z) into target, with 0 in its padding; the greatest z, and their sum."""
    most, total = Registers(v, [v.constant(-math.inf)]), Registers(v, 1)
    for place, count in vectors_of(v, width):
        most[0] = v.greater(most[0], v.first(count, v.load(z, place), -math.inf))
    greatest = v.greatest(most[0])
    for place, count in vectors_of(v, width):
        power = v.first(count, write_exp(v, v.sub(v.load(z, place), v.splat(greatest))))
        v.store(power, target, place)
        total[0] = v.add(total[0], power)
    return greatest, total.total()


def greatest_and_total(v: Vectors, width: Any, data: Any, place: Any) -> tuple[Any, Any]:
    """The greatest z of each sample, and the sum of exp(z - greatest)."""
    most = Registers(v, [v.load(data, place(index(0)))])
    with repeat(v.builder, width) as node:
        most[0] = v.greater(most[0], v.load(data, place(node)))
    total = Registers(v, 1)
    with repeat(v.builder, width) as node:
        total[0] = v.add(total[0], write_exp(v, v.sub(v.load(data, place(node)), most[0])))
    return most[0], total[0]
