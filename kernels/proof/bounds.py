"""A running error bound: how far a correct kernel may be from the reference.

No fixed tolerance fits the article's weights. Where everything saturates, a wide one passes any
kernel, and a narrow one fails a correct kernel, since 1 - h has no digits left. So rounding errors
are carried through the equations, to first order (N. J. Higham, *Accuracy and Stability of
Numerical Algorithms*, chapter 3): every quantity q of the forward and backward pass gets a bound on
|computed q - q|, which is made of the bounds of its operands and of one rounding, u |q|. A sum of
n terms adds n u sum |terms|, in any order.

    bound of h[1]    (u + u of float64) |x - shift|, if the network has a shift; else 0
    bound of z[l+1]  (s_l + 3) u (|W| |h| + |b|) + |W| bound of h[l]
    bound of h[l+1]  f'(z) bound of z + 4 u h + the smallest normal number
    bound of f'      |1 - 2h| bound of h + 2 u h
    ...

and in the same way for other activations and losses, which have their bounds with them
(`kernels.parts`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kernels.network import views
from kernels.parts import architecture
from kernels.parts.architecture import Architecture
from kernels.proof import reference
from kernels.proof.reference import Shape
from kernels.support.checks import Array

SAFETY = 2.0
"""Factor on all bounds, for what first order leaves out."""


class Bounds(NamedTuple):
    """Bounds on the absolute errors of a correct kernel's results for samples X, Y."""

    outputs: Array  # (m, s_L)
    cost: float
    error: float
    theta: Array  # (n,)


def unit_roundoff(dtype: np.dtype[Any]) -> float:
    """The unit roundoff u, the largest relative error of one rounding."""
    return float(np.finfo(dtype).eps) / 2


def bounds(
    shape: Shape,
    theta: Array,
    X: Array,
    Y: Array | None,
    dtype: np.dtype[Any],
    shift: Array | None = None,
    passed: reference.Layers | None = None,
) -> Bounds:
    """Bounds on the errors of forward and, given Y, of cost, mean error and gradient in `dtype`.

    Parameters
    ----------
    shape : Architecture, or sizes for the article's
    theta : (n,), the parameters
    X, Y : (m, s_1) and (m, s_L), or None for Y
    dtype : the dtype a kernel computes in
    shift : (s_1,), or None
    passed : forward pass of X by `reference.layers`, where it is known already

    Returns
    -------
    Bounds
        Without Y, all but `outputs` is NaN or empty.
    """
    what = architecture.of(shape)
    sizes = what.sizes
    u, tiny = unit_roundoff(dtype), float(np.finfo(dtype).tiny)
    passed = passed or reference.layers(what, theta, X, shift)
    h, z, slopes = ([a.astype(np.float64) for a in arrays] for arrays in passed)
    slopes = [np.abs(slope) for slope in slopes]
    W, b = views(np.abs(np.asarray(theta, np.float64)), sizes)
    m = len(X)

    # x - shift is rounded in float64, and again when it is converted; x itself is exact
    rounded = 0.0 if shift is None else u + unit_roundoff(np.dtype(np.float64))
    h_bound, z_bound, slope_bound = [rounded * np.abs(h[0])], [], []
    for l, f in enumerate(what.functions):
        size = np.abs(h[l]) @ W[l].T + b[l]
        z_bound.append((sizes[l] + 3) * u * size + h_bound[l] @ W[l].T)
        bound = f.value_bound(z[l], h[l + 1], slopes[l], z_bound[l], u) + tiny
        h_bound.append(bound)
        slope_bound.append(f.slope_bound(z[l], h[l + 1], z_bound[l], bound, u))
    outputs = SAFETY * h_bound[-1]
    if Y is None:
        return Bounds(outputs, np.nan, np.nan, np.empty(0))

    Y = np.asarray(Y, np.float64)
    miss = np.abs(Y - h[-1])
    miss_bound = h_bound[-1] + u * miss
    norm = np.sqrt((miss**2).sum(axis=1))
    terms = m + sizes[-1] + 6
    error = float(np.sqrt((miss_bound**2).sum(axis=1)).sum() / m + terms * u * norm.sum() / m)
    last = what.functions[-1]
    summed, uncertain = what.objective.bound(last, z[-1], z_bound[-1], h[-1], h_bound[-1], Y)
    cost = (uncertain + (terms + 10) * u * summed) / m

    delta, delta_bound = delta_bounds(what, h[-1], h_bound[-1], miss, miss_bound, Y, u)
    if not (what.objective.canonical or last.over_nodes):
        delta_bound = miss_bound * (slopes[-1] + slope_bound[-1]) + miss * slope_bound[-1]
        delta = miss * slopes[-1]
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
    return Bounds(outputs, SAFETY * float(cost), SAFETY * error, SAFETY * np.concatenate(parts))


def delta_bounds(
    what: Architecture,
    h: Array,
    h_bound: Array,
    miss: Array,
    miss_bound: Array,
    Y: Array,
    u: float,
) -> tuple[Array, Array]:
    """The magnitude of delta[L] and a bound on its error, for canonical losses and softmax."""
    if not what.functions[-1].over_nodes:
        return miss, miss_bound
    if what.objective.canonical:
        targets = np.abs(Y).sum(axis=1, keepdims=True)
        size = h * targets + np.abs(Y)
        return size, h_bound * targets + (h.shape[1] + 4) * u * size
    mean = (miss * h).sum(axis=1, keepdims=True)
    mean_bound = (miss_bound * h + miss * h_bound).sum(axis=1, keepdims=True)
    mean_bound += (h.shape[1] + 2) * u * mean
    size = h * (miss + mean)
    return size, h_bound * (miss + mean) + (h + h_bound) * (miss_bound + mean_bound) + 4 * u * size
