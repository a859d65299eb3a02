"""Vectors in registers: transposed, loaded and stored in part, gathered, added up, compared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from llvmlite import ir

from kernels.codegen.llvm.vectors import Registers, Vectors
from kernels.codegen.llvm.writing import index
from tests.kernels.codegen.emitting import DTYPES, HOST, lanes, numbers, run


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_square_is_transposed(dtype: str) -> None:
    width = lanes(dtype)
    square, out = numbers(width, width, dtype=dtype), np.empty((width, width), dtype)

    def write(v: Vectors, source: Any, target: Any) -> None:
        rows = [v.load(source, index(k * width)) for k in range(width)]
        for k, column in enumerate(v.transposed(rows)):
            v.store(column, target, index(k * width))

    run(write, square, out)
    np.testing.assert_array_equal(out, square.T)


@pytest.mark.parametrize("dtype", DTYPES)
def test_lanes_are_added_up(dtype: str) -> None:
    width = lanes(dtype)
    rows, out = numbers(width, width, dtype=dtype), np.empty((3, width), dtype)

    def write(v: Vectors, source: Any, target: Any) -> None:
        values = [v.load(source, index(k * width)) for k in range(width)]
        v.store(v.totals(values), target, index(0))
        v.store(v.totals(values[:-1]), target, index(width))
        v.store(v.splat(v.total(values[1])), target, index(2 * width))

    run(write, rows, out)
    sums = rows.sum(axis=1)
    expected = np.stack([sums, np.append(sums[:-1], 0), np.full(width, sums[1])])
    np.testing.assert_allclose(out, expected, rtol=width * float(np.finfo(dtype).eps))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_first_lanes_are_stored_and_nothing_behind_them(dtype: str) -> None:
    width = lanes(dtype)
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
    width = lanes(dtype)
    source, out = numbers(3 * width, dtype=dtype), np.zeros(3 * width, dtype)
    places = [3 * k for k in range(width)]

    def write(v: Vectors, data: Any, target: Any) -> None:
        value = v.gather(data, [index(place) for place in places])
        v.scatter(value, target, [index(place + 1) for place in places])

    run(write, source, out)
    np.testing.assert_array_equal(out[1::3], source[::3])
    assert not out[::3].any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_first_lanes_are_loaded_and_the_others_are_0(dtype: str) -> None:
    """From float64 numbers too; what lies behind is not used."""
    width = lanes(dtype)
    source, wide = numbers(width, dtype=dtype), numbers(width, dtype="float64", seed=1)
    out = np.full((2, width, width), 7, dtype)

    def write(v: Vectors, data: Any, doubles: Any, target: Any) -> None:
        for count in range(1, width + 1):
            place = (count - 1) * width
            v.store(v.load_first(count, data, index(0)), target, index(place))
            found = v.load_doubles(count, doubles, index(0))
            v.store(found, target, index(width * width + place))

    run(write, source, wide, out)
    first = np.tri(width, dtype=bool)
    np.testing.assert_array_equal(out[0], np.where(first, source, 0))
    np.testing.assert_array_equal(out[1], np.where(first, wide.astype(dtype), 0))


@pytest.mark.parametrize("dtype", DTYPES)
def test_lanes_are_added_up_and_compared(dtype: str) -> None:
    width = lanes(dtype)
    source, out = numbers(3, width, dtype=dtype), np.zeros(4, dtype)

    def write(v: Vectors, data: Any, target: Any) -> None:
        vectors = [v.load(data, index(k * width)) for k in range(3)]
        found = (v.total(vectors[0]), v.greatest(vectors[1]), Registers(v, vectors).total())
        for k, number in enumerate((*found, v.log(v.scalar(2.0)))):
            v.builder.store(number, v.builder.gep(target, [index(k)]))

    run(write, source, out)
    true = [source[0].sum(), source[1].max(), source.sum(), np.log(2)]
    np.testing.assert_allclose(out, true, rtol=1e-5)


@pytest.mark.parametrize("dtype", DTYPES)
def test_masks_and_bounds(dtype: str) -> None:
    width = lanes(dtype)
    bounded, few = np.zeros(width, dtype), np.full((width + 2, width), 7, dtype)
    source = np.resize(np.array([np.nan, -np.inf, -3, 0.5, 3], dtype), width)

    def write(v: Vectors, data: Any, clamped: Any, masked: Any) -> None:
        v.store(v.clamp(v.load(data, index(0)), 2.0), clamped, index(0))
        for count in range(-1, width + 1):
            one = v.builder.select(v.first_lanes(index(count)), v.constant(1.0), v.constant(0.0))
            v.store(one, masked, index((count + 1) * width))

    run(write, source, bounded, few)
    np.testing.assert_array_equal(bounded, np.clip(source, -2, 2))
    assert few.sum(axis=1).tolist() == [0, *range(width + 1)]
    assert (np.sort(few, axis=1)[:, ::-1] == few).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", range(1, 9))
def test_rows_become_nodes_by_exchanging_lanes(width: int, dtype: str) -> None:
    count = lanes(dtype)
    rows, out = numbers(count, width, dtype=dtype), np.empty((width, count), dtype)

    def write(v: Vectors, source: Any, target: Any) -> None:
        read = [v.load(source, index(k * count)) for k in range(width)]
        for j in range(width):
            node = v.exchanged(read, [lane * width + j for lane in range(count)])
            v.store(node, target, index(j * count))

    run(write, rows, out)
    np.testing.assert_array_equal(out, rows.T)


@pytest.mark.parametrize("dtype", DTYPES)
def test_lanes_of_wide_vectors_are_spread_over_narrow_ones(dtype: str) -> None:
    count = lanes(dtype)
    source, out = numbers(count, dtype=dtype), np.zeros((count, count), dtype)

    def write(v: Vectors, data: Any, target: Any) -> None:
        narrow = v.narrow(1)
        for k in range(count):
            narrow.store(narrow.lane(v.load(data, index(0)), k), target, index(k * count))

    run(write, source, out)
    few = 128 // (8 * source.itemsize)
    np.testing.assert_array_equal(out[:, :few], np.repeat(source, few).reshape(count, few))
    assert not out[:, few:].any()


@pytest.mark.skipif(not HOST.looks_up, reason="no instruction looks lanes up in registers")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("wanted", [1, 4, 16])
def test_tables_are_looked_up_by_the_last_four_bits(wanted: int, dtype: str) -> None:
    kind = np.dtype(f"i{np.dtype(dtype).itemsize}")
    table = np.random.default_rng(0).standard_normal(16).astype(dtype)
    found: list[Any] = []
    for start in range(0, 32, lanes(dtype)):
        places = (np.arange(start, start + lanes(dtype)) * 7 - 50).astype(kind)
        out = np.zeros(lanes(dtype), dtype)

        def write(v: Vectors, target: Any, places: Any = places) -> None:
            narrow = v.narrow(min(wanted, v.lanes))
            values = [int(one) for one in places[: narrow.lanes]]
            chosen = narrow.looked_up(
                narrow.table([float(one) for one in table]), ir.Constant(narrow.integer, values)
            )
            narrow.store(chosen, target, index(0))

        run(write, out)
        few = max(128 // (8 * out.itemsize), min(wanted, lanes(dtype)))
        np.testing.assert_array_equal(out[:few], table[places[:few] & 15])
        found.append(out)
    assert found
