"""A layer of one sample, and what happens to a sample before the first layer."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest

from kernels import Network
from kernels.codegen.emit import sample
from kernels.codegen.emit.frame import Frame
from kernels.codegen.llvm.vectors import Vectors
from tests.kernels.codegen.emit.packed import packed
from tests.kernels.codegen.emitting import DTYPES, compiled, layout, numbers, run, writer


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 9), (7, 130), (64, 30), (5, 517)])
def test_a_layer_of_one_sample(shape: tuple[int, int], dtype: str) -> None:
    network = Network.centred(shape, seed=1)
    where = layout(shape, dtype)
    x, out = numbers(shape[0], dtype=dtype), np.full(shape[1] + 1, 7, dtype)
    padded = np.full(where.layers[0].vectors * where.lanes, 7, dtype)

    def write(v: Vectors, parameters: Any, h: Any, exact: Any, room: Any) -> None:
        frame = Frame(v, where, parameters, None)
        sample.write_layer(frame, where.layers[0], h, exact, padded=False)
        sample.write_layer(frame, where.layers[0], h, room, padded=True)

    run(write, packed(where, network.theta.astype(dtype)), x, out, padded)
    true = 1 / (1 + np.exp(-(network.W[0] @ x.astype(float) + network.b[0])))
    bound = 1e-14 if dtype == "float64" else 2e-6
    np.testing.assert_allclose(out[:-1], true, atol=bound, rtol=0)
    np.testing.assert_allclose(padded[: shape[1]], true, atol=bound, rtol=0)
    assert out[-1] == 7


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_shift_is_subtracted_in_float64(dtype: str) -> None:
    where = layout((11, 2), dtype, shifted=True)
    theta = numbers(24, dtype=dtype)
    shift = 300 + numbers(11, dtype="float64", seed=1)
    x = (300 + numbers(11, dtype="float64", seed=2)).astype(dtype)
    out = np.full(where.whole(11), 7, dtype)

    def write(v: Vectors, parameters: Any, source: Any, target: Any) -> None:
        sample.write_shifted(Frame(v, where, parameters, None), source, target)

    run(write, packed(where, theta, shift), x, out)
    np.testing.assert_array_equal(out[:11], (x.astype(float) - shift).astype(dtype))
    assert not out[11:].any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", [1, 3, 16, 19])
def test_numbers_that_are_not_finite_are_found_wherever_they_are(width: int, dtype: str) -> None:
    v = writer(dtype)
    are_finite = compiled(
        lambda v, x: sample.are_finite(v, width, x), v, dtype, result=ctypes.c_bool
    )
    x = np.append(numbers(width, dtype=dtype) * (np.finfo(dtype).max / 100), np.nan).astype(dtype)
    assert are_finite(x)
    for k in range(width):
        for wrong in (np.nan, np.inf, -np.inf):
            changed = x.copy()
            changed[k] = wrong
            assert not are_finite(changed)
