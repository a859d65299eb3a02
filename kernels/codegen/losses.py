"""delta of the output layer, and the loss of samples: what `kernels.parts.architecture` lists.

The way back begins here, from what the forward pass left of the output layer: its h, or its z where
the loss or softmax is told from z (`layers_before`)::

                       delta[L]                  loss
    squared            (h - y) f'(z)             1/2 ||y - h||^2
    squared, softmax   h (g - sum g h)           the same; g = h - y
    log, logistic      h - y                     sum max(z, 0) - y z - log max(h, 1 - h)
    log, softmax       h sum y - y               sum y log sum exp(z - top) - sum y (z - top)

`write_output_delta` has the nodes of one sample as lanes, `write_output_deltas` the samples of a
group.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from llvmlite import ir
from numba.core import types

from kernels.codegen.activations import greatest_and_total, write_powers, write_through
from kernels.codegen.batch import Group
from kernels.codegen.exponential import write_exp, write_sigmoid
from kernels.codegen.layout import Layer, Layout
from kernels.codegen.subroutines import INDEX, index, repeat, subroutine, vectors_of
from kernels.codegen.vectors import Registers, Vectors


def takes_z(layout: Layout) -> bool:
    """Whether z of the output layer is wanted, and not h."""
    return layout.architecture.loss == "log" or layout.architecture.activations[-1] == "softmax"


def layers_before(layout: Layout) -> list[Layer]:
    """The layers as the forward pass of a gradient computes them."""
    *hidden, last = layout.layers
    return [*hidden, replace(last, function="identity") if takes_z(layout) else last]


def write_logistic(v: Vectors, z: Any, y: Any) -> tuple[Any, Any]:
    """h - y and the log-loss of logistic outputs."""
    h = write_sigmoid(v, z)
    certain = v.greater(h, v.sub(v.constant(1.0), h))
    loss = v.sub(v.sub(v.greater(z, v.constant(0.0)), v.mul(y, z)), v.log(certain))
    return v.sub(h, y), loss


def write_output_delta(v: Vectors, layout: Layout, H: Any, y: Any, D: Any) -> Any:
    """delta[L] of one sample into D, padded with 0; returns its loss, a scalar."""
    if layout.architecture.activations[-1] == "softmax":
        return write_softmax_delta(v, layout, H, y, D)
    name, width = layout.architecture.activations[-1], layout.sizes[-1]
    total = Registers(v, 1)
    for place, count in vectors_of(v, width):
        h, target = v.load(H, place), v.load_first(count, y, place)
        if layout.architecture.loss == "log":
            delta, loss = write_logistic(v, h, target)
            total[0] = v.add(total[0], v.first(count, loss))
            v.store(v.first(count, delta), D, place)
            continue
        h = v.first(count, h)
        miss = v.sub(h, target)
        total[0] = v.fma(miss, miss, total[0])
        v.store(write_through(v, name, miss, h), D, place)
    half = 1.0 if layout.architecture.loss == "log" else 0.5
    return v.builder.fmul(total.total(), v.scalar(half))


def write_softmax_delta(v: Vectors, layout: Layout, Z: Any, y: Any, D: Any) -> Any:
    """The same of softmax outputs."""
    b, width = v.builder, layout.sizes[-1]
    log = layout.architecture.loss == "log"
    greatest, powers = write_powers(v, width, Z, D)
    top, every = v.splat(greatest), v.splat(powers)
    # y, y (z - top) with log; (h - y)^2, (h - y) h with squared
    one, other = Registers(v, 1), Registers(v, 1)
    for place, count in vectors_of(v, width):
        h, target = b.fdiv(v.load(D, place), every), v.load_first(count, y, place)
        z, miss = v.sub(v.load(Z, place), top), v.sub(h, target)
        first, second, weight = (target, z, v.constant(1.0)) if log else (miss, h, miss)
        one[0] = v.fma(first, weight, one[0])
        other[0] = v.fma(first, v.first(count, second), other[0])
        v.store(h, D, place)
    ones, others = one.total(), other.total()
    for place, count in vectors_of(v, width):
        h, target = v.load(D, place), v.load_first(count, y, place)
        if log:
            delta = v.sub(v.mul(h, v.splat(ones)), target)
        else:
            delta = v.mul(h, v.sub(v.sub(h, target), v.splat(others)))
        v.store(delta, D, place)
    if not log:
        return b.fmul(ones, v.scalar(0.5))
    logarithm = b.extract_element(v.log(every), ir.IntType(32)(0))
    return b.fsub(b.fmul(ones, logarithm), others)


def write_output_deltas(
    v: Vectors, layout: Layout, group: Group, H: Any, D: Any, totals: Any
) -> None:
    """D, which holds Y, becomes delta[L], with 0 for samples that do not exist.

    Adds their losses and ||y - h|| to `totals`; H may be overwritten.
    """
    b = v.builder
    deltas = subroutine(
        b,
        "output_deltas_of_a_vector",
        [H.type, D.type, INDEX, INDEX, INDEX, totals.type],
        partial(write_vector_of_samples, v.real, layout),
    )
    with repeat(b, group.vectors) as vector:
        sample = b.mul(vector, index(v.lanes))
        b.call(deltas, [H, D, sample, group.samples, b.sub(group.valid, sample), totals])


def write_vector_of_samples(
    real: types.Type,
    layout: Layout,
    builder: Any,
    H: Any,
    D: Any,
    sample: Any,
    samples: Any,
    valid: Any,
    totals: Any,
) -> None:
    """One vector of samples, the first of them `sample`, of which `valid` exist.

    A function of its own: where LLVM unrolls it for a group, it needs kilobytes of stack.
    """
    v = Vectors(builder, real)
    zero, exists = v.constant(0.0), v.first_lanes(valid)

    def place(node: Any) -> Any:
        return builder.add(builder.mul(node, samples), sample)

    def keep(delta: Any, node: Any) -> None:
        v.store(builder.select(exists, delta, zero), D, place(node))

    softmax = layout.architecture.activations[-1] == "softmax"
    write = write_softmax_samples if softmax else write_samples
    loss, squares = write(v, layout, H, D, place, keep)
    sums = (loss, v.root(squares))
    for k, total in enumerate(v.total(builder.select(exists, value, zero)) for value in sums):
        wide = total if real == types.float64 else builder.fpext(total, ir.DoubleType())
        target = builder.gep(totals, [index(k)])
        builder.store(builder.fadd(builder.load(target), wide), target)


def write_samples(
    v: Vectors, layout: Layout, H: Any, D: Any, place: Any, keep: Any
) -> tuple[Any, Any]:
    """delta of a vector of samples, handed to `keep`; their losses and ||y - h||^2."""
    name, log = layout.architecture.activations[-1], layout.architecture.loss == "log"
    squares, losses = Registers(v, 1), Registers(v, 1)
    with repeat(v.builder, layout.sizes[-1]) as node:
        h, y = v.load(H, place(node)), v.load(D, place(node))
        if log:
            miss, loss = write_logistic(v, h, y)
            losses[0] = v.add(losses[0], loss)
            keep(miss, node)
        else:
            miss = v.sub(h, y)
            keep(write_through(v, name, miss, h), node)
        squares[0] = v.fma(miss, miss, squares[0])
    return losses[0] if log else v.mul(v.constant(0.5), squares[0]), squares[0]


def write_softmax_samples(
    v: Vectors, layout: Layout, Z: Any, D: Any, place: Any, keep: Any
) -> tuple[Any, Any]:
    """The same of softmax outputs."""
    b, width, log = v.builder, layout.sizes[-1], layout.architecture.loss == "log"
    top, powers = greatest_and_total(v, index(width), Z, place)
    squares, targets, weighted = Registers(v, 1), Registers(v, 1), Registers(v, 1)
    with repeat(b, width) as node:
        z, y = v.sub(v.load(Z, place(node)), top), v.load(D, place(node))
        h = b.fdiv(write_exp(v, z), powers)
        miss = v.sub(h, y)
        squares[0] = v.fma(miss, miss, squares[0])
        targets[0] = v.add(targets[0], y)
        weighted[0] = v.fma(*((y, z) if log else (miss, h)), weighted[0])
        v.store(h, Z, place(node))
    with repeat(b, width) as node:
        h, y = v.load(Z, place(node)), v.load(D, place(node))
        if log:
            keep(v.sub(v.mul(h, targets[0]), y), node)
        else:
            keep(v.mul(h, v.sub(v.sub(h, y), weighted[0])), node)
    if log:
        return v.sub(v.mul(targets[0], v.log(powers)), weighted[0]), squares[0]
    return v.mul(v.constant(0.5), squares[0]), squares[0]
