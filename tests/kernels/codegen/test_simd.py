"""What the fastest rung is made of, each piece alone: layout, vectors, samples, batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from llvmlite import ir

from kernels import Network
from kernels.codegen import batch, batch_gradient, intrinsics, losses, sample, sums
from kernels.codegen.batch import Tile
from kernels.codegen.layout import Layout
from kernels.codegen.subroutines import index, repeat
from kernels.codegen.vectors import Vectors, lanes
from kernels.network import parameter_count, views
from kernels.parts import architecture
from kernels.support import aligned
from tests.emitting import DTYPES, REALS, numbers, run
from tests.kernels.test_properties import RELAXED
from tests.pairwise import pairwise

# --- layout -------------------------------------------------------------------------------------


@given(
    sizes=st.lists(st.integers(1, 70), min_size=2, max_size=5).map(tuple),
    width=st.sampled_from([2, 4, 8, 16]),
    most=st.integers(1, 14),
)
@RELAXED
def test_every_parameter_has_its_places(sizes: tuple[int, ...], width: int, most: int) -> None:
    layout = Layout(architecture.of(sizes), width, most)
    theta = np.arange(1.0, parameter_count(sizes) + 1)
    parameters = layout.pack(theta)
    assert parameters.shape == (layout.size,)
    assert parameters.ctypes.data % aligned.LINE == 0
    np.testing.assert_array_equal(parameters[: theta.size], theta)
    assert sorted(parameters[parameters != 0]) == sorted([*theta, *theta])
    for layer, W, b in zip(layout.layers, *views(theta, sizes), strict=True):
        assert layer.packed % width == 0
        np.testing.assert_array_equal(parameters[layer.weights :][: W.size], W.ravel())
        np.testing.assert_array_equal(parameters[layer.biases :][: b.size], b)
        assert sum(layer.blocks) == layer.vectors
        assert max(layer.blocks) <= most
        place, node = layer.packed, 0
        for vectors in layer.blocks:
            for row in range(layer.inputs + 1):
                for lane in range(min(vectors * width, b.size - node)):
                    want = W[node + lane, row - 1] if row else b[node + lane]
                    assert parameters[place + row * vectors * width + lane] == want
            place += (layer.inputs + 1) * vectors * width
            node += vectors * width


def test_a_layout_can_be_read() -> None:
    text = str(Layout(architecture.of((64, 30, 10)), 8, 14))
    assert "layer 0, packed: (1 + 64) rows of 4 vectors (2 lanes of padding), 1 block of 4" in text
    assert "layer 1" in text


# --- vectors ------------------------------------------------------------------------------------


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
def test_a_loop_takes_its_turns(count: int) -> None:
    out = np.zeros(6)

    def write(v: Vectors, target: Any) -> None:
        with repeat(v.builder, count) as turn:
            place = v.builder.gep(target, [turn])
            v.builder.store(ir.Constant(v.scalar, 1.0), place)

    run(write, out)
    assert out.tolist() == [1.0] * count + [0.0] * (6 - count)


# --- one sample ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 9), (7, 130), (64, 30), (5, 517)])
def test_a_layer_of_one_sample(shape: tuple[int, int], dtype: str) -> None:
    network = Network.centred(shape, seed=1)
    layout = intrinsics.layout(shape, dtype)
    x, out = numbers(shape[0], dtype=dtype), np.full(shape[1] + 1, 7, dtype)
    padded = np.full(layout.layers[0].vectors * layout.lanes, 7, dtype)

    def write(v: Vectors, parameters: Any, h: Any, exact: Any, room: Any) -> None:
        sample.write_layer(v, layout.layers[0], parameters, h, exact, padded=False)
        sample.write_layer(v, layout.layers[0], parameters, h, room, padded=True)

    run(write, layout.pack(network.theta.astype(dtype)), x, out, padded)
    true = 1 / (1 + np.exp(-(network.W[0] @ x.astype(float) + network.b[0])))
    bound = 1e-14 if dtype == "float64" else 2e-6
    np.testing.assert_allclose(out[:-1], true, atol=bound, rtol=0)
    np.testing.assert_allclose(padded[: shape[1]], true, atol=bound, rtol=0)
    assert out[-1] == 7


# --- batches ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("tile", [Tile(1, 1), Tile(3, 2), *batch.tiles()], ids=str)
@pytest.mark.parametrize("inputs", [1, 13])
def test_a_tile(tile: Tile, inputs: int, dtype: str) -> None:
    samples = tile.vectors * lanes(REALS[dtype])
    W, b = numbers(tile.nodes, inputs, dtype=dtype), numbers(tile.nodes, dtype=dtype, seed=1)
    H, Z = numbers(inputs, samples, dtype=dtype, seed=2), np.empty((tile.nodes, samples), dtype)

    def write(v: Vectors, weights: Any, bias: Any, source: Any, target: Any) -> None:
        given = (index(inputs), source, target, index(samples))
        batch.write_tile(v.real, tile, v.builder, weights, bias, *given)

    run(write, W, b, H, Z)
    bound = 1e-13 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(Z, W @ H + b[:, None], atol=bound, rtol=0)


@pytest.mark.parametrize(
    ("width", "tiles", "dtype"),
    pairwise([1, 3, 8, 13, 16, 33], [(1, 1), (3, 3), (3, 1)], DTYPES),
)
def test_samples_are_read_and_written(width: int, tiles: tuple[int, int], dtype: str) -> None:
    """There and back again, with fewer samples than there is room for."""
    vectors, tile_vectors = tiles
    samples = vectors * lanes(REALS[dtype])
    for valid in (samples - lanes(REALS[dtype]) + 1, samples - 1, samples):
        X = numbers(valid, width, dtype=dtype)
        H, out = np.full((width, samples), np.nan, dtype), np.full((valid + 1, width), 7, dtype)

        def write(v: Vectors, rows: Any, middle: Any, back: Any, valid: int = valid) -> None:
            group = batch.Group(v, Tile(1, tile_vectors), index(valid))
            batch.write_reading(v, width, group, rows, middle)
            batch.write_writing(v, width, group, middle, back)

        run(write, X, H, out)
        np.testing.assert_array_equal(H[:, :valid], X.T)
        np.testing.assert_array_equal(H[:, valid:], np.repeat(X[-1:].T, samples - valid, axis=1))
        np.testing.assert_array_equal(out[:-1], X)
        assert (out[-1] == 7).all()


# --- the way back -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "is_first", "valid", "dtype"), pairwise([False, True], [False, True], [1, 5], DTYPES)
)
def test_weight_sums_of_a_group(ends: bool, is_first: bool, valid: int, dtype: str) -> None:
    """Added to what is there, over the samples that exist; the last vector may overlap."""
    width = lanes(REALS[dtype])
    samples, inputs, padded = 2 * width, 2 * width - 1, 2 * width
    D, rows = numbers(3, samples, dtype=dtype), numbers(valid, inputs, dtype=dtype, seed=1)
    dW = np.full((3, padded), np.nan if is_first else 1, dtype)
    out = np.full(3 * inputs + 1, 7, dtype)

    def write(v: Vectors, deltas: Any, source: Any, sums_begun: Any, result: Any) -> None:
        given = (deltas, index(samples), source, index(inputs), index(inputs - width))
        begun = (index(valid), ir.IntType(1)(is_first), sums_begun, index(padded))
        to = (result, index(inputs), index(inputs - width), v.scalar(0.5))
        if not ends:
            to = (sums_begun, index(padded), index(width), v.scalar(1.0))
        sums.write_weight_tile(v.real, Tile(3, 2), v.builder, *given, *begun, *to)

    run(write, D, rows, dW, out)
    true = D[:, :valid] @ rows + (0 if is_first else 1)
    bound = 1e-13 if dtype == "float64" else 1e-5
    if ends:
        np.testing.assert_allclose(out[:-1].reshape(3, inputs), true / 2, atol=bound, rtol=0)
    else:
        np.testing.assert_allclose(dW[:, :width], true[:, :width], atol=bound, rtol=0)
        np.testing.assert_allclose(dW[:, width:], true[:, inputs - width :], atol=bound, rtol=0)
    assert (out[-1:] == 7).all() if ends else (out == 7).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_output_deltas_of_a_group(dtype: str) -> None:
    width = lanes(REALS[dtype])
    valid = 2 * width - 1
    h, y = (np.abs(numbers(3, 2 * width, dtype=dtype, seed=seed)) % 1 for seed in range(2))
    D, totals, layout = y.copy(), np.array([10.0, 20.0]), intrinsics.layout((2, 3), dtype)

    def write(v: Vectors, outputs: Any, deltas: Any, both: Any) -> None:
        group = batch.Group(v, Tile(1, 1), index(valid))
        losses.write_output_deltas(v, layout, group, outputs, deltas, both)

    run(write, h, D, totals)
    miss = (h.astype(float) - y)[:, :valid]
    bound = 1e-14 if dtype == "float64" else 1e-6
    slope = (h * (1 - h))[:, :valid]
    np.testing.assert_allclose(D[:, :valid], miss * slope, atol=bound, rtol=0)
    assert not D[:, valid:].any()
    squares = (miss**2).sum(axis=0)
    expected = [10 + squares.sum() / 2, 20 + np.sqrt(squares).sum()]
    np.testing.assert_allclose(totals, expected, rtol=100 * bound)


@pytest.mark.parametrize(("count", "threads", "dtype"), pairwise([1, 8, 37], [1, 3], DTYPES))
def test_a_step(count: int, threads: int, dtype: str) -> None:
    """Every thread takes its part, of the sum of all threads' gradients."""
    theta, step = (numbers(count + 1, dtype=dtype, seed=seed) for seed in range(2))
    others = numbers(threads, count, dtype=dtype, seed=2)
    total = step[:-1] + others[1:].sum(axis=0)
    moved, last = theta.copy(), step[-1]

    def write(v: Vectors, parameters: Any, gradient: Any, gradients: Any) -> None:
        alpha, distance = ir.Constant(v.scalar, 0.25), index(count)
        for rank in range(threads):
            part = (index(rank), index(threads))
            batch_gradient.write_step(
                v, count, parameters, gradient, gradients, distance, alpha, part
            )

    run(write, moved, step, others)
    np.testing.assert_allclose(step[:-1], total, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(moved[:-1], theta[:-1] - total / 4, rtol=1e-6, atol=1e-6)
    assert (moved[-1], step[-1]) == (theta[-1], last)
