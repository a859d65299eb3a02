"""Vector code for exp, sigmoid, tanh and softmax, compared with mpmath."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from numba import types

from kernels.codegen import activations, exponential, probes
from kernels.codegen.subroutines import index, repeat
from kernels.codegen.vectors import Vectors, lanes
from kernels.proof import reference
from tests.kernels.codegen.emitting import DTYPES, REALS, numbers, run
from tests.pairwise import pairwise

EXACT: dict[str, Callable[[Any], Any]] = {
    "exp": mpmath.exp,
    "logistic": lambda z: 1 / (1 + mpmath.exp(-z)),
    "tanh": mpmath.tanh,
}


def computed(name: str, z: Any) -> Any:
    """Return the function of every number, computed by vector code."""
    width = lanes(REALS[z.dtype.name])
    data = np.resize(z, -(-z.size // width) * width)

    def write(v: Vectors, place: Any) -> None:
        with repeat(v.builder, data.size // width) as turn:
            start = v.builder.mul(turn, index(width))
            value = v.load(place, start)
            if name == "exp":
                value = exponential.write_exp(v, value)
            else:
                value = activations.write_activation(v, name, value)
            v.store(value, place, start)

    run(write, data)
    return data[: z.size]


def ulps(name: str, out: Any, z: Any) -> Any:
    """Return the error of each result in units in the last place."""
    with mpmath.workdps(40):
        true = [EXACT[name](mpmath.mpf(float(value))) for value in z]
        nearest = np.array([float(value) for value in true])
        unit = np.abs(np.spacing(nearest.astype(out.dtype))).astype(np.float64)
        return np.array(
            [float(abs(mpmath.mpf(float(a)) - b)) for a, b in zip(out, true, strict=True)]
        ) / np.maximum(unit, float(np.finfo(out.dtype).smallest_subnormal))


def arguments(dtype: str) -> Any:
    """Return grids of numbers, and numbers with random bits, which have every magnitude."""
    bound = exponential.CONSTANTS[REALS[dtype]].bound
    generator = np.random.default_rng(0)
    patterns = np.frombuffer(generator.bytes(160_000), dtype)
    patterns = patterns[np.abs(patterns) <= bound]  # NaN is not
    grid = np.linspace(-bound, bound, 6001)
    fine = np.linspace(-40, 40, 6001)
    near = np.linspace(-1, 1, 3001)
    return np.concatenate([grid, fine, near, patterns, [0.0, -0.0]]).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["exp", "logistic", "tanh"])
def test_functions_are_within_two_and_a_half_units_in_the_last_place(name: str, dtype: str) -> None:
    z = arguments(dtype)
    if name == "exp":  # there for softmax, whose arguments are not positive
        z = np.concatenate([-np.abs(z), z[z < 80]])
    assert ulps(name, computed(name, z), z).max() <= 2.5


@pytest.mark.parametrize(
    ("name", "count", "dtype"),
    pairwise(["logistic", "tanh", "relu", "identity"], [1, 3, 4, 9], DTYPES),
)
def test_activations_of_many_vectors(name: str, count: int, dtype: str) -> None:
    z = numbers(count * lanes(REALS[dtype]) + 1, dtype=dtype)
    data = z.copy()
    run(lambda v, place: activations.activate(v, name, place, index(count)), data)
    true, _ = reference.FUNCTIONS[name](reference.ARITHMETIC.wide(z[:-1]))
    np.testing.assert_allclose(
        data[:-1], true.astype(float), rtol=4 * float(np.finfo(dtype).eps), atol=0
    )
    assert data[-1] == z[-1]


@pytest.mark.parametrize("dtype", DTYPES)
def test_functions_saturate_beyond_their_bounds(dtype: str) -> None:
    bound = exponential.CONSTANTS[REALS[dtype]].bound
    z = np.array([-np.inf, -1e30, -1.01 * bound, 1.01 * bound, 1e30, np.inf] * 16, dtype)
    for name, low in (("logistic", 0), ("tanh", -1)):
        found = computed(name, z).reshape(-1, 6)
        assert found.tolist() == [[low, low, low, 1, 1, 1]] * 16
    assert computed("exp", z).reshape(-1, 6)[:, :3].tolist() == [[0, 0, 0]] * 16
    assert 1 / (1 + mpmath.exp(bound)) < (3.4e-308 if dtype == "float64" else 1.7e-38)
    for name in ("exp", "logistic", "tanh", "relu"):
        assert np.isnan(computed(name, np.full(16, np.nan, dtype))).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_tanh_is_odd_and_keeps_the_sign_of_zero(dtype: str) -> None:
    z = arguments(dtype)
    np.testing.assert_array_equal(computed("tanh", -z), -computed("tanh", z))
    zeros = computed("tanh", np.array([0.0, -0.0] * 8, dtype))
    assert np.signbit(zeros).tolist() == [False, True] * 8
    tiny = float(np.finfo(dtype).smallest_subnormal)
    assert computed("tanh", np.full(16, tiny, dtype)).tolist() == [tiny] * 16


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", [1, 3, 8, 13, 40])
def test_softmax_of_one_and_of_samples(width: int, dtype: str) -> None:
    lane = lanes(REALS[dtype])
    z = 10 * numbers(width, 2 * lane, dtype=dtype)
    z[0, 0], z[-1, 1] = 1e4, -1e4
    together = z.copy()

    def write(v: Vectors, data: Any) -> None:
        activations.activate_samples(v, "softmax", width, data, index(2), index(2 * lane))

    run(write, together)
    true = reference.softmax(reference.ARITHMETIC.wide(z.T))[0].astype(float)
    bound = 1e-13 if dtype == "float64" else 2e-5
    np.testing.assert_allclose(together.T, true, rtol=bound, atol=1e-37)
    padded = np.full(-(-width // lane) * lane, 1e9, dtype)  # what lies behind must not count
    for column in (0, 1, 2):
        padded[:width] = z[:, column]
        room, out = padded.copy(), np.full(width + 1, 7, dtype)
        run(
            lambda v, place, target: activations.write_softmax_of_one(v, width, place, target),
            room,
            out,
        )
        np.testing.assert_allclose(out[:-1], true[column], rtol=bound, atol=1e-37)
        assert out[-1] == 7


def inputs(dtype: str) -> Any:
    bound = exponential.CONSTANTS[getattr(types, dtype)].bound
    generator = np.random.default_rng(0)
    z = np.concatenate(
        [generator.uniform(-bound, bound, 3000), generator.normal(size=3000), [0.0, -0.0, 1e-300]]
    )
    return z.astype(dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_vector_sigmoid_is_right_to_two_ulp(dtype: str) -> None:
    z = inputs(dtype)
    out = np.full_like(z, np.nan)
    probes.sigmoid(z, out)
    with mpmath.workdps(30):
        true = np.array([1 / (1 + mpmath.exp(-mpmath.mpf(float(value)))) for value in z])
        error = np.array([float(abs(a - b) / b) for a, b in zip(out, true, strict=True)])
    assert error.max() <= 2 * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 100])
def test_the_vector_sigmoid_saturates_and_passes_nan_on(dtype: str, size: int) -> None:
    for value, expected in ((np.inf, 1), (-np.inf, 0), (1e30, 1), (-1e30, 0), (0, 0.5)):
        out = np.full(size, 7, dtype)
        probes.sigmoid(np.full(size, value, dtype), out)
        assert np.allclose(out, expected, rtol=0, atol=1e-37)
    out = np.zeros(size, dtype)
    probes.sigmoid(np.full(size, np.nan, dtype), out)
    assert np.isnan(out).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_polynomial_approximates_exp_on_its_interval(dtype: str) -> None:
    coefficients = (1, 1, *exponential.CONSTANTS[getattr(types, dtype)].q)
    bound = 1e-16 if dtype == "float64" else 2e-8
    with mpmath.workdps(40):
        for x in mpmath.linspace(-mpmath.log(2) / 2, mpmath.log(2) / 2, 101):
            value = sum(mpmath.mpf(c) * x**k for k, c in enumerate(coefficients))
            assert abs(value / mpmath.exp(x) - 1) < bound
