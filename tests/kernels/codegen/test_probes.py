"""Probes measure the machine's rates: they do exactly the work that they are timed for."""

from __future__ import annotations

import numpy as np
import pytest
from numba import types

from kernels.codegen import probes, vectors
from kernels.support import aligned


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_probes_do_exactly_the_work_they_are_timed_for(dtype: str) -> None:
    """Count the multiply-adds, and check that every number is read: rates depend on both."""
    one = np.dtype(dtype).type
    work = probes.multiply_adds_a_turn(dtype)
    assert work == probes.CHAINS * vectors.lanes(getattr(types, dtype))
    assert probes.multiply_add(5, one(1), one(1)) == 5 * work
    assert probes.multiply_add(2, one(2), one(1)) == 3 * work
    z, out = (np.linspace(-1, 1, 17).astype(dtype) for _ in range(2))
    probes.sigmoids(z, out, 3)
    np.testing.assert_allclose(out, 1 / (1 + np.exp(-z)), rtol=1e-6)
    numbers = aligned.empty((work * 3,), dtype)
    numbers[:] = np.arange(numbers.size)
    assert numbers.ctypes.data % aligned.LINE == 0
    assert probes.read(numbers, 2) == 2 * numbers.sum()
