"""LiteRT, formerly TensorFlow Lite: a model file's operators, run by XNNPACK, in float32.

This is how networks are run on phones. The model is written here with LiteRT's own schema, one
FULLY_CONNECTED operator a layer and one for its activation, as TensorFlow's converter would write
it; RELU is fused into the layer (LiteRT refuses a fused TANH). The parameters are constants, so
`pack` makes a model of them. silu takes two operators, LOGISTIC and MUL. LiteRT's EXP makes 0 of
NaN, so that exp and softplus, which needs EXP, are not offered.

An interpreter has memory for one number of samples, and serves one call at a time. So two pools of
them are kept, for single samples and for batches, and an interpreter that gets a batch of another
size is resized: that takes 4 µs, and costs no speed; a new one takes 100 µs and more.

Calls go through the methods that LiteRT documents, bound once: `set_tensor`, `invoke` and
`get_tensor`. Roughly, in turns in one process on a busy machine, one sample of 64-30-10 takes them
2.4 µs, of which `invoke` is 1.1; views of the tensors made in each call (`tensor(i)()`) take 4.6,
and a signature runner 4.9. Views that are kept would take 2.0, but only with a private method: the
public `invoke` refuses to run while there is any.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import views
from kernels.parts.activations.silu import PART as SILU
from kernels.parts.architecture import Architecture
from kernels.parts.named import split
from kernels.support.checks import Array
from kernels.support.pool import Pool

FUSED = ("NONE", "RELU")
"""Activations that FULLY_CONNECTED computes itself."""
IDENTIFIER = b"TFL3"
VERSION = 3
"""Of the format."""
LAST_OF_OLD = 127
"""What operators with larger numbers have in the field of a byte that older readers know."""


class Kernel(Plan):
    """LiteRT's interpreters."""

    name = "litert"
    operations = ("forward", "forward_batch")
    dtypes = ("float32",)
    requires = ("ai_edge_litert", "flatbuffers")
    modules = ("ai_edge_litert.interpreter", "ai_edge_litert.schema_py_generated")
    max_threads = None

    @classmethod
    def offers_network(cls, what: Architecture) -> bool:
        return all(f is SILU or "litert" in f.libraries for f in what.functions)

    def pack(self, theta: Array) -> Any:
        return Interpreters(written(self.architecture, theta), self.threads)

    def build(self) -> None:
        x, out = (np.zeros(width, self.dtype) for width in (self.sizes[0], self.sizes[-1]))
        self.sample_forward(self._parameters, x, out)

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        parameters.run(parameters.of_samples, x[np.newaxis], out)

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        parameters.run(parameters.of_batches, X, out)


class Interpreters:
    """The interpreters of one model."""

    def __init__(self, model: bytes, threads: int) -> None:
        make = partial(Interpreter, model, threads)
        self.of_samples, self.of_batches = Pool(make), Pool(make)

    @staticmethod
    def run(pool: Pool[Interpreter], X: Array, out: Array) -> None:
        """Write the outputs for X (m, s_1) to out (m, s_L), or to (s_L,) for one sample."""
        one = pool.take()
        try:
            one.run(X, out)
        finally:
            pool.give(one)


class Interpreter:
    """LiteRT's interpreter of a model, ready for as many samples as it was asked for last."""

    def __init__(self, model: bytes, threads: int) -> None:
        from ai_edge_litert import interpreter

        self._own = interpreter.Interpreter(model_content=model, num_threads=threads)
        (self._X,) = (one["index"] for one in self._own.get_input_details())
        (self._Y,) = (one["index"] for one in self._own.get_output_details())
        self._set, self._get = self._own.set_tensor, self._own.get_tensor
        self._invoke = self._own.invoke
        self._shape: tuple[int, ...] | None = None

    def run(self, X: Array, out: Array) -> None:
        """`Interpreters.run`."""
        if X.shape != self._shape:
            self._shape = None  # until it has succeeded
            self._own.resize_tensor_input(self._X, X.shape)
            self._own.allocate_tensors()
            self._shape = X.shape
        self._set(self._X, X)
        self._invoke()
        out[...] = self._get(self._Y)


def written(what: Architecture, theta: Array) -> bytes:
    """The network as a model in LiteRT's format, from X (1, s_1) to Y (1, s_L)."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    graph, model = schema.SubGraphT(), schema.ModelT()
    graph.tensors, graph.operators = [], []
    model.version, model.subgraphs = VERSION, [graph]
    model.buffers, model.operatorCodes = [schema.BufferT()], []  # buffer 0 is of no constant
    codes: list[str] = []

    def tensor(shape: tuple[int, ...], constant: Array | None = None) -> int:
        one = schema.TensorT()
        one.shape, one.type, one.buffer = shape, schema.TensorType.FLOAT32, 0
        if constant is not None:
            buffer = schema.BufferT()
            buffer.data = constant.ravel().view(np.uint8)
            one.buffer = len(model.buffers)
            model.buffers.append(buffer)
        graph.tensors.append(one)
        return len(graph.tensors) - 1

    def operator(name: str, inputs: list[int], width: int, **settings: Any) -> int:
        if name not in codes:
            codes.append(name)
            code = schema.OperatorCodeT()
            code.builtinCode = getattr(schema.BuiltinOperator, name)
            code.deprecatedBuiltinCode = min(code.builtinCode, LAST_OF_OLD)
            code.version = 1
            model.operatorCodes.append(code)
        one, output = schema.OperatorT(), tensor((1, width))
        one.opcodeIndex, one.inputs, one.outputs = codes.index(name), inputs, [output]
        if settings:
            kind = name.title().replace("_", "") + "Options"  # LEAKY_RELU has LeakyReluOptions
            one.builtinOptionsType = getattr(schema.BuiltinOptions, kind)
            one.builtinOptions = getattr(schema, f"{kind}T")()
            vars(one.builtinOptions).update(settings)
        graph.operators.append(one)
        return output

    source = tensor((1, what.sizes[0]))
    graph.inputs = [source]
    for f, W, b in zip(what.functions, *views(theta, what.sizes), strict=True):
        name, settings = split("NONE" if f is SILU else f.libraries["litert"])
        inputs, width = [source, tensor(W.shape, W), tensor(b.shape, b)], len(b)
        fused = name if name in FUSED else FUSED[0]
        number = getattr(schema.ActivationFunctionType, fused)
        source = operator("FULLY_CONNECTED", inputs, width, fusedActivationFunction=number)
        if f is SILU:
            source = operator("MUL", [source, operator("LOGISTIC", [source], width)], width)
        elif name != fused:
            source = operator(name, [source], width, **settings)
    graph.outputs = [source]
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), IDENTIFIER)
    return bytes(builder.Output())
