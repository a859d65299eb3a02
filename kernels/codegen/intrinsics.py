"""What the emitters write, as intrinsics that Numba functions are made of.

The architecture of the network reaches them as a type, a literal string, so it is constant in the
code and part of the key under which Numba keeps the code;
`edition` makes Numba's cache notice every edit of what they are written by (`compiled.version`).
"""

from __future__ import annotations

import functools
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from kernels.codegen import barrier, batch, batch_gradient, objects, sample, sample_gradient
from kernels.codegen.layout import Layout
from kernels.codegen.subroutines import at, index
from kernels.codegen.vectors import BITS, Vectors, lanes
from kernels.network import parameter_count
from kernels.parts import architecture
from kernels.parts.architecture import Architecture

REALS = {"float64": types.float64, "float32": types.float32}

TOTALS = 8
"""Numbers that each thread has to itself for its sums: a cache line."""


@functools.lru_cache(maxsize=64)
def layout(what: Architecture | tuple[int, ...], dtype: str) -> Layout:
    """Where a network's parameters lie."""
    return Layout(architecture.of(what), lanes(REALS[dtype]), sample.most_vectors())


def layout_of(shape: types.StringLiteral, real: types.Type) -> Layout:
    """The layout, from what the emitters are given: the architecture's key."""
    return layout(Architecture.from_key(shape.literal_value), str(real))


@intrinsic(prefer_literal=True)
def forward(
    typingctx: Any, parameters: Any, x: Any, out: Any, real: Any, shape: Any, edition: Any
) -> Any:
    """One sample, of any objects; whether it was taken."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        parameters, x, out = arguments[:3]
        v = Vectors(builder, real.dtype)
        plan = layout_of(shape, real.dtype)
        inputs, outputs = plan.sizes[0], plan.sizes[-1]
        readable = objects.CONTIGUOUS | objects.ALIGNED
        good = builder.and_(
            objects.is_array(builder, x, parameters, ((inputs,),), readable),
            objects.is_array(builder, out, parameters, ((outputs,),), readable | objects.WRITABLE),
        )
        done = cgutils.alloca_once_value(builder, cgutils.false_bit)
        with builder.if_then(good, likely=True):
            P, X, Y = (objects.data(builder, head, v.scalar) for head in (parameters, x, out))
            size = BITS[v.real] // 8
            separate = objects.apart(builder, X, inputs * size, Y, outputs * size)
            builder.store(separate, done)
            with builder.if_then(separate, likely=True):
                sample.write_sample(v, plan, P, X, Y)
        return builder.load(done)

    return types.boolean(parameters, x, out, real, shape, edition), code


@intrinsic(prefer_literal=True)
def row(
    typingctx: Any, parameters: Any, X: Any, out: Any, real: Any, shape: Any, edition: Any
) -> Any:
    """A matrix of one row, of finite numbers, into an array of ours; whether it was taken."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        parameters, X, out = arguments[:3]
        v = Vectors(builder, real.dtype)
        plan = layout_of(shape, real.dtype)
        flags = objects.CONTIGUOUS | objects.ALIGNED
        done = cgutils.alloca_once_value(builder, cgutils.false_bit)
        good = objects.is_array(builder, X, parameters, ((1, plan.sizes[0]),), flags)
        with builder.if_then(good, likely=True):
            P, x, y = (objects.data(builder, head, v.scalar) for head in (parameters, X, out))
            finite = sample.are_finite(v, plan.sizes[0], x)
            builder.store(finite, done)
            with builder.if_then(finite, likely=True):
                sample.write_sample(v, plan, P, x, y)
        return builder.load(done)

    return types.boolean(parameters, X, out, real, shape, edition), code


