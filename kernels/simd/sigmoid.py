"""The sigmoid 1 / (1 + exp(-z)) of a vector, without a branch or a table.

With n the integer nearest to -z / ln 2 and r = -z - n ln 2, |r| <= ln 2 / 2, exp(-z) is 2^n exp(r).
n appears in the low bits of -z / ln 2 + 1.5 2^52 (float32: 2^23), from where it is added to the
exponent of exp(r) = 1 + r + r^2 q(r). q is the polynomial that makes this exact in the Chebyshev
nodes of the interval, with a relative error of 1.6e-17 (float32: 1.1e-8) between them, evaluated in
Estrin's order. 1 is added last, so that little more than its rounding is left of all errors.

z is kept between -708 and 708 (float32: -87 and 87), so that 2^n neither overflows nor vanishes.
A smaller z gives 0, which is right to within 3.4e-308 (float32: 1.7e-38), a larger one 1, which is
right to the last digit. NaN gives NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from numba import njit, types
from numba.extending import intrinsic

from kernels.simd.subroutines import INDEX, index, repeat, subroutine
from kernels.simd.vectors import Vectors

UNROLL = 4


@dataclass(frozen=True)
class Constants:
    """What belongs to one precision."""

    bound: float
    shifter: float
    """1.5 times 2^(bits of the fraction): its sum with n holds n in its lowest bits."""
    ln2: tuple[float, float]
    """ln 2 in two parts, the first with enough zeros at its end for n ln2[0] to be exact."""
    q: tuple[float, ...]
    """The coefficients, lowest first."""
    fraction_bits: int


CONSTANTS = {
    types.float64: Constants(
        bound=708.0,
        shifter=1.5 * 2.0**52,
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
    ),
    types.float32: Constants(
        bound=87.0,
        shifter=1.5 * 2.0**23,
        ln2=(0.693359375, -0.00021219444),
        q=(
            0.5,
            0.16666576266288757,
            0.041666556149721146,
            0.008363178931176662,
            0.0013926184037700295,
        ),
        fraction_bits=23,
    ),
}


def write_sigmoid(v: Vectors, z: Any) -> Any:
    """Instructions for the sigmoid of every lane of z."""
    c = CONSTANTS[v.real]
    vanishes = v.builder.fcmp_ordered("<", z, v.constant(-c.bound))
    z = v.clamp(z, c.bound)
    shifted = v.fma(z, v.constant(-1 / math.log(2)), v.constant(c.shifter))
    n = v.builder.fsub(shifted, v.constant(c.shifter))
    # -r = z + n ln 2; with it the odd coefficients change sign
    minus_r = v.fma(n, v.constant(c.ln2[1]), v.fma(n, v.constant(c.ln2[0]), z))
    signed = [v.constant(value * (-1) ** power) for power, value in enumerate(c.q)]
    square = v.builder.fmul(minus_r, minus_r)
    tail = v.fma(square, estrin(v, signed, minus_r), v.builder.fneg(minus_r))
    exp_r = v.add(v.constant(1.0), tail)
    power = v.builder.shl(
        v.builder.bitcast(shifted, v.integer), v.integer_constant(c.fraction_bits)
    )
    exp_z = v.builder.bitcast(v.builder.add(v.builder.bitcast(exp_r, v.integer), power), v.type)
    one = v.constant(1.0)
    return v.builder.select(
        vanishes, v.constant(0.0), v.builder.fdiv(one, v.builder.fadd(one, exp_z))
    )


def estrin(v: Vectors, coefficients: list[Any], x: Any) -> Any:
    """The polynomial with these coefficients, lowest first, in few dependent steps."""
    while len(coefficients) > 1:
        pairs = [
            v.fma(coefficients[i + 1], x, coefficients[i])
            for i in range(0, len(coefficients) - 1, 2)
        ]
        coefficients = pairs + coefficients[len(coefficients) // 2 * 2 :]
        if len(coefficients) > 1:
            x = v.builder.fmul(x, x)
    return coefficients[0]


def write_sigmoids(v: Vectors, source: Any, target: Any, count: Any) -> None:
    """Instructions for the sigmoid of `count` vectors from `source` on, to `target`."""
    b = v.builder
    groups = b.udiv(count, index(UNROLL))
    done = b.mul(groups, index(UNROLL))
    for turns, first, unroll in ((groups, index(0), UNROLL), (b.sub(count, done), done, 1)):
        with repeat(b, turns) as turn:
            start = b.add(first, b.mul(turn, index(unroll)))
            places = [b.mul(b.add(start, index(k)), index(v.lanes)) for k in range(unroll)]
            values = [write_sigmoid(v, v.load(source, place)) for place in places]
            for value, place in zip(values, places, strict=True):
                v.store(value, target, place)


def sigmoids(v: Vectors, data: Any) -> Any:
    """The subroutine (data, count) that puts `count` sigmoids in the place of their arguments."""

    def write(builder: Any, place: Any, count: Any) -> None:
        write_sigmoids(Vectors(builder, v.real), place, place, count)

    return subroutine(v.builder, "sigmoids", [data.type, INDEX], write)


@intrinsic
def _whole_vectors(typingctx: Any, z: Any, out: Any) -> Any:
    """The sigmoid of as many leading elements as fill whole vectors; how many they are."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        v = Vectors(builder, z.dtype)
        source, target = (
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args, arguments, strict=True)
        )
        count = builder.udiv(builder.extract_value(source.shape, 0), index(v.lanes))
        write_sigmoids(v, source.data, target.data, count)
        return builder.mul(count, index(v.lanes))

    return types.intp(z, out), code


@njit(cache=True, error_model="numpy")
def sigmoid(z: Any, out: Any) -> None:
    """The sigmoid of z (n,) into out (n,), both contiguous and of one dtype."""
    one = z.dtype.type(1)
    for k in range(_whole_vectors(z, out), z.size):
        out[k] = one / (one + math.exp(-z[k]))
