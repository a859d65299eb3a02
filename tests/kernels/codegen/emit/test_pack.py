"""theta is copied and packed as the layout says, and numbers that are not finite are seen."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kernels.codegen.emit.frame import Frame
from kernels.codegen.emit.layout import Layout
from kernels.codegen.emit.pack import SQUARES, write_pack
from kernels.codegen.llvm.target import Target
from kernels.codegen.llvm.vectors import Vectors
from kernels.network import parameter_count
from kernels.parts import architecture
from kernels.support import aligned
from tests.kernels.codegen.emit.packed import packed
from tests.kernels.codegen.emitting import DTYPES, HOST, compiled, numbers, writer
from tests.pairwise import pairwise

PADDING = 7.0
TARGETS = {"host": HOST}
if platform.machine() in ("x86_64", "AMD64"):
    TARGETS["sse2"] = Target(HOST.triple, "x86-64", "+sse,+sse2")
    if "+avx2" in HOST.features and "+fma" in HOST.features:
        TARGETS["avx2"] = Target(HOST.triple, "haswell", "+avx,+avx2,+fma")
SIZES = [(1, 1), (3, 3, 1), (2, 9, 4), (64, 30, 10), (17, 130, 5), (16 * SQUARES + 3, 4, 8)]


def pack(where: Layout) -> Callable[..., bool]:
    """Return the compiled function of theta and the parameters."""

    def write(v: Vectors, theta: Any, parameters: Any) -> Any:
        return write_pack(Frame(v, where, parameters, None), theta)

    v = writer(where.dtype, where.target)
    return compiled(write, v, "float64", where.dtype, result=ctypes.c_bool)


@pytest.mark.parametrize(("sizes", "dtype", "target"), pairwise(SIZES, DTYPES, list(TARGETS)))
def test_theta_is_packed_as_the_layout_says(
    sizes: tuple[int, ...], dtype: str, target: str
) -> None:
    where = Layout(architecture.of(sizes)._replace(shifted=True), dtype, TARGETS[target])
    theta = numbers(parameter_count(sizes), dtype="float64")
    parameters = aligned.empty((where.size,), dtype)
    parameters[:] = PADDING
    assert pack(where)(theta, parameters) is True
    np.testing.assert_array_equal(parameters, packed(where, theta.astype(dtype), padding=PADDING))


@pytest.mark.parametrize("dtype", DTYPES)
def test_one_number_that_is_not_finite_is_seen(dtype: str) -> None:
    sizes = (5, 9, 2)
    where = Layout(architecture.of(sizes), dtype, HOST)
    function, parameters = pack(where), aligned.empty((where.size,), dtype)
    theta = numbers(parameter_count(sizes), dtype="float64")
    assert function(theta, parameters) is True
    for k in range(theta.size):
        for wrong in (np.nan, np.inf, -np.inf, 1e300):
            changed = theta.copy()
            changed[k] = wrong
            assert function(changed, parameters) is (wrong == 1e300 and dtype == "float64")
