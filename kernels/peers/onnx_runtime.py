"""ONNX Runtime: the network as an ONNX graph on the CPU, one Gemm and activation per layer.

Trained networks are usually served in this way. The graph's batch dimension is open, so one session
takes single samples and batches. The parameters are constants of the graph, so that the runtime can
arrange them for its kernels; `pack` makes a session of them. There are no gradients.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.exchange import onnx_writing
from kernels.interface import Plan
from kernels.parts.architecture import Architecture
from kernels.support.checks import Array

SINGLE_ONLY = ("Elu", "LeakyRelu", "Softplus")
"""Operators that the runtime has for float32 alone, or with a constant that is a float32."""


class Kernel(Plan):
    """An inference session."""

    name = "onnx-runtime"
    operations = ("forward", "forward_batch")
    requires = ("onnx", "onnxruntime")
    max_threads = None

    @classmethod
    def offers_network(cls, what: Architecture) -> bool:
        named = [f.libraries.get("onnx") for f in what.functions]
        return None not in named and not set(named).intersection(SINGLE_ONLY)

    def pack(self, theta: Array) -> Any:
        return self.session(theta)

    def served(self) -> Any:
        """A session that takes a caller's samples, in float64 if the network has a shift."""
        if self.network.shift is None:
            return self._parameters
        return self.session(self.network.theta.astype(self.dtype), self.network.shift)

    def session(self, theta: Array, shift: Array | None = None) -> Any:
        """A session that runs `model`."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(
            self.model(theta, shift), options, providers=["CPUExecutionProvider"]
        )

    def model(self, theta: Array, shift: Array | None = None) -> bytes:
        """The network as a serialized ONNX model, as `Network.to_onnx` writes it."""
        return onnx_writing.serialized(self.architecture, theta, shift)

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        out[:] = parameters.run(None, {"X": x[np.newaxis]})[0][0]

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        out[:] = parameters.run(None, {"X": X})[0]
