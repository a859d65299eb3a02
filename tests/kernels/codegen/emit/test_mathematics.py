"""Vector code of every elementwise activation and slope, over the whole range of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels.codegen.emit import activations, exponential
from kernels.codegen.emit.mathematics import Mathematics
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import index, repeat
from kernels.parts.activations import ACTIVATIONS
from kernels.proof.reference import ARITHMETIC
from tests.kernels.codegen.emitting import DTYPES, lanes, run

ELEMENTWISE = {name: f for name, f in ACTIVATIONS.items() if not f.over_nodes}


def arguments(dtype: str) -> Any:
    """Return grids of numbers, and numbers with random bits, which have every magnitude."""
    bound = exponential.CONSTANTS[dtype].bound
    patterns = np.frombuffer(np.random.default_rng(0).bytes(160_000), dtype)
    patterns = patterns[np.abs(patterns) <= bound]  # NaN is not
    grids = [np.linspace(-most, most, 6001) for most in (bound, 40, 6, 1)]
    z = np.concatenate([*grids, patterns, [0.0, -0.0]]).astype(dtype)
    width = lanes(dtype)
    return np.resize(z, -(-z.size // width) * width)


def computed(name: str, z: Any) -> tuple[Any, Any]:
    """Return f(z) and f'(z) of every number, computed by vector code."""
    f, h, slopes = ACTIVATIONS[name], np.empty_like(z), np.empty_like(z)
    width = lanes(z.dtype.name)

    def write(v: Vectors, source: Any, target: Any, derivative: Any) -> None:
        with repeat(v.builder, z.size // width) as turn:
            place = v.builder.mul(turn, index(width))
            given = v.load(source, place)
            if f.needs_z:
                value, slope = activations.write_both(v, f, given)
            else:
                value = activations.write_activation(v, f, given)
                slope = f.emit_slope(Mathematics(v), value)
            v.store(value, target, place)
            v.store(slope, derivative, place)

    run(write, z, h, slopes)
    return h, slopes


NEGLIGIBLE = {"float64": 3e-305, "float32": 2e-36}
"""What exp vanishes at, times the greatest z that it is multiplied by."""


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_values_are_within_their_units_in_the_last_place(name: str, dtype: str) -> None:
    z, f = arguments(dtype), ACTIVATIONS[name]
    h, _ = computed(name, z)
    with np.errstate(over="ignore", under="ignore"):
        true, _ = f.exact(ARITHMETIC, ARITHMETIC.wide(z))
    finite = np.abs(true) < np.finfo(dtype).max
    assert np.isposinf(h[~finite]).all()
    z, h, true = z[finite].astype(float), h[finite], true[finite]
    unit = np.spacing(np.abs(true).astype(dtype)).astype(float)
    error = np.abs(ARITHMETIC.wide(h) - true).astype(float)
    most = f.units(z) * unit + NEGLIGIBLE[dtype]
    worst = np.argmax(error / most)
    assert (error <= most).all(), (z[worst], error[worst] / unit[worst])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_slopes_are_within_their_bounds(name: str, dtype: str) -> None:
    z, f = arguments(dtype), ACTIVATIONS[name]
    z = z[np.abs(z) < 80]
    z = np.resize(z, -(-z.size // lanes(dtype)) * lanes(dtype))
    h, slope = computed(name, z)
    wide, true = (a.astype(float) for a in f.exact(ARITHMETIC, ARITHMETIC.wide(z)))
    u, zero = float(np.finfo(dtype).eps) / 2, np.zeros(z.size)
    bound = f.slope_bound(z.astype(float), wide, zero, 4 * u * np.abs(wide), u)
    error = np.abs(slope.astype(float) - true)
    tiny = float(np.finfo(dtype).tiny)
    assert (error <= bound + 4 * u * np.abs(true) + tiny)[z != 0].all()
    assert np.isfinite(h).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_nan_gives_nan_and_large_numbers_their_limits(name: str, dtype: str) -> None:
    large = np.array([-1e30, 1e30] * 8, dtype)
    h, slope = computed(name, np.full(16, np.nan, dtype))
    assert np.isnan(h).all()
    h, slope = computed(name, large)
    with np.errstate(over="ignore", under="ignore"):
        exact, _ = ACTIVATIONS[name].exact(ARITHMETIC, ARITHMETIC.wide(large))
    expected = exact.astype(float)
    np.testing.assert_allclose(h.astype(float), expected, rtol=1e-6, atol=1e-37)
    assert not np.isnan(slope).any()
