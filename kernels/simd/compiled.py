"""The functions that are compiled for one network: what the emitters write, as Numba functions.

The sizes of the network reach the emitters as types, so they are constants of the code. Numba
keeps the code on disk, under the sizes, the dtype, the processor and `version()`: Numba itself
would notice an edit of this file only.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from kernels.network import parameter_count
from kernels.simd import backward, batch, objects, sample
from kernels.simd.layout import Layout
from kernels.simd.vectors import BITS, Vectors, lanes

REALS = {"float64": types.float64, "float32": types.float32}

WRAPPER = re.compile(r"define [^(]*@\"?(_ZN7cpython|cfunc\.|NRT_|numba_)")
"""What Numba writes around a function, for Python to call it."""


class Functions(NamedTuple):
    """The compiled functions of one network and dtype."""

    forward: Callable[..., Any]
    """forward(parameters, x, out), of any objects: False, and nothing done, unless x and out are
    plain arrays, of the right length, apart; or if hidden layers are too wide for the stack."""
    forward_batch: Callable[..., Any]
    """forward_batch(parameters, X, out, scratch), of which nothing is checked."""
    descend: Callable[..., Any] | None
    """descend(theta, X, Y, alpha, cost, error, step, scratch, totals), unchecked too: one step of
    batch gradient descent for each entry of cost and error; none, but the gradient, if alpha is 0.
    """


@functools.cache
def version() -> int:
    """A number that changes with every edit of the code that writes the code."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return int.from_bytes(digest.digest()[:7], "big")


@functools.cache
def use_once() -> None:
    """Have Numba compile something: its first use in a process takes most of a second."""
    njit(types.void())(lambda: None)


@functools.lru_cache(maxsize=64)
def layout(sizes: tuple[int, ...], dtype: str) -> Layout:
    """Where a network's parameters lie."""
    return Layout(sizes, lanes(REALS[dtype]), sample.most_vectors())


@functools.lru_cache(maxsize=64)
def functions(sizes: tuple[int, ...], dtype: str, gradients: bool) -> Functions:
    """Compile the functions for a network, or load them from Numba's cache."""
    one, *others = dispatchers(sizes, dtype, gradients, cache=True)
    (code,) = one.overloads.values()
    return Functions(code.entry_point, *others, *([] if gradients else [None]))


def dispatchers(sizes: tuple[int, ...], dtype: str, gradients: bool, cache: bool) -> list[Any]:
    """The functions as Numba has them, compiled; `descend` only for gradients."""
    real = REALS[dtype]
    vector, matrix = types.Array(real, 1, "C"), types.Array(real, 2, "C")
    edition = version()

    def forward(parameters: Any, x: Any, out: Any) -> Any:
        return _forward(parameters, x, out, real, sizes, edition)

    def forward_batch(parameters: Any, X: Any, out: Any, scratch: Any) -> None:
        _forward_batch(parameters, X, out, scratch, sizes, edition)

    def descend(
        theta: Any,
        X: Any,
        Y: Any,
        alpha: float,
        cost: Any,
        error: Any,
        step: Any,
        scratch: Any,
        totals: Any,
    ) -> None:
        m = X.shape[0]
        for k in range(cost.size):
            _gradient(theta, X, Y, step, scratch, totals, sizes, edition)
            cost[k] = totals[0] / (2 * m)
            error[k] = totals[1] / m
            if alpha != 0:
                _advance(theta, step, real(alpha), sizes, edition)

    # none allocates anything or is called from C
    options: dict[str, Any] = {
        "cache": cache,
        "error_model": "numpy",
        "_nrt": False,
        "no_cfunc_wrapper": True,
    }
    series = types.Array(types.float64, 1, "C")
    one = types.boolean(*(objects.python_object,) * 3)
    many = types.void(vector, matrix, matrix, vector)
    steps = types.void(
        vector, matrix, matrix, types.float64, series, series, vector, vector, series
    )
    found = [
        njit(one, **options)(forward),
        njit(many, nogil=True, **options)(forward_batch),
    ]
    return [*found, njit(steps, nogil=True, **options)(descend)] if gradients else found


