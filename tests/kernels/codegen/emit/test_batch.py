"""Groups, tiles and transposing: a layer of samples, node by node."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels.codegen.emit import batch, transposing
from kernels.codegen.emit.arrays import Matrix
from kernels.codegen.emit.groups import Group, Tile, each_group, each_height, tiles
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import index
from kernels.parts.activations import ACTIVATIONS
from tests.kernels.codegen.emitting import DTYPES, HOST, lanes, numbers, run
from tests.pairwise import pairwise


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("tile", [Tile(1, 1), Tile(3, 2), *tiles(HOST)], ids=str)
@pytest.mark.parametrize(("inputs", "f"), [(1, "relu"), (13, "identity"), (13, "leaky_relu")])
def test_a_tile(tile: Tile, inputs: int, f: str, dtype: str) -> None:
    samples = tile.vectors * lanes(dtype)
    W, b = numbers(tile.nodes, inputs, dtype=dtype), numbers(tile.nodes, dtype=dtype, seed=1)
    H, Z = numbers(inputs, samples, dtype=dtype, seed=2), np.empty((tile.nodes, samples), dtype)

    def write(v: Vectors, weights: Any, bias: Any, source: Any, target: Any) -> None:
        rows = Matrix(v, weights, index(inputs))
        nodes = Matrix(v, source, index(samples))
        batch.write_tile(tile, rows, bias, nodes, target, ACTIVATIONS[f])

    run(write, W, b, H, Z)
    bound = 1e-13 if dtype == "float64" else 1e-5
    expected = ACTIVATIONS[f].value(W @ H + b[:, None])
    np.testing.assert_allclose(Z, expected, atol=bound, rtol=0)


@pytest.mark.parametrize(
    ("width", "shape", "dtype"),
    pairwise([1, 3, 8, 13, 16, 33], [(1, 1), (3, 3), (3, 1)], DTYPES),
)
def test_samples_are_read_and_written(width: int, shape: tuple[int, int], dtype: str) -> None:
    """Transposed into a group and back, with fewer samples than the group holds."""
    vectors, tile_vectors = shape
    samples = vectors * lanes(dtype)
    for valid in (samples - lanes(dtype) + 1, samples - 1, samples):
        X = numbers(valid, width, dtype=dtype)
        H, out = np.full((width, samples), np.nan, dtype), np.full((valid + 1, width), 7, dtype)

        def write(v: Vectors, rows: Any, middle: Any, back: Any, valid: int = valid) -> None:
            group = Group(v, Tile(1, tile_vectors), index(valid))
            nodes = group.by_node(middle)
            transposing.write_to_nodes(group, width, Matrix(v, rows, width), nodes)
            transposing.write_to_rows(group, width, nodes, Matrix(v, back, width))

        run(write, X, H, out)
        np.testing.assert_array_equal(H[:, :valid], X.T)
        np.testing.assert_array_equal(H[:, valid:], np.repeat(X[-1:].T, samples - valid, axis=1))
        np.testing.assert_array_equal(out[:-1], X)
        assert (out[-1] == 7).all()


def test_rows_can_lie_further_apart_than_they_are_long() -> None:
    samples, width = lanes("float64"), 3
    H, out = numbers(width, samples, dtype="float64"), np.full((samples, 7), 9.0)

    def write(v: Vectors, nodes: Any, rows: Any) -> None:
        group = Group(v, Tile(1, 1), index(samples))
        transposing.write_to_rows(group, width, group.by_node(nodes), Matrix(v, rows, 7))

    run(write, H, out)
    np.testing.assert_array_equal(out[:, :width], H.T)
    assert (out[:, width:] == 9).all()


WIDE = tiles(HOST)[0].vectors * lanes("float64")
"""Samples of a group as wide as the wide tile."""
LANES = lanes("float64")


@pytest.mark.parametrize(
    "rows",
    [0, 1, LANES, WIDE - LANES, WIDE - LANES + 1, WIDE, WIDE + 1, 3 * WIDE - 1, 3 * WIDE + LANES],
)
def test_every_row_is_in_one_group(rows: int) -> None:
    """Each row is counted once; a last group that fills all vectors but for lanes is wide too."""
    counts, widths = np.zeros(rows + 1, np.int64), np.zeros(rows + 1, np.int64)

    def write(v: Vectors, found: Any, vectors: Any) -> None:
        def count(tile: Tile, first: Any, valid: Any) -> None:
            b = v.builder
            place = b.gep(found, [first])
            b.store(b.add(b.load(place), valid), place)
            b.store(index(tile.vectors), b.gep(vectors, [first]))

        with v.builder.if_then(v.builder.icmp_signed(">", index(rows), index(0))):
            each_group(v, index(rows), count)

    run_in_float64(write, counts, widths)
    starts = np.arange(0, rows, WIDE)
    each = np.minimum(rows - starts, WIDE)
    assert np.flatnonzero(counts).tolist() == starts.tolist()
    assert counts[starts].tolist() == each.tolist()
    wide, narrow = (one.vectors for one in tiles(HOST))
    assert widths[starts].tolist() == np.where(each > WIDE - LANES, wide, narrow).tolist()


def run_in_float64(write: Any, *arrays: Any) -> None:
    """Run code that computes with float64 vectors on arrays of other dtypes."""
    run(lambda v, _, *rest: write(v, *rest), np.zeros(1), *arrays)


@pytest.mark.parametrize("nodes", [1, 2, 3, 4, 5, 9])
def test_tiles_cover_every_node_once(nodes: int) -> None:
    counts = np.zeros(nodes + 1, np.int64)

    def write(v: Vectors, found: Any) -> None:
        def count(tile: Tile, node: Any) -> None:
            b = v.builder
            for k in range(tile.nodes):
                place = b.gep(found, [b.add(node, index(k))])
                b.store(b.add(b.load(place), index(1)), place)

        each_height(v, nodes, Tile(4, 1), count)

    run_in_float64(write, counts)
    assert counts.tolist() == [1] * nodes + [0]
