"""ONNX Runtime: the network as an ONNX graph on the CPU, one Gemm and activation per layer.

Trained networks are usually served in this way. The graph's batch dimension is open, so one session
takes single samples and batches. The parameters are constants of the graph, so that the runtime can
arrange them for its kernels; `pack` makes a session of them. There are no gradients.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import views
from kernels.parts.architecture import Architecture
from kernels.support.checks import Array

OPSET = 17
IR_VERSION = 10
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
        """The network as a serialized ONNX model, from X (m, s_1) to Y (m, s_L).

        With a shift, X is float64, and the shift is subtracted before X is converted.
        """
        from onnx import TensorProto, helper, numpy_helper

        kind = {"float64": TensorProto.DOUBLE, "float32": TensorProto.FLOAT}[self.dtype.name]
        nodes, tensors, source = [], [], "X"
        if shift is not None:
            tensors = [numpy_helper.from_array(shift, "shift")]
            nodes = [
                helper.make_node("Sub", ["X", "shift"], ["difference"]),
                helper.make_node("Cast", ["difference"], ["shifted"], to=kind),
            ]
            source = "shifted"
        last = len(self.sizes) - 2
        layers = zip(self.architecture.functions, *views(theta, self.sizes), strict=True)
        for l, (f, W, b) in enumerate(layers):
            tensors += [numpy_helper.from_array(W, f"W{l}"), numpy_helper.from_array(b, f"b{l}")]
            target = "Y" if l == last else f"h{l + 1}"
            nodes += [
                helper.make_node("Gemm", [source, f"W{l}", f"b{l}"], [f"z{l + 1}"], transB=1),
                helper.make_node(f.libraries["onnx"], [f"z{l + 1}"], [target]),
            ]
            source = target
        graph = helper.make_graph(
            nodes,
            "network",
            [
                helper.make_tensor_value_info(
                    "X", kind if shift is None else TensorProto.DOUBLE, ["m", self.sizes[0]]
                )
            ],
            [helper.make_tensor_value_info("Y", kind, ["m", self.sizes[-1]])],
            tensors,
        )
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION)
        return bytes(model.SerializeToString())

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        out[:] = parameters.run(None, {"X": x[np.newaxis]})[0][0]

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        out[:] = parameters.run(None, {"X": X})[0]
