"""Rung 4: the loops of rung 1 under Numba, as a careful Numba user writes them.

The loops stay; the interpreter goes. A careful user

- passes theta as one flat array and `sizes` as another: one compilation serves every network, and
  calls have few arguments (each array costs Numba's dispatcher 40 to 70 ns);
- sets `reassoc` and `contract`, which let LLVM sum a dot product in several lanes at once and fuse
  multiply and add, and leaves the other fast-math flags off, because NaN and infinity must pass
  through;
- sets `error_model="numpy"`, since checks for division by zero would keep loops from being
  vectorised;
- takes the rows of W as slices, so that indices are known not to be negative;
- gives signatures: Numba's dispatcher then refuses any other dtype, layout or read-only array, and
  the compiled code compares shapes and addresses. Python explains afterwards.

What remains is a scalar exp of about 5 ns per element, and loops whose lengths are unknown when
they are compiled. Rung 5 starts there.

All functions for the article's networks are in this file: Numba's cache on disk notices edits of no
other. Those for other networks are in `kernels.general.compiled`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from functools import partial
from inspect import getsource
from typing import Any

import numpy as np
from numba import njit, types
from numpy import ndarray

from kernels.general import compiled as general
from kernels.general.compiled import INNER, OPTIONS
from kernels.interface import Plan
from kernels.network import stretches
from kernels.passes import Passes
from kernels.support import aligned, numba_cache
from kernels.support.checks import Array
from kernels.support.pool import Pool

# Each function takes theta (n,), sizes (L,) and work (2, sum of sizes). Row 0 of work holds
# h[2] .. h[L] one after the other, and row 1 their deltas at the same offsets.


@njit(**INNER)
def are_disjoint(a: Any, b: Any) -> Any:
    """True if two C-ordered arrays share no byte."""
    return (
        a.ctypes.data + a.size * a.itemsize <= b.ctypes.data
        or b.ctypes.data + b.size * b.itemsize <= a.ctypes.data
    )


@njit(**INNER)
def layer(W: Any, b: Any, h: Any, out: Any) -> None:
    """Compute out = f(W h + b), with W as a flat array (s_{l+1} s_l,)."""
    n = h.size
    one = W.dtype.type(1)
    for i in range(b.size):
        w = W[i * n : i * n + n]
        z = b[i]
        for j in range(n):
            z += w[j] * h[j]
        out[i] = one / (one + math.exp(-z))


@njit(**INNER)
def propagate(theta: Any, sizes: Any, x: Any, out: Any, work: Any) -> None:
    """Write h[L] of one sample to out; the hidden layers' h stay in work."""
    h = x
    start = 0  # offset of W[l] in theta
    place = 0  # offset of h[l+1] in work
    for l in range(sizes.size - 1):
        n, rows = sizes[l], sizes[l + 1]
        middle, end = start + rows * n, start + rows * (n + 1)
        target = out if l == sizes.size - 2 else work[0][place : place + rows]
        layer(theta[start:middle], theta[middle:end], h, target)
        h = target
        start = end
        place += rows


@njit(**INNER)
def backpropagate(theta: Any, sizes: Any, x: Any, y: Any, total: Any, work: Any) -> tuple[Any, Any]:
    """Add one sample's gradient to total; return 1/2 ||y - h||^2 and ||y - h||."""
    one = theta.dtype.type(1)
    place = np.sum(sizes[1:-1])  # offset of h[L] and delta[L] in work
    last = sizes[-1]
    h_last = work[0][place : place + last]
    propagate(theta, sizes, x, h_last, work)
    delta = work[1][place : place + last]
    square = 0.0
    for i in range(last):
        # delta[L] = -(y - h[L]) f'(z[L]),  f'(z) = h (1 - h)
        miss = h_last[i] - y[i]
        square += miss * miss
        delta[i] = miss * h_last[i] * (one - h_last[i])
    end = theta.size
    for l in range(sizes.size - 2, -1, -1):
        n, rows = sizes[l], sizes[l + 1]
        start, middle = end - rows * (n + 1), end - rows
        h = x if l == 0 else work[0][place - n : place]
        below = work[1][place - n : place] if l > 0 else work[1][:0]
        below[:] = 0
        total_b = total[middle:end]
        for i in range(rows):
            # dJ/dW[l] = delta[l+1] h[l]^T,  dJ/db[l] = delta[l+1]
            row = total[start + i * n : start + i * n + n]
            for j in range(n):
                row[j] += delta[i] * h[j]
            total_b[i] += delta[i]
            # W[l]^T delta[l+1], row by row
            w = theta[start + i * n : start + i * n + n]
            for j in range(below.size):
                below[j] += delta[i] * w[j]
        for j in range(below.size):
            below[j] *= h[j] * (one - h[j])
        delta = below
        end = start
        place -= n
    return square / 2, math.sqrt(square)


