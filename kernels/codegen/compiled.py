"""The functions that are compiled for one network: what the emitters write, as Numba functions.

The architecture of the network reaches the emitters as a type, so it is constant in the code. Numba
keeps the code on disk, under the architecture by its names, the dtype, the processor and
`version()`: Numba itself would notice an edit of this file only.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from numba import njit, types

import kernels
from kernels.codegen import barrier, intrinsics, objects
from kernels.parts.architecture import Architecture
from kernels.support import numba_cache

WRAPPER = re.compile(r"define [^(]*@\"?(_ZN7cpython|cfunc\.|NRT_|numba_)")
"""What Numba writes around a function, for Python to call it."""


def refuse(*_: Any) -> float:
    """In place of compiled code that checks what it is given, where there is none."""
    return -1.0


def refuse_row(*_: Any) -> bool:
    """The same where what is asked is whether it was taken."""
    return False


@dataclass(frozen=True)
class Functions:
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


def sources() -> list[Path]:
    """The files that decide what code is generated: this folder, and what it imports of `kernels`.

    A test holds this list to the imports.
    """
    here = Path(__file__).parent
    shared = ("support/aligned", "parts/architecture", "support/checks", "network", "storage")
    return sorted(here.glob("*.py")) + [here.parent / f"{name}.py" for name in shared]


def are_as_loaded() -> bool:
    """True if no source has been edited since this process imported it.

    Else the code it writes is not that of the files, whose digest it would be kept under.
    """
    return all(path.stat().st_mtime < kernels.LOADED for path in sources())


@functools.cache
def version() -> int:
    """A number that changes with every edit of the code that writes the code."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return int.from_bytes(digest.digest()[:7], "big")


@functools.cache
def use_once() -> None:
    """Have Numba compile something: its first use in a process takes most of a second."""
    njit(types.void())(lambda: None)


IN_USE: WeakValueDictionary[tuple[Any, ...], Functions] = WeakValueDictionary()
"""Those that some plan holds: plans of like networks share them, and the last one drops them."""


def functions(what: Architecture, dtype: str, operations: tuple[str, ...]) -> Functions:
    """The functions for a network: compiled, loaded from Numba's cache, or those in use."""
    key = (what, dtype, frozenset(operations))
    found = IN_USE.get(key)
    if found is None:
        found = IN_USE[key] = load(what, dtype, operations)
    return found


def load(what: Architecture, dtype: str, operations: tuple[str, ...]) -> Functions:
    """Compile the functions for a network, or load them from Numba's cache."""
    keep = numba_cache.compile_cached if are_as_loaded() else compile_anew
    made = dispatchers(what, dtype, operations, keep)
    for name in ("forward", "row", "gradient"):  # Numba would look at what they are to look at
        if name in made:
            (code,) = made[name].overloads.values()
            made[name] = code.entry_point
    return Functions(**made)


def dispatchers(
    what: Architecture,
    dtype: str,
    operations: tuple[str, ...],
    compile: Callable[..., Any],
) -> dict[str, Any]:
    """The functions as Numba has them: those that the operations need, and forward's.

    `compile` takes a function, its signature, what else the code depends on, and Numba's options.
    """
    real = intrinsics.REALS[dtype]
    vector, matrix = types.Array(real, 1, "C"), types.Array(real, 2, "C")
    shape, edition = what.key, version()

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
        "key": f"{shape} {dtype} {edition}",
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
        "forward": compile(forward, types.boolean(*objects_3), **options),
        "forward_batch": compile(forward_batch, many, nogil=True, **options),
    }
    if "row" in operations:
        made["row"] = compile(row, types.boolean(*objects_3), **options)
    if "gradient" in operations:
        made["gradient"] = compile(gradient, types.float64(*objects_4), **options)
    if {"gradient", "train"} & set(operations):
        made["descend"] = compile(descend, together, nogil=True, **options)
    return made


def compile_anew(function: Callable[..., Any], signature: Any, key: str, **options: Any) -> Any:
    """Numba's dispatcher, which has the code as text; nothing is kept."""
    return njit(signature, **options)(function)


def listing(
    what: Architecture, dtype: str, operations: tuple[str, ...], assembly: bool = False
) -> str:
    """The code of the functions as LLVM has it, or as the processor has it."""
    parts = []
    # what comes from disk has no text
    for function in dispatchers(what, dtype, operations, compile_anew).values():
        (signature,) = function.signatures
        if assembly:
            parts.append(function.inspect_asm(signature))
        else:
            text = function.inspect_llvm(signature)
            found = re.findall(r"^define .*?^}$", text, re.MULTILINE | re.DOTALL)
            parts += [one for one in found if not WRAPPER.match(one)]
    return "\n\n".join(parts)
