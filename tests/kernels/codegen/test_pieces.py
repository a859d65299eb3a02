"""Pieces of generated code, each compiled alone: layers, tiles, weight sums, deltas, steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from llvmlite import ir

from kernels import Network
from kernels.codegen import batch, batch_gradient, intrinsics, losses, sample, sums
from kernels.codegen.batch import Tile
from kernels.codegen.subroutines import index
from kernels.codegen.vectors import Vectors, lanes
from tests.kernels.codegen.emitting import DTYPES, REALS, numbers, run
from tests.pairwise import pairwise


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
    """Transposed into a group and back, with fewer samples than the group holds."""
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


@pytest.mark.parametrize(
    ("ends", "is_first", "valid", "dtype"), pairwise([False, True], [False, True], [1, 5], DTYPES)
)
def test_weight_sums_of_a_group(ends: bool, is_first: bool, valid: int, dtype: str) -> None:
    """Sums over the valid samples are added to those there; the last vector may overlap."""
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
    """Each thread reduces the gradients and applies the update for its slice."""
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
