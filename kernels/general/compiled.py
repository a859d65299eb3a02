"""The loops of `jitted` for networks of any activations and losses, compiled by Numba.

The loops over the nodes of one layer are in `kernels.parts.loops`. As in `jitted`, one compilation
serves every network: row 0 of `shape` (2, L) holds the sizes, row 1 the number of the loss and then
the number of each layer's activation. A chain of ifs, compiled together with the functions of all
activations or losses, calls the one with a given number.

Numba's cache on disk notices only edits of the file with the entry point, so the names of entry
points contain the `digest` of the other sources.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from types import FunctionType
from typing import Any

import numpy as np
from numba import njit

from kernels.parts import discovery, loops
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.architecture import Architecture
from kernels.parts.losses import LOSSES
from kernels.support import numba_cache

# Each function takes theta (n,), shape (2, L) and work (3, sum of sizes). Row 0 of work holds
# h[2] .. h[L] one after the other, row 1 their deltas and row 2 their z at the same offsets.
# `linked` replaces the names that are None here.

OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "fastmath": {"reassoc", "contract"},
}
"""Numba's options; `kernels.rungs.jitted` says why."""
INNER = OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Options of functions that only compiled code calls.

Compiling them takes a quarter less time without the wrappers by which Python and C would call them.
"""
are_disjoint: Any = None
"""are_disjoint(a, b): True if two arrays share no byte."""
fill: Any = None
"""fill(which, z, h): h = f(z), with the activation that has the number `which`."""
carry: Any = None
"""carry(which, delta, z, h): multiply delta by f'(z)."""
start: Any = None
"""start(which, delta, h, y): write the delta of a canonical loss."""
logs: Any = None
"""logs(which, z): replace z by log h if the activation is over all nodes."""
add_losses: Any = None
"""add_losses(which, z, h, y): the loss that has the number `which`."""
canonical: Any = None
"""canonical[which]: True if the loss that has the number `which` is canonical."""


def layer(W: Any, b: Any, h: Any, z: Any) -> None:
    """Compute z = W h + b, with W as a flat array (s_{l+1} s_l,)."""
    n = h.size
    for i in range(b.size):
        w = W[i * n : i * n + n]
        total = b[i]
        for j in range(n):
            total += w[j] * h[j]
        z[i] = total


def propagate(theta: Any, shape: Any, x: Any, out: Any, work: Any) -> None:
    """Write h[L] of one sample to out; work keeps z of all layers, and h of the hidden ones."""
    h = x
    first = 0  # offset of W[l] in theta
    place = 0  # offset of h[l+1] in work
    last = shape.shape[1] - 2
    for l in range(last + 1):
        n, rows = shape[0, l], shape[0, l + 1]
        middle, end = first + rows * n, first + rows * (n + 1)
        target = out if l == last else work[0][place : place + rows]
        z = work[2][place : place + rows]
        layer(theta[first:middle], theta[middle:end], h, z)
        fill(shape[1, l + 1], z, target)
        h = target
        first = end
        place += rows


def backpropagate(theta: Any, shape: Any, x: Any, y: Any, total: Any, work: Any) -> tuple[Any, Any]:
    """Add one sample's gradient to total; return its loss and ||y - h||."""
    place = np.sum(shape[0, 1:-1])  # offset of h[L], z[L] and delta[L] in work
    last = shape[0, -1]
    h_last = work[0][place : place + last]
    z_last = work[2][place : place + last]
    propagate(theta, shape, x, h_last, work)
    delta = work[1][place : place + last]
    square = 0.0
    for i in range(last):
        delta[i] = h_last[i] - y[i]
        square += delta[i] * delta[i]
    if canonical[shape[1, 0]]:
        start(shape[1, -1], delta, h_last, y)
    logs(shape[1, -1], z_last)
    loss = add_losses(shape[1, 0], z_last, h_last, y)
    end = theta.size
    for l in range(shape.shape[1] - 2, -1, -1):
        n, rows = shape[0, l], shape[0, l + 1]
        above = place + rows
        delta = work[1][place:above]
        if l < shape.shape[1] - 2 or not canonical[shape[1, 0]]:
            carry(shape[1, l + 1], delta, work[2][place:above], work[0][place:above])
        first, middle = end - rows * (n + 1), end - rows
        h = x if l == 0 else work[0][place - n : place]
        below = work[1][place - n : place] if l > 0 else work[1][:0]
        below[:] = 0
        total_b = total[middle:end]
        for i in range(rows):
            row = total[first + i * n : first + i * n + n]
            for j in range(n):
                row[j] += delta[i] * h[j]
            total_b[i] += delta[i]
            w = theta[first + i * n : first + i * n + n]
            for j in range(below.size):
                below[j] += delta[i] * w[j]
        end = first
        place -= n
    return loss, math.sqrt(square)


