"""Passes over data in batches, compiled by Numba once for each optimizer and dtype.

The gradient is that of the network's own entry point, called by its address: nothing of it is
compiled again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from kernels.general.compiled import INNER, OPTIONS, inside
from kernels.parts import discovery
from kernels.passes import Passes
from kernels.support import numba_cache
from kernels.support.checks import Array

# `linked` replaces the names that are None here.

step: Any = None
"""The optimizer's step of one parameter."""
function_at_address: Any = None
"""function_at_address(place): the gradient whose code begins there."""
move: Any = None
"""move(theta, g, slots, rates): the optimizer's step of all parameters."""


def move_0(theta: Any, g: Any, _slots: Any, rates: Any) -> None:
    """Move theta by an optimizer that keeps nothing."""
    for i in range(theta.size):
        theta[i] = step(theta[i], g[i], (), rates)[0]


def move_1(theta: Any, g: Any, slots: Any, rates: Any) -> None:
    """Move theta by an optimizer that keeps one number of each parameter."""
    a = slots[0]
    for i in range(theta.size):
        theta[i], a[i] = step(theta[i], g[i], (a[i],), rates)


def move_2(theta: Any, g: Any, slots: Any, rates: Any) -> None:
    """Move theta by an optimizer that keeps two numbers of each parameter."""
    a, b = slots[0], slots[1]
    for i in range(theta.size):
        theta[i], a[i], b[i] = step(theta[i], g[i], (a[i], b[i]), rates)


MOVES = (move_0, move_1, move_2)


def pass_over(
    place: Any, theta: Any, sizes: Any, X: Any, Y: Any, orders: Any, weights: Any, counts: Any,
    l2: Any, ends: Any, slots: Any, rates: Any, rows_X: Any, rows_Y: Any, g: Any, one: Any,
    found: Any, work: Any,
) -> None:  # fmt: skip
    """`Supplied.pass_over`; no order and no weights are empty arrays.

    place : the address of the gradient's entry point
    counts : samples a batch, the first step, and the one after the last
    ends : (layers, 2), where the weights of each layer begin and end in theta
    rows_X, rows_Y, g, one : memory for gathered samples and for two gradients
    """
    gradient = function_at_address(place)
    m, size = X.shape[0], counts[0]
    batches = (m + size - 1) // size
    ordered = orders.size > 0
    for k in range(counts[1], counts[2]):
        number = k // batches
        order = orders[number if ordered else 0]
        start = (k - number * batches) * size
        rows = min(size, m - start)
        x, y = X[start : start + rows], Y[start : start + rows]
        if ordered:
            for row in range(rows):
                rows_X[row] = X[order[start + row]]
                rows_Y[row] = Y[order[start + row]]
            x, y = rows_X[:rows], rows_Y[:rows]
        total = float(rows)
        if weights.size:
            g[:] = 0
            total = cost = error = 0.0
            for row in range(rows):
                weight = weights[order[start + row] if ordered else start + row]
                only = slice(row, row + 1)
                loss, distance = gradient(theta, sizes, x[only], y[only], one, work)
                for i in range(g.size):
                    g[i] += weight * one[i]
                total += weight
                cost += weight * loss
                error += weight * distance
            share = theta.dtype.type(1 / total)
            for i in range(g.size):
                g[i] *= share
            cost /= total
            error /= total
        else:
            cost, error = gradient(theta, sizes, x, y, g, work)
        squares = 0.0
        if l2 != 0.0:
            share = theta.dtype.type(l2 / total)
            for l in range(ends.shape[0]):
                for i in range(ends[l, 0], ends[l, 1]):
                    squares += theta[i] * theta[i]
                    g[i] += share * theta[i]
        found[number, 0] += cost * rows
        found[number, 1] += error * rows
        found[number, 2] += l2 / 2 * squares / total * rows
        move(theta, g, slots, rates[k])


def address(gradient: Any) -> int:
    """Where the code of a compiled entry point begins, for one signature, as C calls it."""
    (types_of_arguments,) = gradient.signatures
    found = gradient.overloads[types_of_arguments]
    place: int = found.library.get_pointer_to_function(found.fndesc.llvm_cfunc_wrapper_name)
    return place


def function_at(kind: types.FunctionType) -> Any:
    """function_at(kind)(address) is the function of that type there, in compiled code.

    Numba converts a function that is passed as one by calling Python, and an interruption (Ctrl-C)
    that comes just then is lost. A number needs no such conversion.
    """

    @intrinsic
    def made(_typing: Any, _place: Any) -> Any:
        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            function = cgutils.create_struct_proxy(kind)(context, builder)
            for name in function._datamodel._fields:
                setattr(function, name, cgutils.voidptr_t(None))
            function.c_addr = builder.inttoptr(arguments[0], cgutils.voidptr_t)
            return function._getvalue()

        return kind(types.intp), generate

    return made


@functools.lru_cache(maxsize=64)
def compiled(
    step: Callable[..., Any], slots: int, dimensions: int, dtype: str, foreign: tuple[str, ...]
) -> Any:
    """`pass_over` for an optimizer's step; `dimensions` are those of `sizes`."""
    real = {"float64": types.float64, "float32": types.float32}[dtype]
    vector, matrix = types.Array(real, 1, "C"), types.Array(real, 2, "C")
    numbers, table = types.Array(types.int64, 1, "C"), types.Array(types.int64, 2, "C")
    doubles, sizes = types.Array(types.float64, 2, "C"), types.Array(types.int64, dimensions, "C")
    pair = types.UniTuple(types.float64, 2)
    function = types.FunctionType(pair(vector, sizes, matrix, matrix, vector, matrix))
    signature = types.void(
        types.intp, vector, sizes, matrix, matrix, table, vector, numbers, types.float64, table,
        matrix, matrix, matrix, matrix, vector, vector, doubles, matrix,
    )  # fmt: skip
    key = "".join((step.__module__, step.__qualname__, dtype, *discovery.files(), *foreign))
    space = dict(globals())
    space["function_at_address"] = function_at(function)
    space["step"] = njit(**INNER)(numba_cache.renamed(step, key))
    space["move"] = njit(**INNER)(numba_cache.renamed(inside(space, MOVES[slots]), key))
    entry = inside(space, pass_over)
    return numba_cache.compile_cached(entry, signature, key, not foreign, nogil=True, **OPTIONS)


def make(
    one: Passes, theta: Array, sizes: Array, gradient: int, ends: Array, counts: Array,
    found: Array, work: Array,
) -> None:  # fmt: skip
    """The steps from counts[1] on, to the one before counts[2], by compiled code.

    `gradient` is the `address` of the network's entry point.
    """
    optimizer, dtype = one.optimizer, theta.dtype
    foreign = discovery.foreign_kind(optimizer)
    function = compiled(optimizer.step, optimizer.slots, sizes.ndim, dtype.name, foreign)
    rows = min(one.batch_size, len(one.X)) if one.orders is not None else 0
    function(
        gradient, theta, sizes, one.X, one.Y,
        np.empty((1, 0), np.int64) if one.orders is None else one.orders,
        np.empty(0, dtype) if one.weights is None else one.weights,
        counts, one.l2, ends, one.slots, one.rates,
        np.empty((rows, one.X.shape[1]), dtype), np.empty((rows, one.Y.shape[1]), dtype),
        np.empty_like(theta), np.empty_like(theta), found, work,
    )  # fmt: skip
