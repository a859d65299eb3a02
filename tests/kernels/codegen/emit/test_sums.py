"""Sums of dW over the samples of a group, and steps of descent over the gradients of threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from llvmlite import ir

from kernels.codegen.emit import steps, sums
from kernels.codegen.emit.arrays import Block, Matrix
from kernels.codegen.emit.groups import Tile
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import BIT, index
from tests.kernels.codegen.emitting import DTYPES, lanes, numbers, run
from tests.pairwise import pairwise


@pytest.mark.parametrize(
    ("ends", "is_first", "valid", "dtype"), pairwise([False, True], [False, True], [1, 5], DTYPES)
)
def test_weight_sums_of_a_group(ends: bool, is_first: bool, valid: int, dtype: str) -> None:
    """Sums over the valid samples are added to those there; the last vector may overlap."""
    width = lanes(dtype)
    samples, inputs, padded = 4 * width, 2 * width - 1, 2 * width
    D, rows = numbers(3, samples, dtype=dtype), numbers(valid, inputs, dtype=dtype, seed=1)
    dW = np.full((3, padded), np.nan if is_first else 1, dtype)
    out = np.full(3 * inputs + 1, 7, dtype)

    def write(v: Vectors, deltas: Any, source: Any, sums_begun: Any, result: Any) -> None:
        overlapping = inputs - width
        begun = Block(Matrix(v, sums_begun, padded), 2, width)
        mean = Block(Matrix(v, result, inputs), 2, overlapping)
        to = (mean, v.scalar(0.5)) if ends else (begun, v.scalar(1.0))
        read = Block(Matrix(v, source, inputs), 2, overlapping)
        how = sums.Ends(BIT(is_first), begun, *to)
        sums.write_weight_tile(Tile(3, 2), Matrix(v, deltas, samples), read, index(valid), how)

    run(write, D, rows, dW, out)
    true = D[:, :valid] @ rows + (0 if is_first else 1)
    bound = 1e-13 if dtype == "float64" else 1e-5
    if ends:
        np.testing.assert_allclose(out[:-1].reshape(3, inputs), true / 2, atol=bound, rtol=0)
    else:
        np.testing.assert_allclose(dW[:, :width], true[:, :width], atol=bound, rtol=0)
        np.testing.assert_allclose(dW[:, width:], true[:, inputs - width :], atol=bound, rtol=0)
    assert (out[-1:] == 7).all() if ends else (out == 7).all()


@pytest.mark.parametrize(
    ("whole", "parts"),
    [(1, [1]), (6, [6]), (7, [4, 3]), (13, [5, 4, 4]), (25, [5] * 5), (196, [6] * 31 + [5] * 2)],
)
def test_a_row_is_cut_into_few_parts_that_are_nearly_equal(whole: int, parts: list[int]) -> None:
    assert sums.even_parts(whole, 6) == parts


@pytest.mark.parametrize(("count", "threads", "dtype"), pairwise([1, 8, 37], [1, 3], DTYPES))
def test_a_step(count: int, threads: int, dtype: str) -> None:
    """Each thread reduces the gradients and applies the update for its slice."""
    theta, step = (numbers(count + 1, dtype=dtype, seed=seed) for seed in range(2))
    others = numbers(threads, count, dtype=dtype, seed=2)
    total = step[:-1] + others[1:].sum(axis=0)
    moved, last = theta.copy(), step[-1]

    def write(v: Vectors, parameters: Any, gradient: Any, gradients: Any) -> None:
        alpha, rows = ir.Constant(v.scalar, 0.25), Matrix(v, gradients, count)
        for rank in range(threads):
            thread = steps.Thread(index(rank), index(threads))
            steps.write_step(thread, count, parameters, gradient, rows, alpha)

    run(write, moved, step, others)
    np.testing.assert_allclose(step[:-1], total, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(moved[:-1], theta[:-1] - total / 4, rtol=1e-6, atol=1e-6)
    assert (moved[-1], step[-1]) == (theta[-1], last)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 100])
@pytest.mark.parametrize("threads", [1, 2, 3, 5])
def test_shares_cover_all_items_in_order(count: int, threads: int) -> None:
    ends = np.zeros((threads, 2), np.int64)
    whole = 4

    def write(v: Vectors, _: Any, found: Any) -> None:
        b = v.builder
        for rank in range(threads):
            thread = steps.Thread(index(rank), index(threads))
            for k, end in enumerate(thread.share(b, index(count), whole)):
                b.store(end, b.gep(found, [index(2 * rank + k)]))

    run(write, np.zeros(1), ends)
    assert ends[0, 0] == 0
    assert ends[-1, 1] == count
    assert (ends[1:, 0] == ends[:-1, 1]).all()
    assert all(start % whole == 0 for start, end in ends if start < end)
