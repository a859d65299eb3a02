"""Vectors in Numba code, and the limits that are measured with them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from numba import types

from benchmarks.measure import limits
from benchmarks.measure.question import Question
from kernels.codegen import exponential, probes, vectors
from kernels.support import aligned
from tests.running import run

FOUND = {
    "fma_peak_float64_gflops": 50.0,
    "fma_peak_float32_gflops": 100.0,
    "fma_peak_float64_all_threads_gflops": 150.0,
    "fma_peak_float32_all_threads_gflops": 300.0,
    "sigmoid_float64_ns": 2.0,
    "sigmoid_float32_ns": 1.0,
} | {limits.bandwidth_key(kib): 1000.0 for kib in limits.WORKING_SETS_KIB}


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
def test_the_vector_sigmoid_at_its_ends(dtype: str, size: int) -> None:
    for value, expected in ((np.inf, 1), (-np.inf, 0), (1e30, 1), (-1e30, 0), (0, 0.5)):
        out = np.full(size, 7, dtype)
        probes.sigmoid(np.full(size, value, dtype), out)
        assert np.allclose(out, expected, rtol=0, atol=1e-37)
    out = np.zeros(size, dtype)
    probes.sigmoid(np.full(size, np.nan, dtype), out)
    assert np.isnan(out).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_polynomial_is_exp_on_its_interval(dtype: str) -> None:
    coefficients = (1, 1, *exponential.CONSTANTS[getattr(types, dtype)].q)
    bound = 1e-16 if dtype == "float64" else 2e-8
    with mpmath.workdps(40):
        for x in mpmath.linspace(-mpmath.log(2) / 2, mpmath.log(2) / 2, 101):
            value = sum(mpmath.mpf(c) * x**k for k, c in enumerate(coefficients))
            assert abs(value / mpmath.exp(x) - 1) < bound


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_probes_do_what_they_are_timed_for(dtype: str) -> None:
    """So many multiply-adds and every number read: else the rates would be made up."""
    one = np.dtype(dtype).type
    work = probes.multiply_adds_a_turn(dtype)
    assert work == probes.CHAINS * vectors.lanes(getattr(types, dtype))
    assert probes.multiply_add(5, one(1), one(1)) == 5 * work
    assert probes.multiply_add(2, one(2), one(1)) == 3 * work
    z, out = (np.linspace(-1, 1, 17).astype(dtype) for _ in range(2))
    probes.sigmoids(z, out, 3)
    np.testing.assert_allclose(out, 1 / (1 + np.exp(-z)), rtol=1e-6)
    numbers = aligned.empty((work * 3,), dtype)
    numbers[:] = np.arange(numbers.size)
    assert numbers.ctypes.data % aligned.LINE == 0
    assert probes.read(numbers, 2) == 2 * numbers.sum()


def test_the_limit_is_the_larger_of_arithmetic_and_reads() -> None:
    asked = Question((100, 100, 50, 10), "forward", 1)
    arithmetic = 2 * 15500 / 50 + 160 * 2
    assert limits.limit_ns(FOUND, asked) == pytest.approx(arithmetic)
    slow = FOUND | {limits.bandwidth_key(kib): 1.0 for kib in limits.WORKING_SETS_KIB}
    reads = 8 * (15660 + 110)
    assert limits.limit_ns(slow, asked) == pytest.approx(reads)
    assert limits.limit_ns(slow, replace(asked, dtype="float32")) == pytest.approx(reads / 2)
    assert limits.limit_ns(FOUND, replace(asked, threads=2)) == pytest.approx(arithmetic / 2)
    assert limits.limit_ns(FOUND, replace(asked, threads=8)) == pytest.approx(arithmetic / 3)
    gradient, train = (Question(asked.sizes, name, 1024) for name in ("gradient", "train"))
    assert limits.limit_ns(FOUND, train) == pytest.approx(limits.limit_ns(FOUND, gradient))


def test_a_working_set_between_two_is_read_as_fast_as_the_smaller() -> None:
    found = {
        limits.bandwidth_key(kib): 1000.0 / place
        for place, kib in enumerate(limits.WORKING_SETS_KIB, start=1)
    }
    assert limits.bandwidth(found, 1) == 1000
    assert limits.bandwidth(found, 33 * 1024) == 500
    assert limits.bandwidth(found, 1 << 40) == 1000 / len(limits.WORKING_SETS_KIB)


def test_the_command_prints_and_stores_every_limit(tmp_path: Path) -> None:
    path = tmp_path / "l.json"
    result = run("limits", "--json", str(path))
    assert result.returncode == 0, result.stderr
    found = json.loads(path.read_text())
    for key in FOUND:
        assert found[key] > 0
        assert re.sub("_(gflops|ns|gbytes_per_s)$", "", key).replace("_", " ") in result.stdout
    for count in (0, 1, 3, 5):
        assert found[f"call_floor_{count}_arrays_ns"] > 0