def listing(sizes: tuple[int, ...], dtype: str, gradients: bool, assembly: bool = False) -> str:
    """The code of the functions as LLVM has it, or as the processor has it."""
    parts = []
    # what comes from disk has no text
    for function in dispatchers(sizes, dtype, gradients, cache=False):
        (signature,) = function.signatures
        if assembly:
            parts.append(function.inspect_asm(signature))
        else:
            text = function.inspect_llvm(signature)
            found = re.findall(r"^define .*?^}$", text, re.MULTILINE | re.DOTALL)
            parts += [one for one in found if not WRAPPER.match(one)]
    return "\n\n".join(parts)


def layout_of(sizes: types.BaseTuple, real: types.Type) -> Layout:
    """The layout, from what the emitters are given."""
    return layout(tuple(size.literal_value for size in sizes.types), str(real))


@intrinsic(prefer_literal=True)
def _forward(
    typingctx: Any, parameters: Any, x: Any, out: Any, real: Any, sizes: Any, edition: Any
) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        parameters, x, out = arguments[:3]
        v = Vectors(builder, real.dtype)
        plan = layout_of(sizes, real.dtype)
        inputs, outputs = plan.sizes[0], plan.sizes[-1]
        if plan.widest > sample.STACK_NUMBERS:
            return cgutils.false_bit
        readable = objects.CONTIGUOUS | objects.ALIGNED
        good = builder.and_(
            objects.is_vector(builder, x, parameters, inputs, readable),
            objects.is_vector(builder, out, parameters, outputs, readable | objects.WRITABLE),
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

    return types.boolean(parameters, x, out, real, sizes, edition), code


@intrinsic(prefer_literal=True)
def _forward_batch(
    typingctx: Any, parameters: Any, X: Any, out: Any, scratch: Any, sizes: Any, edition: Any
) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        v = Vectors(builder, X.dtype)
        P, rows, Y, room = arrays(context, builder, signature, arguments[:4])
        batch.write_batch(
            v,
            layout_of(sizes, X.dtype),
            P.data,
            rows.data,
            builder.extract_value(rows.shape, 0),
            Y.data,
            room.data,
        )
        return context.get_dummy_value()

    return types.void(parameters, X, out, scratch, sizes, edition), code


@intrinsic(prefer_literal=True)
def _gradient(
    typingctx: Any,
    theta: Any,
    X: Any,
    Y: Any,
    out: Any,
    scratch: Any,
    totals: Any,
    sizes: Any,
    edition: Any,
) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        given = arrays(context, builder, signature, arguments[:6])
        T, rows, targets, step, room, sums = (array.data for array in given)
        backward.write_gradient(
            Vectors(builder, theta.dtype),
            layout_of(sizes, theta.dtype),
            T,
            rows,
            targets,
            builder.extract_value(given[1].shape, 0),
            step,
            room,
            sums,
        )
        return context.get_dummy_value()

    return types.void(theta, X, Y, out, scratch, totals, sizes, edition), code


@intrinsic(prefer_literal=True)
def _advance(typingctx: Any, theta: Any, step: Any, alpha: Any, sizes: Any, edition: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        T, change = arrays(context, builder, signature, arguments[:2])
        count = parameter_count(layout_of(sizes, theta.dtype).sizes)
        v = Vectors(builder, theta.dtype)
        backward.write_step(v, count, T.data, change.data, arguments[2])
        return context.get_dummy_value()

    return types.void(theta, step, alpha, sizes, edition), code


def arrays(context: Any, builder: Any, signature: Any, arguments: Any) -> list[Any]:
    """The leading arguments as arrays with `data` and `shape`."""
    return [
        context.make_array(kind)(context, builder, value)
        for kind, value in zip(signature.args, arguments, strict=False)
    ]
