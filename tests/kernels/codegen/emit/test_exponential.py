"""Vector code for exp, sigmoid and tanh, compared with mpmath."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from kernels.codegen.emit import activations, exponential
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import index, repeat
from kernels.parts.activations import ACTIVATIONS
from tests.kernels.codegen.emitting import DTYPES, lanes, run
from tests.kernels.lengths import LONG

EXACT: dict[str, Callable[[Any], Any]] = {
    "exp": mpmath.exp,
    "logistic": lambda z: 1 / (1 + mpmath.exp(-z)),
    "tanh": mpmath.tanh,
}
VANISHED = {"float64": 3.4e-308, "float32": 1.7e-38}
"""What may be 0 instead."""


def computed(name: str, z: Any) -> Any:
    """Return the function of every number, computed by vector code."""
    width = lanes(z.dtype.name)
    data = np.resize(z, -(-z.size // width) * width)

    def write(v: Vectors, place: Any) -> None:
        with repeat(v.builder, data.size // width) as turn:
            start = v.builder.mul(turn, index(width))
            value = v.load(place, start)
            if name == "exp":
                value = exponential.write_exp(v, value)
            else:
                value = activations.write_activation(v, ACTIVATIONS[name], value)
            v.store(value, place, start)

    run(write, data)
    return data[: z.size]


def ulps(out: Any, true: list[Any]) -> Any:
    """Return the error of each result in units in the last place."""
    with mpmath.workdps(40):
        nearest = np.array([float(value) for value in true])
        unit = np.abs(np.spacing(nearest.astype(out.dtype))).astype(np.float64)
        return np.array(
            [float(abs(mpmath.mpf(float(a)) - b)) for a, b in zip(out, true, strict=True)]
        ) / np.maximum(unit, float(np.finfo(out.dtype).smallest_subnormal))


def arguments(dtype: str) -> Any:
    """Return grids of numbers, and numbers with random bits, which have every magnitude."""
    bound = exponential.CONSTANTS[dtype].bound
    generator = np.random.default_rng(0)
    patterns = np.frombuffer(generator.bytes(160_000 if LONG else 40_000), dtype)
    patterns = patterns[np.abs(patterns) <= bound]  # NaN is not
    grid = np.linspace(-bound, bound, 6001)
    fine = np.linspace(-40, 40, 6001)
    near = np.linspace(-1, 1, 3001)
    return np.concatenate([grid, fine, near, patterns, [0.0, -0.0]]).astype(dtype)


@functools.cache
def results(name: str, dtype: str) -> tuple[Any, list[Any]]:
    """Return numbers, and a function of each to 40 digits, computed once for all tests."""
    z = arguments(dtype)
    if name == "exp":  # there for softmax, whose arguments are not positive
        z = np.concatenate([-np.abs(z), z[z < 80]])
    with mpmath.workdps(40):
        return z, [EXACT[name](mpmath.mpf(float(value))) for value in z]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["exp", "logistic", "tanh"])
def test_functions_are_within_two_and_a_half_units_in_the_last_place(name: str, dtype: str) -> None:
    z, true = results(name, dtype)
    assert ulps(computed(name, z), true).max() <= 2.5


@pytest.mark.parametrize("dtype", DTYPES)
def test_functions_saturate_beyond_their_bounds(dtype: str) -> None:
    bound = exponential.CONSTANTS[dtype].bound
    for name, low, below in (("logistic", 0, 1.03), ("tanh", -1, 1.01), ("exp", 0, 1.01)):
        z = np.array([-np.inf, -1e30, -below * bound, 1.01 * bound, 1e30, np.inf] * 16, dtype)
        found = computed(name, z).reshape(-1, 6)
        assert found[:, :3].tolist() == [[low] * 3] * 16
        assert name == "exp" or found[:, 3:].tolist() == [[1] * 3] * 16
    assert 1 / (1 + mpmath.exp(bound)) < VANISHED[dtype]
    for name in ("exp", "logistic", "tanh", "relu"):
        assert np.isnan(computed(name, np.full(16, np.nan, dtype))).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["exp", "logistic"])
def test_functions_vanish_around_the_least_normal_number(name: str, dtype: str) -> None:
    bound = exponential.CONSTANTS[dtype].bound
    z = np.linspace(-1.03 * bound, -0.97 * bound, 2001).astype(dtype)
    found = computed(name, z)
    true = np.exp(z.astype(np.longdouble))
    assert (abs(found - true) <= 2.5 * np.finfo(dtype).eps * true + VANISHED[dtype]).all()
    assert (np.diff(found) >= 0).all()
    assert found[0] == 0
    assert found[-1] > VANISHED[dtype]


@pytest.mark.parametrize("dtype", DTYPES)
def test_tanh_is_odd_and_keeps_the_sign_of_zero(dtype: str) -> None:
    z = arguments(dtype)
    np.testing.assert_array_equal(computed("tanh", -z), -computed("tanh", z))
    zeros = computed("tanh", np.array([0.0, -0.0] * 8, dtype))
    assert np.signbit(zeros).tolist() == [False, True] * 8
    tiny = float(np.finfo(dtype).smallest_subnormal)
    assert computed("tanh", np.full(16, tiny, dtype)).tolist() == [tiny] * 16


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_sigmoid_is_right_to_two_epsilons(dtype: str) -> None:
    z, true = results("logistic", dtype)
    out = computed("logistic", z)
    with mpmath.workdps(30):
        error = np.array([float(abs(a - b) / b) for a, b in zip(out, true, strict=True)])
    assert error.max() <= 2 * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_polynomial_approximates_exp_on_its_interval(dtype: str) -> None:
    coefficients = (1, 1, *exponential.CONSTANTS[dtype].q)
    bound = 1e-16 if dtype == "float64" else 2e-8
    with mpmath.workdps(40):
        for x in mpmath.linspace(-mpmath.log(2) / 2, mpmath.log(2) / 2, 101):
            value = sum(mpmath.mpf(c) * x**k for k, c in enumerate(coefficients))
            assert abs(value / mpmath.exp(x) - 1) < bound


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_short_polynomial_approximates_exp_beside_the_table(dtype: str) -> None:
    coefficients = (1, 1, *exponential.CONSTANTS[dtype].short_q)
    bound = 5e-17 if dtype == "float64" else 1e-8
    with mpmath.workdps(40):
        end = mpmath.log(2) / 32 + max(map(abs, exponential.LEFT_OUT))
        for x in mpmath.linspace(-end, end, 101):
            value = sum(mpmath.mpf(c) * x**k for k, c in enumerate(coefficients))
            assert abs(value / mpmath.exp(x) - 1) < bound


def test_the_table_and_what_it_leaves_out_are_powers_of_two() -> None:
    with mpmath.workdps(40):
        for k, (T, left_out) in enumerate(
            zip(exponential.TABLE, exponential.LEFT_OUT, strict=True)
        ):
            true = mpmath.mpf(2) ** (mpmath.mpf(k) / 16)
            assert mpmath.nint(true * 4096) == T
            assert float(mpmath.log(true * 4096 / T)) == left_out
