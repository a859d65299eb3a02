"""Vector registers: transposed, stored in part, gathered and scattered; and loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from llvmlite import ir

from kernels.codegen.subroutines import index, repeat
from kernels.codegen.vectors import Vectors, lanes
from tests.kernels.codegen.emitting import DTYPES, REALS, numbers, run


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_square_is_transposed(dtype: str) -> None:
    width = lanes(REALS[dtype])
    square, out = numbers(width, width, dtype=dtype), np.empty((width, width), dtype)

    def write(v: Vectors, source: Any, target: Any) -> None:
        rows = [v.load(source, index(k * width)) for k in range(width)]
        for k, column in enumerate(v.transposed(rows)):
            v.store(column, target, index(k * width))

    run(write, square, out)
    np.testing.assert_array_equal(out, square.T)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_first_lanes_are_stored_and_nothing_behind_them(dtype: str) -> None:
    width = lanes(REALS[dtype])
    source, out = numbers(width, dtype=dtype), np.zeros((width, 2 * width), dtype)

    def write(v: Vectors, data: Any, target: Any) -> None:
        for count in range(1, width + 1):
            v.store_first(count, v.load(data, index(0)), target, index((count - 1) * 2 * width + 1))

    run(write, source, out)
    for count in range(1, width + 1):
        np.testing.assert_array_equal(out[count - 1, 1 : count + 1], source[:count])
        assert not out[count - 1, count + 1 :].any()
        assert out[count - 1, 0] == 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_lanes_are_gathered_and_scattered(dtype: str) -> None:
    width = lanes(REALS[dtype])
    source, out = numbers(3 * width, dtype=dtype), np.zeros(3 * width, dtype)
    places = [3 * k for k in range(width)]

    def write(v: Vectors, data: Any, target: Any) -> None:
        value = v.gather(data, [index(place) for place in places])
        v.scatter(value, target, [index(place + 1) for place in places])

    run(write, source, out)
    np.testing.assert_array_equal(out[1::3], source[::3])
    assert not out[::3].any()


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_a_loop_runs_as_often_as_it_says(count: int) -> None:
    out = np.zeros(6)

    def write(v: Vectors, target: Any) -> None:
        with repeat(v.builder, count) as turn:
            place = v.builder.gep(target, [turn])
            v.builder.store(ir.Constant(v.scalar, 1.0), place)

    run(write, out)
    assert out.tolist() == [1.0] * count + [0.0] * (6 - count)
