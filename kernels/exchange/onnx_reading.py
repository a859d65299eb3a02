"""Networks of ONNX models: a chain of Gemm or MatMul, activations and what can be folded.

The graph is read in its order. Its nodes are divided into the smallest groups that take one tensor
and give one: most are a single operator, the others must be an activation that an exporter wrote
with several (`kernels.exchange.onnx_formulas`). Parameters are the graph's initializers and what
few operators make of them; sizes of a batch are not known, and stand as 0, which keeps them.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from kernels.exchange import onnx_constants, onnx_formulas, onnx_operators
from kernels.exchange.axes import LAST, Axes
from kernels.exchange.chain import Chain, Step
from kernels.exchange.packages import needed, placed
from kernels.network import Network

FOREIGN = {
    "ArrayFeatureExtractor": "it chooses labels: export the probabilities alone",
    "ZipMap": "it makes dictionaries: export with the option zipmap=False",
    "ArgMax": "it chooses labels: export the probabilities alone",
    "LogSoftmax": "leave it out for z, or take Softmax for probabilities",
    "QuantizeLinear": "it quantizes: export the model before quantization",
    "DynamicQuantizeLinear": "it quantizes: export the model before quantization",
}
"""What to do about operators that are met at the ends of exported networks."""


def network_of(model: Any) -> Network:
    """The network that a model computes; `Network.from_onnx` documents it."""
    onnx = needed("onnx", "Network.from_onnx")
    graph = loaded(model, onnx).graph
    with placed("the model"):
        return Reader(graph).network()


def loaded(model: Any, onnx: Any) -> Any:
    """The model in a file or in bytes, or the model itself; raises ValueError if it is damaged."""
    if isinstance(model, onnx.ModelProto):
        return model
    if isinstance(model, bytes | bytearray | memoryview):
        what, content, folder = "a value of type bytes", bytes(model), None
    elif isinstance(model, str | os.PathLike):
        path = Path(model)
        what, content, folder = str(path), path.read_bytes(), path.parent
    else:
        raise TypeError(
            f"expected the path of an ONNX file, bytes or a ModelProto, got {type(model).__name__}"
        )
    try:
        found = onnx.load_model_from_string(content)
        if not found.graph.node or not found.opset_import:
            raise ValueError("it has no graph")
        if folder is not None:
            onnx.load_external_data_for_model(found, str(folder))
    except Exception as error:  # protobuf and onnx raise anything for a damaged file
        text = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{what} does not hold an ONNX model: {text}") from None
    return found


INTEGERS = ("Identity", *onnx_operators.SHAPED)
"""Operators that do with integers what they do with other numbers."""


class Reader:
    """The tensors of a graph that are known so far, and the chain of layers.

    A tensor is a constant (an array), or part of the group that is read: `START`, or a tuple of an
    operator and its arguments.
    """

    START = object()

    def __init__(self, graph: Any) -> None:
        self._graph = graph
        self._chain = Chain("the model")
        self._uses = Counter(name for node in graph.node for name in node.input if name)
        self._known: dict[str, Any] = {}
        self._group: list[Any] = []

    def network(self) -> Network:
        """Read all nodes."""
        graph = self._graph
        for node in graph.node:
            self._refuse_unknown(node)
        for tensor in graph.initializer:
            place = f"initializer {tensor.name}"
            with placed(place):
                self._known[tensor.name] = onnx_constants.array(tensor, place)
        if graph.sparse_initializer:
            raise ValueError("sparse initializers cannot be converted")
        inputs = [one for one in graph.input if one.name not in self._known]
        if len(inputs) != 1 or len(graph.output) != 1:
            given, results = (
                ", ".join(one.name for one in several) or "none"
                for several in (inputs, graph.output)
            )
            raise ValueError(
                f"expected a graph with one input and one output, got inputs {given} and outputs "
                f"{results}"
            )
        self._uses[graph.output[0].name] += 1
        given = inputs[0].type.tensor_type
        self._is_integer = not onnx_constants.is_floating(given.elem_type)
        shape = given.shape.dim
        self._chain.axes = Axes(len(shape) or None)
        self._batch = shape[0].dim_value if len(shape) else 0
        features = [one.dim_value for one in shape[1:]]
        self._width = int(np.prod(features)) if features and all(features) else None
        self._last = (features[-1] or None) if features else None
        self._start = inputs[0].name
        self._known[self._start] = self.START
        for node in graph.node:
            with placed(onnx_operators.place(node)):
                self._read(node)
        if self._group or self._start != graph.output[0].name:
            raise ValueError(
                f"output {graph.output[0].name}: expected the result of the last layer alone"
            )
        return self._chain.network()

    def _refuse_unknown(self, node: Any) -> None:
        """Raise ValueError for an operator that no network has."""
        place = onnx_operators.place(node)
        for attribute in node.attribute:
            if attribute.HasField("g") or attribute.graphs:
                raise ValueError(f"{place}: it has a graph of its own, which cannot be converted")
        known = onnx_operators.known()
        if node.op_type not in known or node.domain not in ("", "ai.onnx"):
            hint = FOREIGN.get(node.op_type, f"only {', '.join(sorted(known))} can")
            raise ValueError(f"{place} cannot be converted: {hint}")

    def _read(self, node: Any) -> None:
        """Take in one node."""
        place = onnx_operators.place(node)
        tensors = []
        for name in node.input:
            if name and name not in self._known:
                raise ValueError(
                    f"{place}: it takes {name}, which is neither a constant nor the result of the "
                    "layer before"
                )
            tensors.append(self._known[name] if name else None)
            self._uses[name] -= 1
        result = node.output[0] if node.output else ""
        if not result or result in self._known:
            raise ValueError(f"{place}: its result has no name, or that of another tensor")
        if node.op_type == "Shape":
            if tensors[0] is not self.START or self._group:
                raise ValueError(f"{place}: expected the shape of a layer's result")
            self._known[result] = np.array([0, self._features() or -1], np.int64)
            return
        if all(one is None or isinstance(one, np.ndarray) for one in tensors):
            self._known[result] = onnx_constants.evaluated(node, tensors, place)
            return
        if not self._uses[result]:
            raise ValueError(f"{place}: nothing takes its result, or only its other results")
        self._known[result] = (node.op_type, *tensors)
        self._group.append(node)
        if not self._is_complete(result):
            return
        self._finish(self._known[result], place)
        for one in self._group:
            self._known.pop(one.output[0])
        self._known.pop(self._start)
        self._group.clear()
        self._start = result
        self._known[result] = self.START

    def _is_complete(self, result: str) -> bool:
        """True if no later node takes a tensor of the group but its result."""
        inner = [self._start, *(one.output[0] for one in self._group)]
        return not any(self._uses[name] for name in inner if name != result)

    def _features(self) -> int | None:
        """The number of features that a layer's result has; None if it is not known."""
        return self._chain.width or self._width

    def _last_axis(self) -> int | None:
        """The length of a layer's result along its last axis; None if it is not known."""
        is_given = self._chain.width is None and self._chain.axes.kind == LAST
        return self._last if is_given else self._features()

    def _refuse_integers(self, node: Any, place: str) -> None:
        """Raise ValueError if a node computes with integers, before they become numbers."""
        if node.op_type == "Cast":
            self._is_integer = False
        elif self._is_integer and node.op_type not in INTEGERS:
            raise ValueError(
                f"{place}: it computes with integers: expected a Cast to a floating-point type "
                "before it"
            )

    def _finish(self, tree: Any, place: str) -> None:
        """Append what a group computes."""
        for node in self._group:
            self._refuse_integers(node, place)
        found = onnx_formulas.recognised(tree, self.START)
        if found is not None:
            name, factor = found
            self._chain.activation(name, place)
            if factor != 1:
                self._chain.affine(Step(place, factor=factor))
        elif len(self._group) == 1:
            (node,) = self._group
            sizes = self._features(), self._last_axis()
            onnx_operators.append(
                onnx_operators.Operation(node, tree[1:], self.START, place, *sizes),
                self._chain,
                self._batch,
            )
        else:
            names = ", ".join(dict.fromkeys(one.op_type for one in self._group))
            raise ValueError(
                f"{place}: the {len(self._group)} operators that end here ({names}) are no "
                "activation that is known"
            )
