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

`kernels.parts.architecture` lists the other activations f and losses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
    """Arithmetic wider than double: the conversion to it, and functions of its arrays."""

    wide: Any
    exp: Any
    tanh: Any
    log: Any


def long_double() -> Arithmetic:
    """Arithmetic in NumPy's long double."""
    return Arithmetic(lambda a: np.asarray(a, np.longdouble), np.exp, np.tanh, np.log)


def mpmath_numbers() -> Arithmetic:
    """Arithmetic in arrays of mpmath numbers, for machines whose long double is a double."""
    import mpmath

    context = mpmath.MPContext()
    context.prec = MPMATH_BITS

    def number(value: Any) -> Any:
        return value if isinstance(value, context.mpf) else context.mpf(float(value))

    functions = (number, context.exp, context.tanh, context.log)
    return Arithmetic(*(np.frompyfunc(function, 1, 1) for function in functions))


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
    cost = (losses(what, z[-1], h[-1], Y) * times).sum() / m
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
        for name, W, b in zip(what.activations, *parameters, strict=True):
            z = found.h[-1] @ W.T + b
            value, slope = FUNCTIONS[name](z)
            found.h.append(value)
            found.z.append(z)
            found.slopes.append(slope)
    return found


# --- f(z) and f'(z), in forms without cancellation ----------------------------------------------


def sigmoid(z: Array) -> tuple[Array, Array]:
    """The logistic function and its slope.

    With t = exp(-|z|) <= 1:
    f(z) = 1 / (1 + t) for z >= 0 and t / (1 + t) for z < 0;  f'(z) = t / (1 + t)^2.
    """
    t = ARITHMETIC.exp(-abs(z))
    return np.where(z < 0, t, 1 + 0 * t) / (1 + t), t / ((1 + t) * (1 + t))


def tanh(z: Array) -> tuple[Array, Array]:
    """tanh and its slope: with t = exp(-2|z|), f'(z) = 4t / (1 + t)^2."""
    t = ARITHMETIC.exp(-2 * abs(z))
    return ARITHMETIC.tanh(z), 4 * t / ((1 + t) * (1 + t))


def relu(z: Array) -> tuple[Array, Array]:
    """max(z, 0) and its slope, 1 where z > 0, else 0."""
    return np.where(z < 0, 0 * z, z), np.where(z > 0, 1 + 0 * z, 0 * z)


def identity(z: Array) -> tuple[Array, Array]:
    """z and its slope, 1."""
    return z, 1 + 0 * z


def softmax(z: Array) -> tuple[Array, Array]:
    """h_i = exp(z_i) / sum exp(z_k), and its derivative by z_i, h_i (1 - h_i)."""
    powers = ARITHMETIC.exp(z - z.max(axis=1)[:, np.newaxis])
    h = powers / powers.sum(axis=1)[:, np.newaxis]
    return h, h * (1 - h)


FUNCTIONS: dict[str, Callable[[Array], tuple[Array, Array]]] = {
    "logistic": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "identity": identity,
    "softmax": softmax,
}


# --- losses -------------------------------------------------------------------------------------


def losses(what: Architecture, z: Array, h: Array, Y: Array) -> Array:
    """The loss of every sample (m,), from z and h of the output layer.

    The log-loss is computed from z: log h would have no digits left where h is near 1.
    """
    found: Array
    if what.loss == "squared":
        found = ((Y - h) * (Y - h)).sum(axis=1) / 2
    elif what.activations[-1] == "softmax":
        most = z.max(axis=1)[:, np.newaxis]
        total = ARITHMETIC.log(ARITHMETIC.exp(z - most).sum(axis=1))
        found = Y.sum(axis=1) * total - (Y * (z - most)).sum(axis=1)
    else:
        positive = np.where(z < 0, 0 * z, z)
        found = (positive - Y * z + ARITHMETIC.log(1 + ARITHMETIC.exp(-abs(z)))).sum(axis=1)
    return found


def output_delta(what: Architecture, h: Array, slope: Array, Y: Array) -> Array:
    """delta[L] (m, s_L), the derivative of the loss by z of the output layer."""
    miss = h - Y
    found: Array = miss if what.loss == "log" else miss * slope
    if what.activations[-1] == "softmax" and what.loss == "log":
        found = h * Y.sum(axis=1)[:, np.newaxis] - Y
    elif what.activations[-1] == "softmax":
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
    for name, W, b in zip(what.activations, *views(moved, what.sizes), strict=True):
        z = h @ W.T + b
        h = COMPLEX_FUNCTIONS[name](z)
    if what.loss == "squared":
        loss = ((h - Y) ** 2).sum() / 2
    elif what.activations[-1] == "softmax":
        loss = -(Y * np.log(h)).sum()
    else:
        loss = -(Y * np.log(h) + (1 - Y) * np.log(1 - h)).sum()
    return float(loss.imag / len(X) / step)


def complex_softmax(z: Array) -> Array:
    """Softmax of complex z."""
    powers = np.exp(z - z.real.max(axis=1, keepdims=True))
    result: Array = powers / powers.sum(axis=1, keepdims=True)
    return result


COMPLEX_FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "logistic": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.where(z.real > 0, z, 0),
    "identity": lambda z: z,
    "softmax": complex_softmax,
}
