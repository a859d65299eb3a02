"""Compile and run the code that an emitter writes, for tests of single emitters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from kernels.codegen import intrinsics
from kernels.codegen.vectors import Vectors

DTYPES = ("float64", "float32")
REALS = intrinsics.REALS


def run(write: Callable[..., None], *arrays: Any) -> None:
    """Compile the code that `write(v, *pointers)` emits, and run it on these arrays."""

    @intrinsic
    def body(typingctx: Any, given: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            parts = [builder.extract_value(arguments[0], k) for k in range(len(arrays))]
            pointers = [
                context.make_array(kind)(context, builder, part).data
                for kind, part in zip(given.types, parts, strict=True)
            ]
            write(Vectors(builder, given.types[0].dtype), *pointers)
            return context.get_dummy_value()

        return types.void(given), code

    @njit
    def call(given: Any) -> None:
        body(given)

    call(arrays)


def numbers(*shape: int, dtype: str, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)
