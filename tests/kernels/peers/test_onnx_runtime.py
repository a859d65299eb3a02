"""ONNX Runtime, whose sessions can be used without a plan."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kernels
from kernels.support.checks import DTYPES
from tests.kernels.shifts import CLOSE, SECONDS, samples, shifted


@pytest.mark.parametrize("dtype", DTYPES)
def test_onnx_runtime_can_serve_samples_as_they_come(dtype: str) -> None:
    pytest.importorskip("onnxruntime")
    network = shifted((5, 9, 3), SECONDS, ("relu", "softmax"))
    plan: Any = kernels.plan(network, "onnx-runtime", dtype)
    X, _ = samples(network, 7)
    (found,) = plan.served().run(None, {"X": X})
    assert found.dtype == dtype
    np.testing.assert_allclose(found, plan.forward_batch(X), **CLOSE[dtype])
