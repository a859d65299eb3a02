"""How far a correct kernel may be from the reference: a running error bound.

A fixed tolerance is wrong on the article's weights: with everything saturated a careless one
passes any kernel, and a strict one fails a correct kernel, since 1 - h has no digits left. Here
the rounding errors of floating-point arithmetic are carried through the equations instead, to
first order (N. J. Higham, *Accuracy and Stability of Numerical Algorithms*, chapter 3): every
quantity q of the forward and backward pass gets a bound on |computed q - q|, from the bounds of
what it is computed from plus what one rounding, u |q|, adds. A sum of n terms, in whatever order,
adds n u sum |terms|.

    bound of z[l+1]  (s_l + 3) u (|W| |h| + |b|) + |W| bound of h[l]
    bound of h[l+1]  f'(z) bound of z + 4 u h + the smallest normal number
    bound of f'      |1 - 2h| bound of h + 2 u h
    ...
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kernels import reference
from kernels.checks import Array
from kernels.network import views

SAFETY = 2.0


class Bounds(NamedTuple):
    """Bounds on the absolute error of a correct kernel, for rows X, Y."""

    outputs: Array  # (m, s_L)
    cost: float
    error: float
    theta: Array  # (n,)


def unit_roundoff(dtype: np.dtype[Any]) -> float:
    """u: the relative error of one rounding."""
    return float(np.finfo(dtype).eps) / 2


def bounds(
    sizes: Sequence[int], theta: Array, X: Array, Y: Array | None, dtype: np.dtype[Any]
) -> Bounds:
    """The error bounds of forward, and with Y of cost and gradient, in `dtype`."""
    u, tiny = unit_roundoff(dtype), float(np.finfo(dtype).tiny)
    wide_h, wide_slopes = reference.layers(sizes, theta, X)
    h = [a.astype(np.float64) for a in wide_h]
    slopes = [a.astype(np.float64) for a in wide_slopes]
    W, b = views(np.abs(np.asarray(theta, np.float64)), sizes)
    m = len(X)

    h_bound = [np.zeros_like(h[0])]
    slope_bound = []
    for l in range(len(W)):
        size = np.abs(h[l]) @ W[l].T + b[l]
        z_bound = (sizes[l] + 3) * u * size + h_bound[l] @ W[l].T
        value = h[l + 1]
        # where z itself is uncertain by more than 1, f(z) may be anything in [0, 1]
        bound = slopes[l] * np.expm1(np.minimum(z_bound, 1.0)) + 4 * u * value + tiny
        h_bound.append(np.where(z_bound < 1, bound, 1.0))
        slope_bound.append(np.abs(1 - 2 * value) * h_bound[-1] + h_bound[-1] ** 2 + 2 * u * value)
    outputs = SAFETY * h_bound[-1]
    if Y is None:
        return Bounds(outputs, np.nan, np.nan, np.empty(0))

    miss = np.abs(np.asarray(Y, np.float64) - h[-1])
    miss_bound = h_bound[-1] + u * miss
    norm = np.sqrt((miss**2).sum(axis=1))
    terms = m + sizes[-1] + 6
    cost = float((miss * miss_bound + miss_bound**2).sum() / m + terms * u * (norm**2).sum() / m)
    error = float(np.sqrt((miss_bound**2).sum(axis=1)).sum() / m + terms * u * norm.sum() / m)

    delta = miss * slopes[-1]
    delta_bound = miss_bound * (slopes[-1] + slope_bound[-1]) + miss * slope_bound[-1]
    delta_bound += 4 * u * delta + tiny
    parts: list[Array] = []
    for l in range(len(W) - 1, -1, -1):
        weight = delta_bound.T @ (np.abs(h[l]) + h_bound[l]) + delta.T @ h_bound[l]
        weight += (m + 4) * u * (delta.T @ np.abs(h[l]))
        bias = delta_bound.sum(axis=0) + (m + 4) * u * delta.sum(axis=0)
        parts[:0] = [weight.ravel() / m + tiny, bias / m + tiny]
        if l > 0:
            back, back_bound = delta @ W[l], delta_bound @ W[l]
            back_bound += (sizes[l + 1] + 3) * u * back
            delta_bound = back_bound * (slopes[l - 1] + slope_bound[l - 1])
            delta_bound += back * slope_bound[l - 1] + 4 * u * back * slopes[l - 1] + tiny
            delta = back * slopes[l - 1]
    return Bounds(outputs, SAFETY * cost, SAFETY * error, SAFETY * np.concatenate(parts))
