"""The sigmoid 1 / (1 + exp(-z)) of a vector, without a branch or a table.

With n the integer nearest to -z / ln 2 and r = -z - n ln 2, |r| <= ln 2 / 2, exp(-z) is 2^n exp(r).
n appears in the low bits of -z / ln 2 + 1.5 2^52 (float32: 2^23), from where it is added to the
exponent of exp(r), a polynomial: the one that equals exp in the Chebyshev nodes of the interval,
with a relative error of 4e-18 (float32: 3e-9), evaluated in Estrin's order.

z is kept between -708 and 708 (float32: -87 and 87), so that 2^n neither overflows nor vanishes:
a smaller z gives 3e-308 (float32: 2e-38) rather than less, a larger one 1. NaN gives NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from numba import njit, types
from numba.extending import intrinsic

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
    exp: tuple[float, ...]
    fraction_bits: int


CONSTANTS = {
    types.float64: Constants(
        bound=708.0,
        shifter=1.5 * 2.0**52,
        ln2=(0.6931471803691238, 1.9082149292705877e-10),
        exp=(
            1.0,
            1.0,
            0.5000000000000019,
            0.1666666666666668,
            0.0416666666664881,
            0.008333333333319601,
            0.0013888888952314775,
            0.00019841269890047113,
            2.4801485482328494e-05,
            2.755724091857897e-06,
            2.763263963904103e-07,
            2.5110037605963777e-08,
        ),
        fraction_bits=52,
    ),
    types.float32: Constants(
        bound=87.0,
        shifter=1.5 * 2.0**23,
        ln2=(0.693359375, -0.00021219444),
        exp=(
            1.0,
            1.000000037716214,
            0.5000000047117757,
            0.16666415514653277,
            0.04166635289677516,
            0.008375126398153335,
            0.0013941108433972674,
        ),
        fraction_bits=23,
    ),
}


def write_sigmoid(v: Vectors, z: Any) -> Any:
    """Instructions for the sigmoid of every lane of z."""
    c = CONSTANTS[v.real]
    z = v.clamp(z, c.bound)
    shifted = v.fma(z, v.constant(-1 / math.log(2)), v.constant(c.shifter))
    n = v.builder.fsub(shifted, v.constant(c.shifter))
    # r = -z - n ln 2, as the negative of z + n ln 2
    minus_r = v.fma(n, v.constant(c.ln2[1]), v.fma(n, v.constant(c.ln2[0]), z))
    # a polynomial in -r: the odd coefficients change sign
    signed = [value * (-1) ** power for power, value in enumerate(c.exp)]
    exp_r = estrin(v, [v.constant(value) for value in signed], minus_r)
    power = v.builder.shl(
        v.builder.bitcast(shifted, v.integer), v.integer_constant(c.fraction_bits)
    )
    exp_z = v.builder.bitcast(v.builder.add(v.builder.bitcast(exp_r, v.integer), power), v.type)
    one = v.constant(1.0)
    return v.builder.fdiv(one, v.builder.fadd(one, exp_z))


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


@intrinsic
def _whole_vectors(typingctx: Any, z: Any, out: Any) -> Any:
    """The sigmoid of as many leading elements as fill whole groups of vectors; how many."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        v = Vectors(builder, z.dtype)
        source, target = (
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args, arguments, strict=True)
        )
        with v.groups(source, UNROLL) as (places, whole):
            values = [write_sigmoid(v, v.load(source.data, place)) for place in places]
            for value, place in zip(values, places, strict=True):
                v.store(value, target.data, place)
        return whole

    return types.intp(z, out), code


@njit(cache=True, error_model="numpy")
def sigmoid(z: Any, out: Any) -> None:
    """The sigmoid of z (n,) into out (n,), both contiguous and of one dtype."""
    one = z.dtype.type(1)
    for k in range(_whole_vectors(z, out), z.size):
        out[k] = one / (one + math.exp(-z[k]))
