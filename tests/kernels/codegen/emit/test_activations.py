"""Activations of whole layers, of one sample and of many, against the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels.codegen.emit import activations
from kernels.codegen.emit.arrangement import NodeLanes
from kernels.codegen.emit.groups import Group, Tile
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import index
from kernels.parts.activations import ACTIVATIONS
from kernels.proof import reference
from tests.kernels.codegen.emitting import DTYPES, lanes, layout, numbers, run
from tests.pairwise import pairwise


@pytest.mark.parametrize(
    ("name", "count", "dtype"),
    pairwise([one for one, f in ACTIVATIONS.items() if not f.over_nodes], [1, 3, 4, 9], DTYPES),
)
def test_activations_of_many_vectors(name: str, count: int, dtype: str) -> None:
    z = numbers(count * lanes(dtype) + 1, dtype=dtype)
    data = z.copy()
    f = ACTIVATIONS[name]
    run(lambda v, place: activations.activate(v, f, place, index(count)), data)
    true, _ = f.exact(reference.ARITHMETIC, reference.ARITHMETIC.wide(z[:-1]))
    np.testing.assert_allclose(
        data[:-1], true.astype(float), rtol=4 * float(np.finfo(dtype).eps), atol=0
    )
    assert data[-1] == z[-1]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", [1, 3, 8, 13, 40])
def test_softmax_of_one_and_of_samples(width: int, dtype: str) -> None:
    lane = lanes(dtype)
    z = 10 * numbers(width, 2 * lane, dtype=dtype)
    z[0, 0], z[-1, 1] = 1e4, -1e4
    together, layer = z.copy(), layout((1, width), dtype, ("softmax",)).layers[0]

    def write(v: Vectors, data: Any) -> None:
        group = Group(v, Tile(1, 2), index(2 * lane))
        activations.activate_group(group, layer, group.by_node(data))

    run(write, together)
    wide = reference.ARITHMETIC.wide(z.T)
    true = ACTIVATIONS["softmax"].exact(reference.ARITHMETIC, wide)[0].astype(float)
    bound = 1e-13 if dtype == "float64" else 2e-5
    np.testing.assert_allclose(together.T, true, rtol=bound, atol=1e-37)
    padded = np.full(-(-width // lane) * lane, 1e9, dtype)  # what lies behind must not count
    for column in (0, 1, 2):
        padded[:width] = z[:, column]
        room, out = padded.copy(), np.full(width + 1, 7, dtype)

        def write_one(v: Vectors, place: Any, target: Any) -> None:
            activations.write_softmax(NodeLanes(v, width), place, target)

        run(write_one, room, out)
        np.testing.assert_allclose(out[:-1], true[column], rtol=bound, atol=1e-37)
        assert out[-1] == 7


@pytest.mark.parametrize("dtype", DTYPES)
def test_softmax_passes_nan_on(dtype: str) -> None:
    """One NaN among the z of a sample makes all of its outputs NaN, and no other sample's."""
    lane, width = lanes(dtype), 5
    layer = layout((1, width), dtype, ("softmax",)).layers[0]
    z = numbers(width, lane, dtype=dtype)
    for k in range(width):
        changed = z.copy()
        changed[k, 1] = np.nan

        def write(v: Vectors, data: Any) -> None:
            group = Group(v, Tile(1, 1), index(lane))
            activations.activate_group(group, layer, group.by_node(data))

        run(write, changed)
        assert np.isnan(changed[:, 1]).all()
        assert np.isfinite(np.delete(changed, 1, axis=1)).all()
