"""The reference: the article's equations in extended precision, as an oracle. Never timed.

Everything is computed in long double where that is wider than double (64 or 113 bits of
significand), elsewhere in 100 bits by mpmath. The functions take an `Architecture`, or sizes for
the article's, the flat parameter vector of `Network`, and samples as rows of matrices. Their
results are in extended precision, "wide" below.

    h[1]   = x - shift, if the network has one
    z[l+1] = W[l] h[l] + b[l],  h[l+1] = f(z[l+1]),  f(z) = 1 / (1 + exp(-z))
    J      = 1/m sum 1/2 ||y - h[L]||^2
    delta[L] = -(y - h[L]) f'(z[L]),  delta[l] = (W[l]^T delta[l+1]) f'(z[l])
    dJ/dW[l] = 1/m sum delta[l+1] h[l]^T,  dJ/db[l] = 1/m sum delta[l+1]

Other activations f and losses have their extended-precision forms with them (`kernels.parts`); the
arithmetic they are given is `ARITHMETIC`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from kernels.network import views
from kernels.parts import architecture
from kernels.parts.architecture import Architecture
from kernels.support.checks import Array

LONG_DOUBLE_IS_WIDER = np.finfo(np.longdouble).nmant >= 63
MPMATH_BITS = 100


Shape = Architecture | Iterable[int]


class Arithmetic(NamedTuple):
    """Arithmetic wider than double: the conversion to it, functions of its arrays, and pi."""

    wide: Any
    exp: Any
    expm1: Any
    log: Any
    log1p: Any
    tanh: Any
    erfc: Any
    pi: Any


def long_double() -> Arithmetic:
    """Arithmetic in NumPy's long double."""
    pi = np.longdouble("3.14159265358979323846264338327950288")
    functions = np.exp, np.expm1, np.log, np.log1p, np.tanh, erfc_of_long_double
    return Arithmetic(lambda a: np.asarray(a, np.longdouble), *functions, pi)


def mpmath_numbers() -> Arithmetic:
    """Arithmetic in arrays of mpmath numbers, for machines whose long double is a double."""
    import mpmath

    context = mpmath.MPContext()
    context.prec = MPMATH_BITS

    def number(value: Any) -> Any:
        return value if isinstance(value, context.mpf) else context.mpf(float(value))

    functions = (
        number, context.exp, context.expm1, context.log, context.log1p, context.tanh, context.erfc,
    )  # fmt: skip
    wide, *others = (np.frompyfunc(function, 1, 1) for function in functions)
    return Arithmetic(wide, *others, +context.pi)  # type: ignore[call-arg]


def erfc_of_long_double(x: Any) -> Array:
    """2/sqrt(pi) times the integral of exp(-t^2) from x on, in long double.

    Below 1, 1 less a series of terms with one sign; from 1 on, the continued fraction of Laplace,
    in `CONTINUED` steps (M. Abramowitz and I. A. Stegun, *Handbook of Mathematical Functions*,
    7.1.6 and 7.1.14).
    """
    x = np.asarray(x, np.longdouble)
    size = np.abs(x)
    power = np.exp(-size * size) / np.sqrt(ARITHMETIC.pi)
    small = np.minimum(size, 1)
    term, total = small, small
    for k in range(1, TERMS):
        term = term * (2 * small * small / (2 * k + 1))
        total = total + term
    large = np.maximum(size, 1)
    fraction = large
    for k in range(CONTINUED, 0, -1):
        fraction = large + k / (2 * fraction)
    positive = np.where(size < 1, 1 - 2 * power * total, power / fraction)
    return np.asarray(np.where(x < 0, 2 - positive, positive))


TERMS, CONTINUED = 40, 500
"""Steps after which nothing changes that long double holds."""
ARITHMETIC = long_double() if LONG_DOUBLE_IS_WIDER else mpmath_numbers()


class Backward(NamedTuple):
    """The cost J, the mean of ||y - h||, and the flat gradient of J."""

    cost: Any
    error: Any
    theta: Array


class Layers(NamedTuple):
    """A forward pass: arrays (m, s_l), wide.

    h of layers 1 .. L; z and f'(z) of layers 2 .. L. For softmax the slope is the derivative by the
    node's own z.
    """

    h: list[Array]
    z: list[Array]
    slopes: list[Array]


def forward(shape: Shape, theta: Array, X: Array, shift: Array | None = None) -> Array:
    """The outputs h[L] of samples X: (m, s_1) -> (m, s_L), wide."""
    return layers(shape, theta, X, shift).h[-1]