@intrinsic(prefer_literal=True)
def forward_batch(
    typingctx: Any, parameters: Any, X: Any, out: Any, scratch: Any, shape: Any, edition: Any
) -> Any:
    """Every row of X."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        v = Vectors(builder, X.dtype)
        P, rows, Y, room = arrays(context, builder, signature, arguments[:4])
        batch.write_batch(
            v,
            layout_of(shape, X.dtype),
            P.data,
            rows.data,
            builder.extract_value(rows.shape, 0),
            Y.data,
            room.data,
        )
        return context.get_dummy_value()

    return types.void(parameters, X, out, scratch, shape, edition), code


@intrinsic(prefer_literal=True)
def gradient_of_one(
    typingctx: Any,
    parameters: Any,
    x: Any,
    y: Any,
    out: Any,
    real: Any,
    shape: Any,
    edition: Any,
) -> Any:
    """One sample's gradient, of any objects; its cost, or -1 if it was not taken."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        parameters, x, y, out = arguments[:4]
        v = Vectors(builder, real.dtype)
        plan = layout_of(shape, real.dtype)
        double = ir.DoubleType()
        cost = cgutils.alloca_once_value(builder, double(-1.0))
        flags = objects.CONTIGUOUS | objects.ALIGNED
        n, k = plan.sizes[0], plan.sizes[-1]
        good = builder.and_(
            objects.is_array(builder, x, parameters, ((n,), (1, n)), flags),
            objects.is_array(builder, y, parameters, ((k,), (1, k)), flags),
        )
        # both are arrays by now, or nothing is asked of them
        with builder.if_then(good, likely=True), builder.if_then(objects.alike(builder, x, y)):
            places = (objects.data(builder, head, v.scalar) for head in (parameters, x, y, out))
            loss = sample_gradient.write_sample_gradient(v, plan, *places)
            wide = loss if v.real == types.float64 else builder.fpext(loss, double)
            builder.store(wide, cost)
        return builder.load(cost)

    return types.float64(parameters, x, y, out, real, shape, edition), code


@intrinsic(prefer_literal=True)
def gradient_of_many(
    typingctx: Any,
    theta: Any,
    X: Any,
    Y: Any,
    step: Any,
    rank: Any,
    threads: Any,
    scratch: Any,
    totals: Any,
    meeting: Any,
    shape: Any,
    edition: Any,
) -> Any:
    """A thread's part of the gradient, to `step` (rank 0) or to its own room, and of `totals`."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        T, X, Y, step, rank, threads, scratch, totals, meeting = arrays(
            context, builder, signature, arguments[:9]
        )
        v = Vectors(builder, theta.dtype)
        plan = layout_of(shape, theta.dtype)
        places = batch_gradient.room(plan)
        rows = builder.extract_value(X.shape, 0)
        first, last = batch_gradient.share(builder, rows, v.lanes, (rank, threads))
        room = batch.row(v, scratch.data, rank, places.size)
        leads = builder.icmp_signed("==", rank, index(0))
        batch_gradient.write_gradient(
            v,
            plan,
            T.data,
            batch.row(v, X.data, first, plan.sizes[0]),
            batch.row(v, Y.data, first, plan.sizes[-1]),
            builder.sub(last, first),
            builder.fdiv(v.scalar(1.0), builder.uitofp(rows, v.scalar)),
            builder.select(leads, step.data, at(builder, room, places.means)),
            room,
            builder.gep(totals.data, [builder.mul(rank, index(TOTALS))]),
            at(builder, meeting.data, barrier.CALLED_OFF),
        )
        return context.get_dummy_value()

    shared = (theta, X, Y, step, rank, threads, scratch, totals, meeting)
    return types.void(*shared, shape, edition), code


@intrinsic(prefer_literal=True)
def advance(
    typingctx: Any,
    theta: Any,
    step: Any,
    alpha: Any,
    rank: Any,
    threads: Any,
    scratch: Any,
    shape: Any,
    edition: Any,
) -> Any:
    """A thread's part of the way from the threads' gradients to their sum, and of the step."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        T, step, alpha, rank, threads, scratch = arrays(context, builder, signature, arguments[:6])
        v = Vectors(builder, theta.dtype)
        plan = layout_of(shape, theta.dtype)
        places = batch_gradient.room(plan)
        batch_gradient.write_step(
            v,
            parameter_count(plan.sizes),
            T.data,
            step.data,
            at(builder, scratch.data, places.means),
            index(places.size),
            alpha,
            (rank, threads),
        )
        return context.get_dummy_value()

    return types.void(theta, step, alpha, rank, threads, scratch, shape, edition), code


def arrays(context: Any, builder: Any, signature: Any, arguments: Any) -> list[Any]:
    """The leading arguments, those that are arrays with `data` and `shape`."""
    return [
        context.make_array(kind)(context, builder, value)
        if isinstance(kind, types.Array)
        else value
        for kind, value in zip(signature.args, arguments, strict=False)
    ]
