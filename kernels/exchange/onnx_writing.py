"""Networks as ONNX models: one Gemm per layer, and the operators of its activation.

The parameters are constants of the graph; its batch dimension is open.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from kernels import storage
from kernels.exchange import onnx_formulas
from kernels.exchange.packages import needed
from kernels.exchange.rounding import theta_in
from kernels.network import Network, views
from kernels.parts.architecture import Architecture
from kernels.support import checks
from kernels.support.checks import Array

OPSET = 17
"""The version of the operators: the first with all that networks need was read by many programs."""
IR_VERSION = 10


def save(network: Network, path: str | os.PathLike[str], dtype: Any = "float64") -> None:
    """Write a network as an ONNX file; `Network.to_onnx` documents it."""
    kind = checks.dtype(dtype)
    onnx = needed("onnx", "Network.to_onnx")
    written = serialized(network.architecture, theta_in(kind, network), network.shift)
    onnx.checker.check_model(written, full_check=True)
    storage.write(path, lambda file: file.write(written))


def serialized(what: Architecture, theta: Array, shift: Array | None = None) -> bytes:
    """A network as a serialized ONNX model, from X (m, s_1) to Y (m, s_L), in theta's dtype.

    With a shift, X is float64, and the shift is subtracted before X is converted.
    """
    return Graph(what, theta, shift).serialized()


class Graph:
    """The nodes and constants of a model."""

    def __init__(self, what: Architecture, theta: Array, shift: Array | None) -> None:
        from onnx import TensorProto

        self._sizes, self._dtype = what.sizes, theta.dtype
        self._kind = TensorProto.DOUBLE if theta.dtype == np.float64 else TensorProto.FLOAT
        self._given = self._kind if shift is None else TensorProto.DOUBLE
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        source = "X"
        if shift is not None:
            self._constant(shift, "shift")
            source = self._node("Sub", [source, "shift"], "difference")
            source = self._node("Cast", [source], "shifted", to=self._kind)
        layers = list(zip(what.functions, *views(theta, what.sizes), strict=True))
        for l, (f, W, b) in enumerate(layers, 1):
            self._constant(W, f"W{l - 1}")
            self._constant(b, f"b{l - 1}")
            z = self._node("Gemm", [source, f"W{l - 1}", f"b{l - 1}"], f"z{l}", transB=1)
            source = self._activation(f, z, "Y" if l == len(layers) else f"h{l}")

    def _node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        node = helper.make_node(operator, inputs, [output], name=output, **attributes)
        self._nodes.append(node)
        return output

    def _constant(self, value: Any, name: str) -> str:
        from onnx import numpy_helper

        self._constants[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def _activation(self, f: Any, z: str, target: str) -> str:
        """Write the nodes of an activation; the last one's output is `target`."""
        text = onnx_formulas.formula(f.name, self._dtype.name)
        if text is None:
            return self._node(f.libraries["onnx"], [z], target)
        first = len(self._nodes)

        def node(operator: str, *inputs: str) -> str:
            return self._node(operator, list(inputs), f"{target}_{len(self._nodes) - first}")

        def constant(number: float) -> str:
            return self._constant(self._dtype.type(number), f"constant {number!r}")

        onnx_formulas.written(text, node, constant, z)
        self._nodes[-1].output[0] = self._nodes[-1].name = target
        return target

    def serialized(self) -> bytes:
        """The model as bytes."""
        from onnx import helper

        inputs, outputs = (
            [helper.make_tensor_value_info(name, kind, ["m", size])]
            for name, kind, size in (
                ("X", self._given, self._sizes[0]),
                ("Y", self._kind, self._sizes[-1]),
            )
        )
        constants = list(self._constants.values())
        graph = helper.make_graph(self._nodes, "network", inputs, outputs, constants)
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(
            graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="mlp-ladder"
        )
        return bytes(model.SerializeToString())