@njit(**INNER)
def mean_gradient(theta: Any, sizes: Any, X: Any, Y: Any, out: Any, work: Any) -> tuple[Any, Any]:
    """Write the mean gradient to out; return the means of 1/2 ||y - h||^2 and ||y - h||."""
    out[:] = 0
    cost = 0.0
    error = 0.0
    for k in range(X.shape[0]):
        half_square, norm = backpropagate(theta, sizes, X[k], Y[k], out, work)
        cost += half_square
        error += norm
    m = X.shape[0]
    scale = theta.dtype.type(1 / m)
    for i in range(out.size):
        out[i] *= scale
    return cost / m, error / m


def forward(theta: Any, sizes: Any, x: Any, out: Any, work: Any) -> bool:
    """Compute one sample; False if x or out is misaligned or of another length, or they overlap."""
    if x.size != sizes[0] or out.size != sizes[-1] or not are_disjoint(x, out):
        return False
    if (x.ctypes.data | out.ctypes.data) % out.itemsize:
        return False
    propagate(theta, sizes, x, out, work)
    return True


def forward_batch(theta: Any, sizes: Any, X: Any, out: Any, work: Any) -> None:
    """Compute one sample after another."""
    for k in range(X.shape[0]):
        propagate(theta, sizes, X[k], out[k], work)


def gradient(theta: Any, sizes: Any, X: Any, Y: Any, out: Any, work: Any) -> tuple[Any, Any]:
    """Entry point of `mean_gradient` for Python."""
    cost, error = mean_gradient(theta, sizes, X, Y, out, work)
    return cost, error


def descend(
    theta: Any,
    sizes: Any,
    X: Any,
    Y: Any,
    alpha: float,
    cost: Any,
    error: Any,
    step: Any,
    work: Any,
) -> None:
    """Make one step theta -= alpha dJ/dtheta for each entry of cost and error."""
    rate = theta.dtype.type(alpha)
    for k in range(cost.size):
        cost[k], error[k] = mean_gradient(theta, sizes, X, Y, step, work)
        for i in range(theta.size):
            theta[i] -= rate * step[i]


def signatures(dtype: str, sizes_dimensions: int = 1) -> dict[Callable[..., Any], Any]:
    """The entry points for Python, with Numba's types of their arguments and results."""
    real = {"float64": types.float64, "float32": types.float32}[dtype]
    vector, matrix = types.Array(real, 1, "C"), types.Array(real, 2, "C")
    sizes = types.Array(types.int64, sizes_dimensions, "C")
    series = types.Array(types.float64, 1, "C")
    double, nothing = types.float64, types.void
    pair = types.UniTuple(double, 2)
    return {
        forward: types.boolean(vector, sizes, vector, vector, matrix),
        forward_batch: nothing(vector, sizes, matrix, matrix, matrix),
        gradient: pair(vector, sizes, matrix, matrix, vector, matrix),
        descend: nothing(vector, sizes, matrix, matrix, double, series, series, vector, matrix),
    }


