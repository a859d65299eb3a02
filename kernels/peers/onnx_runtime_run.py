"""ONNX Runtime as its documentation shows first: `session.run` with NumPy's arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.peers import onnx_runtime
from kernels.support.checks import Array


class Kernel(onnx_runtime.Kernel):
    """An inference session that is called without bindings."""

    name = "onnx-runtime-run"

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        out[:] = parameters.own.run(None, {"X": x[np.newaxis]})[0][0]

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        out[:] = parameters.own.run(None, {"X": X})[0]