def chain(functions: Sequence[Any], arguments: str) -> Any:
    """A function that takes a number and these arguments, and calls the function of that number.

    Its source is generated: Numba compiles one function with many ifs several times as fast as many
    functions with one if each.
    """
    called = [f"function_{number}" for number in range(len(functions))]
    branches = [
        f"    if which == {number}:\n        return {name}({arguments})"
        for number, name in enumerate(called[:-1])
    ]
    lines = [f"def choose(which, {arguments}):", *branches, f"    return {called[-1]}({arguments})"]
    space: dict[str, Any] = dict(zip(called, functions, strict=True))
    exec("\n".join(lines), space)
    return space["choose"]


def linked(helpers: Iterable[Callable[..., Any]]) -> dict[str, Any]:
    """Global names for the functions of this file and `helpers`, with the current parts.

    `helpers` are the other functions that entry points call, each listed after those it calls.
    """
    key, numbers = digest(), itertools.count()

    @functools.cache
    def compiled(function: Callable[..., Any]) -> Any:
        # Linking takes functions with equal names for each other, and code from disk brings the
        # names of the process that compiled it. So every name differs from all others of this list
        # of parts and of other lists, and is the same in every process.
        return njit(**INNER)(numba_cache.renamed(function, f"{key} {next(numbers)}"))

    made = [f.loops(compiled) for f in ACTIVATIONS.values()]
    shares = [loss.scalar(over_nodes) for loss in LOSSES.values() for over_nodes in (False, True)]
    space: dict[str, Any] = {
        **globals(),
        "fill": compiled(chain([one.fill for one in made], "z, h")),
        "carry": compiled(chain([one.carry for one in made], "delta, z, h")),
        "start": compiled(chain([one.start for one in made], "delta, h, y")),
        "logs": compiled(chain([one.logs for one in made], "z")),
        "add_losses": compiled(
            chain([compiled(loops.summing(compiled(one))) for one in shares], "z, h, y")
        ),
        "canonical": np.array([loss.canonical for loss in LOSSES.values() for _ in range(2)]),
    }
    every: list[Any] = [layer, propagate, backpropagate, *helpers]
    for helper in every:
        space[helper.__name__] = compiled(inside(space, helper))
    return space


def inside(space: dict[str, Any], function: Callable[..., Any]) -> Any:
    """A copy of a function that reads its global names from `space`."""
    copied = FunctionType(function.__code__, space, function.__name__)
    copied.__module__ = function.__module__
    return copied


def forward(theta: Any, shape: Any, x: Any, out: Any, work: Any) -> bool:
    """Compute one sample; False if x or out has the wrong length or alignment, or they overlap."""
    if x.size != shape[0, 0] or out.size != shape[0, -1] or not are_disjoint(x, out):
        return False
    if (x.ctypes.data | out.ctypes.data) % out.itemsize:
        return False
    propagate(theta, shape, x, out, work)
    return True


Signatures = dict[Callable[..., Any], Any]
"""Functions that Python calls, with Numba's types of their arguments and results."""


def entry_points(found: Signatures, helpers: Iterable[Callable[..., Any]]) -> Signatures:
    """Entry points for any networks, made from those for the article's, with the current parts.

    They call the functions of this file instead of others with the same names.
    """
    space = linked(helpers)
    named = {function.__name__: function for function in (*found, forward)}
    return {inside(space, named[one.__name__]): kind for one, kind in found.items()}


def has_foreign_parts() -> bool:
    """True if any part is from outside this package: its code is not kept on disk."""
    return bool(discovery.foreign((*ACTIVATIONS.values(), *LOSSES.values())))


def digest() -> str:
    """A digest of all that the parts there are now consist of, and of this file."""
    parts: list[Any] = [*ACTIVATIONS.values(), *LOSSES.values()]
    names = " ".join(part.name for part in parts)
    sources = (*discovery.files(), *discovery.foreign(parts), discovery.source(digest))
    return hashlib.sha256("".join((names, *sources)).encode()).hexdigest()


def shape(what: Architecture) -> Any:
    """The sizes and the numbers of loss and activations, as the compiled functions take them."""
    activations, losses = list(ACTIVATIONS), list(LOSSES)
    loss = 2 * losses.index(what.loss) + what.functions[-1].over_nodes
    numbers = [loss, *map(activations.index, what.activations)]
    return np.array([what.sizes, numbers], np.int64)
