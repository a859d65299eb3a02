"""exp of a vector, without a branch, and functions made from it, such as tanh.

With n the integer nearest to x / ln 2 and r = x - n ln 2, |r| <= ln 2 / 2, exp(x) is 2^n exp(r).
n + 1023 appears in the low bits of x / ln 2 + 1.5 2^52 + 1023 (float32: 2^23 and 127). Moved to
where a number has its exponent, they are 2^n. exp(r) is 1 + r + r^2 q(r); q is the polynomial that
makes this exact at the Chebyshev nodes of the interval, with a relative error of 1.6e-17 (float32:
1.1e-8) between them, evaluated in Estrin's order. The greatest term is added last, so the total
error is little more than the rounding of that sum.

    sigmoid   1 / (1 + exp(-z))
    tanh      e / (1 - e) with e = (1 - exp(-2|z|)) / 2 = (1 - 2^n)/2 - 2^n (r + r^2 q(r))/2, and
              z's sign
    log1p     2s + s^3 p(s^2) with s = t / (2 + t), for t from 0 to 1

Processors that look numbers up in registers need fewer steps. There n is the integer nearest to
16 x / ln 2, and its last four bits are the place in a table of T = 2^(k/16), rounded to 12 bits of
fraction; the logarithm of what that left out is added to r. 2^(n/16) is T with n added above those
12 bits, from where it reaches the exponent, and the polynomial for |r| <= ln 2 / 32 is short:

    exp(x) = s + s t      sigmoid = 1 / ((1 + s) + s t)     with s = 2^(n/16), t = exp(r) - 1

x is clamped, so that the bits of n make a number: 0 as 2^n where the exponent would be too small,
and infinity where it would be too great. So exp and the sigmoid are 0 below -709.5 (float32: -88.4)
or sooner, with an error below 3.4e-308 (float32: 1.7e-38); the sigmoid and tanh reach 1, right to
the last digit, and tanh -1. Powers from the table are kept within -708 .. 708 (float32: -87 .. 87),
and what is below is replaced by 0. NaN gives NaN. Only `write_exp_of_any` goes up to where exp is
infinite.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from kernels.codegen.llvm.vectors import Vectors


@dataclass(frozen=True)
class Constants:
    """The constants of one precision."""

    bound: float
    shifter: float
    """1.5 times 2^(bits of the fraction): its sum with n holds n in its lowest bits."""
    bias: int
    """What is added to the exponent of a number, in its bits."""
    ln2: tuple[float, float]
    """ln 2 in two parts, the first with enough zeros at its end for n ln2[0] to be exact."""
    q: tuple[float, ...]
    """The coefficients, lowest first."""
    fraction_bits: int
    infinite: float
    """A number whose exp is infinite, with n one above the greatest exponent."""
    p: tuple[float, ...]
    """The coefficients for log1p, lowest first."""
    short_q: tuple[float, ...]
    """The coefficients of q for the short interval beside the table, lowest first."""


CONSTANTS = {
    "float64": Constants(
        bound=708.0,
        shifter=1.5 * 2.0**52,
        bias=1023,
        ln2=(0.6931471803691238, 1.9082149292705877e-10),
        q=(
            0.5000000000000001,
            0.16666666666666669,
            0.04166666666662413,
            0.008333333333330062,
            0.0013888888917213717,
            0.00019841269863053618,
            2.4801521295954376e-05,
            2.7557268459997064e-06,
            2.7620088445409746e-07,
            2.510038549551032e-08,
        ),
        fraction_bits=52,
        infinite=709.8,
        p=(
            0.6666666666666666,
            0.39999999999999525,
            0.285714285716001,
            0.2222222219823677,
            0.18181819897962714,
            0.1538454396486055,
            0.13335178631449257,
            0.11734279061303197,
            0.10845178394880015,
            0.07492143795550767,
            0.1563057780092285,
        ),
        short_q=(
            0.5,
            0.16666666665275662,
            0.041666666664927916,
            0.008333450805560012,
            0.0013889035728979042,
        ),
    ),
    "float32": Constants(
        bound=87.0,
        shifter=1.5 * 2.0**23,
        bias=127,
        ln2=(0.693359375, -0.00021219444),
        q=(
            0.5,
            0.16666576266288757,
            0.041666556149721146,
            0.008363178931176662,
            0.0013926184037700295,
        ),
        fraction_bits=23,
        infinite=88.8,
        p=(
            0.6666666865348816,
            0.3999970555305481,
            0.285923570394516,
            0.2170657515525818,
            0.23224329948425293,
        ),
        short_q=(0.5000098943710327, 0.16666863858699799),
    ),
}


TABLE = (
    4096, 4277, 4467, 4664, 4871, 5087, 5312, 5547, 5793, 6049, 6317, 6597, 6889, 7194, 7512, 7845,
)  # fmt: skip
"""2^(k/16) in units of 2^-12, rounded."""
LEFT_OUT = (
    0.0, 8.075727743166686e-05, -6.275706278179964e-05, 0.00010253504400515207,
    -1.5719472126199973e-06, -6.8884178438397e-05, -2.733172694657594e-05, 5.5381590852475355e-06,
    -6.581409730776543e-05, 1.320767739870766e-05, -1.6536329390858e-05, -6.542586856476183e-05,
    -5.466345389315188e-05, -5.437333126996834e-05, 1.2928821197022421e-05, -4.001667284052622e-05,
)  # fmt: skip
"""ln(2^(k/16) / T)."""


def least(v: Vectors, less: int = 0) -> float:
    """An x with exp(x) all but 0, for which `write_reduced` writes 0 as 2^(n - less)."""
    return -(CONSTANTS[v.dtype].bias - less) * math.log(2)


def write_reduced(
    v: Vectors, z: Any, factor: float, parts: int = 2, less: int = 0
) -> tuple[Any, Any]:
    """Instructions for exp(a z) = 2^n exp(r), a = `factor`, a z from `least` to `infinite`.

    Returns (exp(r) - 1) / a and 2^(n - less), which is infinite if n is one above the greatest
    exponent. With one of the two parts of ln 2, r has an error of n 1.9e-9 (float64: n 2.4e-17). Of
    exp(a z) - 1 with a z < 0 that is nothing: it is times 2^n there, and 0 where n is 0.
    """
    c = CONSTANTS[v.dtype]
    shifter = v.constant(c.shifter + c.bias - less)
    shifted = v.fma(z, v.constant(factor / math.log(2)), shifter)
    n = v.sub(shifted, shifter)
    x = z  # becomes z - n ln 2 / a = r / a
    for part in c.ln2 if parts == 2 else (math.log(2),):
        x = v.fma(n, v.constant(-part / factor), x)
    coefficients = [v.constant(value * factor ** (k + 1)) for k, value in enumerate(c.q)]
    tail = v.fma(v.mul(x, x), estrin(v, coefficients, x), x)
    power = v.builder.shl(
        v.builder.bitcast(shifted, v.integer), v.integer_constant(c.fraction_bits)
    )
    return tail, v.builder.bitcast(power, v.type)


def write_looked_up(v: Vectors, z: Any, sign: int) -> tuple[Any, Any]:
    """Instructions for s and t with exp(sign z) = s + s t, |z| <= bound, from the table."""
    c = CONSTANTS[v.dtype]
    bits = c.fraction_bits
    shifted = v.fma(z, v.constant(sign * 16 / math.log(2)), v.constant(c.shifter))
    n = v.sub(shifted, v.constant(c.shifter))
    # z - sign n ln 2 / 16
    x = v.fma(n, v.constant(-sign * c.ln2[1] / 16), v.fma(n, v.constant(-sign * c.ln2[0] / 16), z))
    places = v.builder.bitcast(shifted, v.integer)
    left_out = v.looked_up(v.table(LEFT_OUT), places)
    r = v.add(left_out, x) if sign == 1 else v.sub(left_out, x)
    t = v.fma(v.mul(r, r), estrin(v, [v.constant(value) for value in c.short_q], r), r)
    # T less what n's last four bits add to it
    powers = [
        (c.bias << bits) + (T - 4096 << bits - 12) - (k << bits - 4) for k, T in enumerate(TABLE)
    ]
    base = v.looked_up(v.integer_table(powers), places)
    s = v.builder.add(base, v.builder.shl(places, v.integer_constant(bits - 4)))
    return v.builder.bitcast(s, v.type), t


def vanishing(v: Vectors, z: Any, value: Any) -> Any:
    """The value, but 0 in lanes where z is below the lower bound."""
    below = v.builder.fcmp_ordered("<", z, v.constant(-CONSTANTS[v.dtype].bound))
    return v.builder.select(below, v.constant(0.0), value)


def write_exp(v: Vectors, z: Any) -> Any:
    """Instructions for exp(z) of every lane of z, which is below the upper bound."""
    if v.target.looks_up:
        s, t = write_looked_up(v, v.at_least(z, -CONSTANTS[v.dtype].bound), 1)
        return vanishing(v, z, v.fma(s, t, s))
    tail, power = write_reduced(v, v.at_least(z, least(v)), 1)
    return v.fma(power, tail, power)


def write_exp_of_any(v: Vectors, z: Any) -> Any:
    """Instructions for exp(z) of every lane of z, whatever it is."""
    near = v.nearest(z, least(v, 1), CONSTANTS[v.dtype].infinite)
    tail, power = write_reduced(v, near, 1, less=1)
    # exp(z) / 2 never overflows; doubled, it is infinite exactly where exp(z) overflows
    half = v.fma(power, tail, power)
    return v.add(half, half)


def write_expm1(v: Vectors, z: Any) -> Any:
    """Instructions for exp(z) - 1 of every lane of z, which is at most 0."""
    tail, power = write_reduced(v, v.at_least(z, least(v)), 1, parts=1)
    return v.fma(power, tail, v.sub(power, v.constant(1.0)))


def write_log1p(v: Vectors, t: Any) -> Any:
    """Instructions for log(1 + t) of every lane of t, which is from 0 to 1."""
    two = v.constant(2.0)
    s = v.builder.fdiv(t, v.add(t, two))
    square = v.mul(s, s)
    p = estrin(v, [v.constant(value) for value in CONSTANTS[v.dtype].p], square)
    return v.fma(v.mul(s, square), p, v.mul(s, two))


def write_sigmoid(v: Vectors, z: Any) -> Any:
    """Instructions for the sigmoid of every lane of z."""
    c, one = CONSTANTS[v.dtype], v.constant(1.0)
    if v.target.looks_up:
        s, t = write_looked_up(v, v.clamp(z, c.bound), -1)
        return vanishing(v, z, v.builder.fdiv(one, v.fma(s, t, v.add(one, s))))
    tail, power = write_reduced(v, v.nearest(z, -c.infinite, c.bound), -1)
    return v.builder.fdiv(one, v.fma(power, v.sub(one, tail), one))


def write_tanh(v: Vectors, z: Any) -> Any:
    """Instructions for the hyperbolic tangent of every lane of z."""
    one, half = v.constant(1.0), v.constant(0.5)
    # beyond this end, exp(-2|z|) is less than half a unit in the last place of 1
    end = (CONSTANTS[v.dtype].fraction_bits + 3) * math.log(2) / 2
    tail, power = write_reduced(v, v.at_most(v.magnitude(z), end), -2, parts=1)
    e = v.fma(power, tail, v.fma(power, v.constant(-0.5), half))
    return v.with_sign(v.builder.fdiv(e, v.sub(one, e)), z)


def estrin(v: Vectors, coefficients: list[Any], x: Any) -> Any:
    """The polynomial with these coefficients, lowest first, in few dependent steps."""
    if len(coefficients) == 5:  # a multiplication less, and no step more
        *coefficients, a, b = coefficients
        coefficients.append(v.fma(b, x, a))
    while len(coefficients) > 1:
        pairs = [
            v.fma(coefficients[i + 1], x, coefficients[i])
            for i in range(0, len(coefficients) - 1, 2)
        ]
        coefficients = pairs + coefficients[len(coefficients) // 2 * 2 :]
        if len(coefficients) > 1:
            x = v.builder.fmul(x, x)
    return coefficients[0]