def gradient(
    shape: Shape,
    theta: Array,
    X: Array,
    Y: Array,
    shift: Array | None = None,
    counts: Array | None = None,
) -> Backward:
    """Cost, mean error and gradient over samples X (m, s_1), Y (m, s_L), wide.

    `counts` (m,) says how many times each sample counts; None: once.
    """
    return backward(shape, theta, layers(shape, theta, X, shift), Y, counts)


def backward(
    shape: Shape, theta: Array, passed: Layers, Y: Array, counts: Array | None = None
) -> Backward:
    """Cost, mean error and gradient, as `gradient`, from the forward pass `passed`."""
    what = architecture.of(shape)
    h, z, slopes = passed
    W, _ = views(ARITHMETIC.wide(theta), what.sizes)
    Y = ARITHMETIC.wide(Y)
    times = ARITHMETIC.wide(np.ones(len(Y)) if counts is None else counts)
    m = times.sum()
    miss = Y - h[-1]
    norms = (miss * miss).sum(axis=1) ** 0.5
    delta = output_delta(what, h[-1], slopes[-1], Y) * times[:, np.newaxis]
    parts: list[Array] = []
    for l in range(len(W) - 1, -1, -1):
        parts[:0] = [(delta.T @ h[l]).ravel() / m, delta.sum(axis=0) / m]
        if l > 0:
            delta = (delta @ W[l]) * slopes[l - 1]
    losses = what.objective.exact(ARITHMETIC, what.functions[-1], z[-1], h[-1], Y)
    cost = (losses * times).sum() / m
    return Backward(cost, (norms * times).sum() / m, np.concatenate(parts))


def train(
    shape: Shape,
    theta: Array,
    X: Array,
    Y: Array,
    iterations: int,
    alpha: float,
    shift: Array | None = None,
    counts: Array | None = None,
) -> tuple[Array, Array, Array]:
    """theta after `iterations` steps, and cost and mean error before each step, wide."""
    theta = ARITHMETIC.wide(theta)
    series = []
    for _ in range(iterations):
        step = gradient(shape, theta, X, Y, shift, counts)
        series.append((step.cost, step.error))
        theta = theta - alpha * step.theta
    costs, errors = zip(*series, strict=True) if series else ((), ())
    return theta, np.array(costs), np.array(errors)


def first_layer(what: Architecture, X: Array, shift: Array | None) -> Array:
    """h[1] of all samples, wide: X, or X - shift.

    Raises ValueError if the architecture has a shift, and none is given.
    """
    if what.shifted and shift is None:
        raise ValueError("the network has a shift: give it as `shift`")
    wide: Array = ARITHMETIC.wide(X)
    return wide if shift is None else wide - ARITHMETIC.wide(shift)


def layers(shape: Shape, theta: Array, X: Array, shift: Array | None = None) -> Layers:
    """The forward pass of samples X (m, s_1)."""
    what = architecture.of(shape)
    found = Layers([first_layer(what, X, shift)], [], [])
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        parameters = views(ARITHMETIC.wide(theta), what.sizes)
        for f, W, b in zip(what.functions, *parameters, strict=True):
            z = found.h[-1] @ W.T + b
            value, slope = f.exact(ARITHMETIC, z)
            found.h.append(value)
            found.z.append(z)
            found.slopes.append(slope)
    return found


def output_delta(what: Architecture, h: Array, slope: Array, Y: Array) -> Array:
    """delta[L] (m, s_L), the derivative of the loss by z of the output layer."""
    miss = h - Y
    canonical, over_nodes = what.objective.canonical, what.functions[-1].over_nodes
    found: Array = miss if canonical else miss * slope
    if over_nodes and canonical:
        found = h * Y.sum(axis=1)[:, np.newaxis] - Y
    elif over_nodes:
        found = h * (miss - (miss * h).sum(axis=1)[:, np.newaxis])
    return found


# --- a check of the reference's own gradient ----------------------------------------------------


def slope_along(
    shape: Shape,
    theta: Array,
    X: Array,
    Y: Array,
    direction: Array,
    shift: Array | None = None,
) -> float:
    """The derivative of J at theta along `direction`, by a complex step.

    J is analytic (with relu, nearly everywhere), so J'(theta) = Im J(theta + i s direction) / s
    without cancellation for a tiny s (W. Squire and G. Trapp, SIAM Review 40, 1998).
    Backpropagation is not used. The arithmetic is long double, even where that is a double.
    """
    what = architecture.of(shape)
    step = np.longdouble(2.0) ** -100
    moved = np.asarray(theta, np.clongdouble) + 1j * step * direction
    h: Array = np.asarray(first_layer(what, X, shift), np.clongdouble)
    for f, W, b in zip(what.functions, *views(moved, what.sizes), strict=True):
        h = f.complex_value(h @ W.T + b)
    loss = what.objective.complex_total(what.functions[-1], h, Y)
    return float(loss.imag / len(X) / step)
