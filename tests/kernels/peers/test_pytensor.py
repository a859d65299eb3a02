"""PyTensor compiles while a plan is built, not in later calls."""

from __future__ import annotations

import numpy as np
import pytest

import kernels


@pytest.mark.parametrize("name", ["pytensor", "pytensor-safe"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_calls_of_pytensor_compile_nothing_after_building(name: str, dtype: str) -> None:
    """Compiling takes seconds and belongs to the build.

    Numba warns of transposed arrays when it compiles for them; tests turn the warning into an
    exception, so that a call that compiles fails.
    """
    if kernels.missing(name):
        pytest.skip(f"{name}: {kernels.missing(name)}")
    plan = kernels.plan(kernels.Network.centred((4, 3, 2), seed=0), name, dtype)
    X, Y = np.ones((5, 4), dtype), np.ones((5, 2), dtype)
    for array in (X, Y):
        array.flags.writeable = False
    for rows in (slice(None), slice(1), slice(0, 5, 2)):
        plan.forward(X[rows][0])
        plan.forward_batch(X[rows])
        plan.gradient(X[rows], Y[rows])
        plan.train(X[rows], Y[rows], 2, 0.1)
    plan.update(plan.network.theta * 2)
    together = plan.forward_batch(X)
    np.testing.assert_allclose(together[0], plan.forward(X[0]), rtol=1e-6)
