"""Operators of ONNX as parts of a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kernels.exchange import onnx_constants, onnx_formulas
from kernels.exchange.axes import SAMPLES
from kernels.exchange.chain import Chain, Step, normalization, quotient
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.activations.leaky_relu import LEAK
from kernels.sklearn.affine import extended
from kernels.support.checks import Array


class Operation(NamedTuple):
    """A node that takes the result of the layer before, and constants."""

    node: Any
    tensors: tuple[Any, ...]
    data: Any
    """What stands among the tensors for the result of the layer before."""
    place: str
    features: int | None
    """How many features that result has, if it is known."""
    last: int | None
    """The length of its last axis, if it is known."""

    @property
    def options(self) -> dict[str, Any]:
        """The attributes by name."""
        return onnx_constants.attributes(self.node)

    def constant(self, index: int) -> Array | None:
        """An argument that must be a constant, or None if it is left out."""
        found = self.tensors[index] if index < len(self.tensors) else None
        if found is not None and not isinstance(found, np.ndarray):
            raise ValueError(f"{self.place}: argument {index} must be a constant")
        return found

    def required(self, index: int) -> Array:
        """An argument that must be a constant."""
        found = self.constant(index)
        if found is None:
            raise ValueError(f"{self.place}: argument {index} is missing")
        return found

    def pair(self) -> tuple[Array, bool]:
        """The constant of an operator of two arguments, and True if it is the second."""
        is_second = self.tensors[0] is self.data
        c = self.required(1 if is_second else 0)
        if self.last is not None and c.size not in (1, self.last):
            raise ValueError(
                f"{self.place}: expected one number or {self.last}, got shape {c.shape}"
            )
        return c, is_second

    def expect(self, condition: bool, what: str) -> None:
        """Raise ValueError unless the node is what a network needs."""
        if not condition:
            settings = ", ".join(f"{name}={value}" for name, value in self.options.items())
            raise ValueError(f"{self.place}: expected {what}, got {settings or 'another'}")


def place(node: Any) -> str:
    """Where a node is, for messages: its name, or else that of its result."""
    name = node.name or f"with the result {', '.join(node.output)}"
    return f"node {name} ({node.op_type})"


def append(operation: Operation, chain: Chain, batch: int) -> None:
    """Append one operator; `batch` is the size of batches that the model is made for, or 0."""
    operator = operation.node.op_type
    if operator in SHAPED:
        refuse_reshape(operation, batch)
        chain.flatten(SAMPLES, operation.place)
    elif operator in READERS:
        READERS[operator](operation, chain)
    elif operator in activations():
        read_activation(operation, chain)
    else:
        raise ValueError(f"{operation.place}: it is part of no activation that is known")


def gemm(operation: Operation, chain: Chain) -> None:
    """Gemm: alpha A B + beta C."""
    chain.axes.second(operation.place)
    options = operation.options
    operation.expect(operation.tensors[0] is operation.data, "samples as the first argument")
    operation.expect(not options.get("transA"), "transA=0")
    W = operation.required(1).astype(np.float64)
    W = W if options.get("transB") else W.T
    c = operation.constant(2)
    b = None if c is None else options.get("beta", 1.0) * extended(c)
    alpha = options.get("alpha", 1.0)
    chain.linear(W if alpha == 1 else alpha * extended(W), b, operation.place)


def matmul(operation: Operation, chain: Chain) -> None:
    """MatMul: samples times a matrix."""
    operation.expect(operation.tensors[0] is operation.data, "samples as the first argument")
    chain.linear(operation.required(1).astype(np.float64).T, None, operation.place)


def add(operation: Operation, chain: Chain) -> None:
    """Add."""
    chain.affine(Step(operation.place, offset=operation.pair()[0]))


def subtract(operation: Operation, chain: Chain) -> None:
    """Sub: x - c or c - x."""
    c, is_second = operation.pair()
    step = (
        Step(operation.place, mean=c) if is_second else Step(operation.place, mean=c, factor=-1.0)
    )
    chain.affine(step)


def multiply(operation: Operation, chain: Chain) -> None:
    """Mul."""
    chain.affine(Step(operation.place, factor=operation.pair()[0]))


def divide(operation: Operation, chain: Chain) -> None:
    """Div: x / c."""
    c, is_second = operation.pair()
    operation.expect(is_second, "a constant divisor")
    chain.affine(quotient(operation.place, c))


def negate(operation: Operation, chain: Chain) -> None:
    """Neg."""
    chain.affine(Step(operation.place, factor=-1.0))


def normalize(operation: Operation, chain: Chain) -> None:
    """BatchNormalization, with the means and variances that a training has collected."""
    options = operation.options
    chain.axes.second(operation.place)
    operation.expect(not options.get("training_mode"), "training_mode=0")
    factor, offset, mean, variance = (operation.required(index) for index in range(1, 5))
    epsilon = options.get("epsilon", 1e-5)
    chain.affine(normalization(operation.place, mean, variance, epsilon, factor, offset))


def drop(operation: Operation, _: Chain) -> None:
    """Dropout, which changes nothing unless it trains."""
    mode = operation.constant(2)
    operation.expect(mode is None or not mode.any(), "no training")


def cast(operation: Operation, _: Chain) -> None:
    """Cast: all is computed in the plan's dtype."""
    kind = operation.options.get("to", 0)
    operation.expect(onnx_constants.is_floating(kind), "a floating-point type")