def entry_points(dtype: str, any_parts: bool) -> general.Signatures:
    """The entry points for the article's networks, or for networks of any parts."""
    if not any_parts:
        return signatures(dtype)
    helpers = [one.py_func for one in (are_disjoint, mean_gradient)]
    return general.entry_points(signatures(dtype, 2), helpers)


@functools.cache
def compiled(dtype: str, parts: str = "") -> dict[str, Callable[..., Any]]:
    """The entry points for one dtype by name, compiled or loaded from Numba's cache.

    `parts` is the digest of all parts; without it they are those for the article's networks.
    """
    keep = not parts or not general.has_foreign_parts()
    return {
        one.__name__: numba_cache.compile_cached(
            one, signature, parts, keep, nogil=one.__name__ != forward.__name__, **OPTIONS
        )
        for one, signature in entry_points(dtype, bool(parts)).items()
    }


class Kernel(Plan):
    """Numba loops."""

    name = "jitted"
    general = True

    @classmethod
    def missing(cls) -> str | None:
        return super().missing() or numba_cache.missing()

    def build(self) -> None:
        if self.architecture.is_article:
            functions, rows = compiled(self.dtype.name), 2
            self._sizes = np.array(self.sizes, np.int64)
        else:
            functions, rows = compiled(self.dtype.name, general.digest()), 3
            self._sizes = general.shape(self.architecture)
        self._forward = functions["forward"]
        self._forward_batch = functions["forward_batch"]
        self._gradient = functions["gradient"]
        self._descend = functions["descend"]
        # row 0 for h, row 1 for the deltas of all layers, row 2 for z
        self._pool = Pool(partial(aligned.empty, (rows, sum(self.sizes)), self.dtype))

    def pack(self, theta: Array) -> Array:
        return theta

    def native_entries(self) -> dict[str, Callable[..., Any]]:
        if self.network.shift is not None:  # the compiled code does not subtract it
            return {}
        native, sizes, pool, held = self._forward, self._sizes, self._pool, self._in_force
        dtype = self.dtype

        @functools.wraps(super().forward)
        def forward(x: Any, out: Array | None = None) -> Array:
            # Numba's dispatcher and the compiled code check all else. Numba takes subclasses for
            # plain arrays, and any byte order once it has seen a misaligned array.
            if type(x) is type(out) is ndarray and x.dtype is out.dtype is dtype:
                work = pool.take()
                try:
                    if native(held.parameters, sizes, x, out, work):
                        return out
                except TypeError:
                    pass
                finally:
                    pool.give(work)
            return Plan.forward(self, x, out)

        return {"forward": forward}

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        work = self._pool.take()
        self._forward(parameters, self._sizes, np.require(x, None, ["C", "A", "W"]), out, work)
        self._pool.give(work)

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        work = self._pool.take()
        self._forward_batch(parameters, self._sizes, X, out, work)
        self._pool.give(work)

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        work = self._pool.take()
        result: tuple[float, float] = self._gradient(parameters, self._sizes, X, Y, out, work)
        self._pool.give(work)
        return result

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        work = self._pool.take()
        self._descend(theta, self._sizes, X, Y, alpha, cost, error, np.empty_like(theta), work)
        self._pool.give(work)

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        from kernels.general import passes  # not needed by those who train otherwise

        if one.optimizer.slots >= len(passes.MOVES):
            super().pass_over(theta, one, first, last, found)
            return
        work, counts = self._pool.take(), np.array([one.batch_size, first, last])
        gradient, ends = passes.address(self._gradient), stretches(self.sizes)
        passes.make(one, theta, self._sizes, gradient, ends, counts, found, work)
        self._pool.give(work)

    def inspect(self, assembly: bool = False) -> None:
        """Print the source of the compiled functions; with `assembly`, their machine code, too.

        For machine code the functions are compiled again, since Numba's cache has no text of it.
        """
        super().inspect()
        if not self.architecture.is_article:
            print(getsource(general))
        found = entry_points(self.dtype.name, not self.architecture.is_article)
        for function, signature in found.items() if assembly else ():
            print(njit(signature, **OPTIONS)(function).inspect_asm(signature.args))
