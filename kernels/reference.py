"""The oracle: the article's equations, plainly, in extended precision. Never timed.

Everything is computed in long double where that is wider than double (64 or 113 bits of
significand), elsewhere in 100 bits by mpmath. The functions take the flat parameter vector of
`Network` and samples as rows, and cost what plain NumPy on such numbers costs.

    z[l+1] = W[l] h[l] + b[l],  h[l+1] = f(z[l+1]),  f(z) = 1 / (1 + exp(-z))
    J      = 1/m sum 1/2 ||y - h[L]||^2
    delta[L] = -(y - h[L]) f'(z[L]),  delta[l] = (W[l]^T delta[l+1]) f'(z[l])
    dJ/dW[l] = 1/m sum delta[l+1] h[l]^T,  dJ/db[l] = 1/m sum delta[l+1]
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kernels.checks import Array
from kernels.network import views

LONG_DOUBLE_IS_WIDER = np.finfo(np.longdouble).nmant >= 63
MPMATH_BITS = 100


class Arithmetic(NamedTuple):
    """Numbers wider than double: how to make them, and their exponential."""

    wide: Any
    exp: Any


def long_double() -> Arithmetic:
    """NumPy's widest own type."""
    return Arithmetic(lambda a: np.asarray(a, np.longdouble), np.exp)


def mpmath_numbers() -> Arithmetic:
    """Arrays of mpmath numbers, for machines whose long double is a double."""
    import mpmath

    context = mpmath.MPContext()
    context.prec = MPMATH_BITS

    def number(value: Any) -> Any:
        return value if isinstance(value, context.mpf) else context.mpf(float(value))

    return Arithmetic(np.frompyfunc(number, 1, 1), np.frompyfunc(context.exp, 1, 1))


ARITHMETIC = long_double() if LONG_DOUBLE_IS_WIDER else mpmath_numbers()


class Backward(NamedTuple):
    """Cost J, the mean of ||y - h||, and the flat gradient of J."""

    cost: Any
    error: Any
    theta: Array


def forward(sizes: Sequence[int], theta: Array, X: Array) -> Array:
    """h[L] of every row: (m, s_1) -> (m, s_L), wide."""
    return layers(sizes, theta, X)[0][-1]


def gradient(sizes: Sequence[int], theta: Array, X: Array, Y: Array) -> Backward:
    """Cost, error and gradient over the rows of X (m, s_1) and Y (m, s_L), wide."""
    h, slopes = layers(sizes, theta, X)
    W, _ = views(ARITHMETIC.wide(theta), sizes)
    m = len(X)
    miss = ARITHMETIC.wide(Y) - h[-1]
    squares = (miss * miss).sum(axis=1)
    delta = -miss * slopes[-1]
    parts: list[Array] = []
    for l in range(len(W) - 1, -1, -1):
        parts[:0] = [(delta.T @ h[l]).ravel() / m, delta.sum(axis=0) / m]
        if l > 0:
            delta = (delta @ W[l]) * slopes[l - 1]
    return Backward(squares.sum() / (2 * m), (squares**0.5).sum() / m, np.concatenate(parts))


def train(
    sizes: Sequence[int], theta: Array, X: Array, Y: Array, iterations: int, alpha: float
) -> tuple[Array, Array, Array]:
    """theta after `iterations` steps, and the series of cost and error before each, wide."""
    theta = ARITHMETIC.wide(theta)
    series = []
    for _ in range(iterations):
        step = gradient(sizes, theta, X, Y)
        series.append((step.cost, step.error))
        theta = theta - alpha * step.theta
    costs, errors = zip(*series, strict=True)
    return theta, np.array(costs), np.array(errors)


def layers(sizes: Sequence[int], theta: Array, X: Array) -> tuple[list[Array], list[Array]]:
    """h[1] .. h[L], each (m, s_l), and f'(z[2]) .. f'(z[L]), wide."""
    h, slopes = [ARITHMETIC.wide(X)], []
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for W, b in zip(*views(ARITHMETIC.wide(theta), sizes), strict=True):
            value, slope = sigmoid(h[-1] @ W.T + b)
            h.append(value)
            slopes.append(slope)
    return h, slopes


def sigmoid(z: Array) -> tuple[Array, Array]:
    """f(z) and f'(z), neither of which cancels: with t = exp(-|z|) <= 1,

    f(z) = 1 / (1 + t) for z >= 0 and t / (1 + t) for z < 0;  f'(z) = t / (1 + t)^2.
    """
    t = ARITHMETIC.exp(-abs(z))
    return np.where(z < 0, t, 1 + 0 * t) / (1 + t), t / ((1 + t) * (1 + t))


def slope_along(sizes: Sequence[int], theta: Array, X: Array, Y: Array, direction: Array) -> float:
    """The derivative of J at theta along `direction`, by a complex step.

    J is analytic, so J'(theta) = Im J(theta + i s direction) / s without cancellation for a tiny
    s (W. Squire and G. Trapp, SIAM Review 40, 1998). No backpropagation takes part: this is what
    the gradient above is itself checked against.
    """
    step = np.longdouble(2.0) ** -100
    moved = np.asarray(theta, np.clongdouble) + 1j * step * direction
    h: Array = np.asarray(X, np.clongdouble)
    for W, b in zip(*views(moved, sizes), strict=True):
        h = 1 / (1 + np.exp(-(h @ W.T + b)))
    miss = h - Y
    return float(((miss * miss).sum() / (2 * len(X))).imag / step)