def refuse_reshape(operation: Operation, batch: int) -> None:
    """Raise ValueError unless Flatten or Reshape keeps samples and the order of their features."""
    if operation.node.op_type == "Flatten":
        operation.expect(operation.options.get("axis", 1) == 1, "axis=1")
        return
    shape = operation.required(1).tolist()
    is_kept = len(shape) == 2 and (
        shape[1] == operation.features
        or (shape[1] == -1 and (shape[0] == 0 or shape[0] == batch > 0))
    )
    if not is_kept:
        raise ValueError(
            f"{operation.place}: expected a shape that keeps samples, such as "
            f"(-1, {operation.features or 'features'}), got {shape}"
        )


def gelu(operation: Operation, chain: Chain) -> None:
    """Gelu, which older versions do not have."""
    form = operation.options.get("approximate", b"none")
    operation.expect(form in (b"none", b"tanh"), "approximate none or tanh")
    chain.activation("gelu_tanh" if form == b"tanh" else "gelu", operation.place)


READERS: dict[str, Callable[[Operation, Chain], None]] = {
    "Gemm": gemm,
    "MatMul": matmul,
    "Add": add,
    "Sub": subtract,
    "Mul": multiply,
    "Div": divide,
    "Neg": negate,
    "BatchNormalization": normalize,
    "Dropout": drop,
    "Cast": cast,
    "Gelu": gelu,
}
"""How operators are read that are no activations."""
SHAPED = ("Flatten", "Reshape")
"""Operators that change the shape of samples."""


def activations() -> dict[str, str]:
    """Our names of activations, by operator."""
    return {f.libraries["onnx"]: name for name, f in ACTIVATIONS.items() if "onnx" in f.libraries}


def read_activation(operation: Operation, chain: Chain) -> None:
    """Append an activation that is one operator."""
    operator, options = operation.node.op_type, operation.options
    if operator == "Softmax":
        operation.expect(options.get("axis", -1) in (-1, 1), "a softmax over each sample, axis=-1")
        if options.get("axis") != -1:  # without axis older versions take axis 1
            chain.axes.second(operation.place)
    elif operator == "Elu":
        operation.expect(options.get("alpha", 1.0) == 1, "alpha=1")
    elif operator == "LeakyRelu":  # its default is ours; attributes are float32
        alpha = options.get("alpha", LEAK)
        operation.expect(np.float32(alpha) == np.float32(LEAK), f"alpha={LEAK}")
    chain.activation(activations()[operator], operation.place)


def known() -> set[str]:
    """All operators that may be in a network."""
    made = {"Shape", "Constant", *onnx_constants.OPERATORS, *SHAPED, *READERS, *activations()}
    return made | onnx_formulas.operators()
