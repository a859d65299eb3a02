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

from kernels.simd import batch, objects, sample
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


@functools.cache
def version() -> int:
    """A number that changes with every edit of the code that writes the code."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return int.from_bytes(digest.digest()[:7], "big")


@functools.lru_cache(maxsize=64)
def layout(sizes: tuple[int, ...], dtype: str) -> Layout:
    """Where a network's parameters lie."""
    return Layout(sizes, lanes(REALS[dtype]), sample.most_vectors())


@functools.lru_cache(maxsize=64)
def functions(sizes: tuple[int, ...], dtype: str) -> Functions:
    """Compile the functions for a network, or load them from Numba's cache."""
    one, many = dispatchers(sizes, dtype, cache=True)
    (code,) = one.overloads.values()
    return Functions(code.entry_point, many)


def dispatchers(sizes: tuple[int, ...], dtype: str, cache: bool) -> tuple[Any, Any]:
    """Both functions as Numba has them, compiled."""
    real = REALS[dtype]
    vector, matrix = types.Array(real, 1, "C"), types.Array(real, 2, "C")
    edition = version()

    def forward(parameters: Any, x: Any, out: Any) -> Any:
        return _forward(parameters, x, out, real, sizes, edition)

    def forward_batch(parameters: Any, X: Any, out: Any, scratch: Any) -> None:
        _forward_batch(parameters, X, out, scratch, sizes, edition)

    # neither allocates anything nor is called from C
    options = {"cache": cache, "_nrt": False, "no_cfunc_wrapper": True}
    one = types.boolean(*(objects.python_object,) * 3)
    many = types.void(vector, matrix, matrix, vector)
    return njit(one, **options)(forward), njit(many, nogil=True, **options)(forward_batch)


def listing(sizes: tuple[int, ...], dtype: str, assembly: bool = False) -> str:
    """The code of both functions as LLVM has it, or as the processor has it."""
    parts = []
    for function in dispatchers(sizes, dtype, cache=False):  # what comes from disk has no text
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


def arrays(context: Any, builder: Any, signature: Any, arguments: Any) -> list[Any]:
    """The leading arguments as arrays with `data` and `shape`."""
    return [
        context.make_array(kind)(context, builder, value)
        for kind, value in zip(signature.args, arguments, strict=False)
    ]
