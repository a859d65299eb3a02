"""The functions that are compiled for one network: what the emitters write, as Numba functions.

The architecture of the network reaches the emitters as types, so it is constant in the code. Numba
keeps the code on disk, under the architecture, the dtype, the processor and `version()`: Numba
itself would notice an edit of this file only.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from numba import njit, types

from kernels.architecture import Architecture
from kernels.simd import barrier, intrinsics, objects

WRAPPER = re.compile(r"define [^(]*@\"?(_ZN7cpython|cfunc\.|NRT_|numba_)")
"""What Numba writes around a function, for Python to call it."""


def refuse(*_: Any) -> float:
    """In place of compiled code that checks what it is given, where there is none."""
    return -1.0


def refuse_row(*_: Any) -> bool:
    """The same where what is asked is whether it was taken."""
    return False


class Functions(NamedTuple):
    """The compiled functions of one network and dtype, all but the first two if asked for."""

    forward: Callable[..., Any]
    """forward(parameters, x, out), of any objects: False, and nothing done, unless x and out are
    plain arrays, of the right length, apart; or if the layers are too wide for the stack."""
    forward_batch: Callable[..., Any]
    """forward_batch(parameters, X, out, scratch), of which nothing is checked."""
    row: Callable[..., Any] = refuse_row
    """row(parameters, X, out), of any object X and an array of ours: False, and nothing done,
    unless X is a matrix of one row, of the right width and finite numbers."""
    gradient: Callable[..., Any] = refuse
    """gradient(parameters, x, y, out), of any objects x and y: the cost; or -1, as `forward`. A
    matrix of one row is taken as well; out is the caller's own, and not checked."""
    descend: Callable[..., Any] = refuse
    """descend(theta, X, Y, alpha, cost, error, step, rank, threads, scratch, totals, meeting),
    unchecked too: one step of batch gradient descent for each entry of cost and error, of which
    `step` keeps the last gradient; no steps, but the gradient, if alpha is 0. So many threads call
    it together, with the same arrays, and their ranks."""


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
def functions(what: Architecture, dtype: str, operations: tuple[str, ...]) -> Functions:
    """Compile the functions for a network, or load them from Numba's cache."""
    made = dispatchers(what, dtype, operations, cache=True)
    for name in ("forward", "row", "gradient"):  # Numba would look at what they are to look at
        if name in made:
            (code,) = made[name].overloads.values()
            made[name] = code.entry_point
    return Functions(**made)


def dispatchers(
    what: Architecture, dtype: str, operations: tuple[str, ...], cache: bool
) -> dict[str, Any]:
    """The functions as Numba has them, compiled: those that the operations need, and forward's."""
    real = intrinsics.REALS[dtype]
    vector, matrix = types.Array(real, 1, "C"), types.Array(real, 2, "C")
    shape, edition = what.numbers, version()

    def forward(parameters: Any, x: Any, out: Any) -> Any:
        return intrinsics.forward(parameters, x, out, real, shape, edition)

    def row(parameters: Any, X: Any, out: Any) -> Any:
        return intrinsics.row(parameters, X, out, real, shape, edition)

    def forward_batch(parameters: Any, X: Any, out: Any, scratch: Any) -> None:
        intrinsics.forward_batch(parameters, X, out, scratch, shape, edition)

    def gradient(parameters: Any, x: Any, y: Any, out: Any) -> Any:
        return intrinsics.gradient_of_one(parameters, x, y, out, real, shape, edition)

    def descend(
        theta: Any,
        X: Any,
        Y: Any,
        alpha: float,
        cost: Any,
        error: Any,
        step: Any,
        rank: int,
        threads: int,
        scratch: Any,
        totals: Any,
        meeting: Any,
    ) -> None:
        m = X.shape[0]
        for k in range(cost.size):
            intrinsics.gradient_of_many(
                theta, X, Y, step, rank, threads, scratch, totals, meeting, shape, edition
            )
            if not barrier.meet(meeting, threads):
                return
            if rank == 0:
                losses = norms = 0.0
                for one in range(threads):
                    losses += totals[one, 0]
                    norms += totals[one, 1]
                cost[k], error[k] = losses / m, norms / m
            intrinsics.advance(theta, step, real(alpha), rank, threads, scratch, shape, edition)
            if not barrier.meet(meeting, threads):
                return

    # none allocates anything or is called from C
    options: dict[str, Any] = {
        "cache": cache,
        "error_model": "numpy",
        "_nrt": False,
        "no_cfunc_wrapper": True,
    }
    objects_3, objects_4 = ((objects.python_object,) * n for n in (3, 4))
    series, sums = (types.Array(types.float64, n, "C") for n in (1, 2))
    integer = types.intp
    many = types.void(vector, matrix, matrix, vector)
    together = types.void(
        *(vector, matrix, matrix, types.float64, series, series, vector),
        *(integer, integer, matrix, sums, types.Array(types.int64, 1, "C")),
    )
    made = {
        "forward": njit(types.boolean(*objects_3), **options)(forward),
        "forward_batch": njit(many, nogil=True, **options)(forward_batch),
    }
    if "row" in operations:
        made["row"] = njit(types.boolean(*objects_3), **options)(row)
    if "gradient" in operations:
        made["gradient"] = njit(types.float64(*objects_4), **options)(gradient)
    if {"gradient", "train"} & set(operations):
        made["descend"] = njit(together, nogil=True, **options)(descend)
    return made


def listing(
    what: Architecture, dtype: str, operations: tuple[str, ...], assembly: bool = False
) -> str:
    """The code of the functions as LLVM has it, or as the processor has it."""
    parts = []
    # what comes from disk has no text
    for function in dispatchers(what, dtype, operations, cache=False).values():
        (signature,) = function.signatures
        if assembly:
            parts.append(function.inspect_asm(signature))
        else:
            text = function.inspect_llvm(signature)
            found = re.findall(r"^define .*?^}$", text, re.MULTILINE | re.DOTALL)
            parts += [one for one in found if not WRAPPER.match(one)]
    return "\n\n".join(parts)
