"""Deltas and losses of the output layer, of one sample and of many, against the reference."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest
from llvmlite import ir

from kernels.codegen.emit import losses
from kernels.codegen.emit.groups import Group, Tile
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import index
from kernels.parts.architecture import Architecture
from kernels.proof import reference
from tests.kernels.architectures import ENDS
from tests.kernels.codegen.emitting import DTYPES, compiled, lanes, numbers, run, writer
from tests.pairwise import pairwise

BOUND = {"float64": 1e-13, "float32": 3e-5}


class Case:
    """Samples that have passed the output layer, and what follows for them."""

    def __init__(self, kind: tuple[str, str], width: int, samples: int, dtype: str) -> None:
        self.architecture = what = Architecture((2, width), kind[:1], kind[1])
        z = 3 * numbers(samples, width, dtype=dtype)
        y = np.abs(numbers(samples, width, dtype=dtype, seed=1)) % 1
        wide, self.y = reference.ARITHMETIC.wide(z), y
        h, slope = what.functions[-1].exact(reference.ARITHMETIC, wide)
        self.given = z if losses.takes_z(what) else h.astype(dtype)
        """What the forward pass leaves: z or h."""
        target = reference.ARITHMETIC.wide(y)
        self.delta = reference.output_delta(what, h, slope, target).astype(float)
        losses_of = what.objective.exact
        given = reference.ARITHMETIC, what.functions[-1], wide, h, target
        self.losses = losses_of(*given).astype(float)
        self.misses = (((h - target) ** 2).sum(axis=1) ** 0.5).astype(float)


@pytest.mark.parametrize(("kind", "width", "dtype"), pairwise(ENDS, [1, 3, 8, 13], DTYPES))
def test_output_deltas_of_a_group(kind: tuple[str, str], width: int, dtype: str) -> None:
    """Samples that do not exist get deltas of 0, and count for nothing."""
    samples = 2 * lanes(dtype)
    case, valid = Case(kind, width, samples, dtype), samples - 1
    H, D = (np.ascontiguousarray(one.T) for one in (case.given, case.y))
    H[:, valid:] = np.nan
    totals = np.array([10.0, 20.0])

    def write(v: Vectors, outputs: Any, deltas: Any, both: Any) -> None:
        group = Group(v, Tile(1, 2), index(valid))
        matrices = group.by_node(outputs), group.by_node(deltas)
        nowhere = v.scalar.as_pointer()(None)
        losses.write_output_deltas(group, case.architecture, *matrices, nowhere, both)

    run(write, H, D, totals)
    bound = BOUND[dtype]
    np.testing.assert_allclose(D[:, :valid].T, case.delta[:valid], atol=bound, rtol=bound)
    assert not D[:, valid:].any()
    expected = [10 + case.losses[:valid].sum(), 20 + case.misses[:valid].sum()]
    np.testing.assert_allclose(totals, expected, rtol=bound)


@pytest.mark.parametrize(("kind", "width", "dtype"), pairwise(ENDS, [1, 3, 8, 13], DTYPES))
def test_output_delta_of_one_sample(kind: tuple[str, str], width: int, dtype: str) -> None:
    """What lies behind h counts for nothing, behind y is not read, and behind delta is 0."""
    case = Case(kind, width, 3, dtype)
    padded = -(-width // lanes(dtype)) * lanes(dtype)

    def write(v: Vectors, outputs: Any, target: Any, delta: Any) -> Any:
        loss = losses.write_output_delta(v, case.architecture, outputs, target, delta)
        return loss if dtype == "float64" else v.builder.fpext(loss, ir.DoubleType())

    function = compiled(write, writer(dtype), dtype, dtype, dtype, result=ctypes.c_double)
    for k in range(3):
        h, y, D = (np.full(padded, one, dtype) for one in (1e9, np.nan, 1))
        h[:width], y[:width] = case.given[k], case.y[k]
        loss = function(h, y, D)
        np.testing.assert_allclose(D[:width], case.delta[k], atol=BOUND[dtype], rtol=BOUND[dtype])
        assert not D[width:].any()
        np.testing.assert_allclose(loss, case.losses[k], rtol=BOUND[dtype])
