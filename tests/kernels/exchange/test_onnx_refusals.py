"""ONNX models that are no network: each is refused with the place and the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from tests.kernels.exchange.networks import exactly
from tests.kernels.exchange.test_onnx import GEMM, RELU, SECOND, W, b, c, model

onnx = pytest.importorskip("onnx")
FROM = kernels.Network.from_onnx


def branch() -> Any:
    inner = model(GEMM).graph
    return model(GEMM, ("Relu", ("h",), "y", {"then_branch": inner}))


def external() -> Any:
    one = model(("MatMul", ("x", W.T), "y"))
    (tensor,) = one.graph.initializer
    onnx.external_data_helper.set_external_data(tensor, "elsewhere")
    tensor.ClearField("raw_data")
    return one


MATMUL = "MatMul", ("x", W.T), "h"
AFTER = "MatMul", ("a", W.T), "y"
CAST = "Cast", ("a",), "c", {"to": 11}
RELU_OF_F = "Relu", ("f",), "y"
NORMAL = "BatchNormalization", ("x", *[np.ones(4)] * 4), "a"


def unknown_type() -> Any:
    one = model(MATMUL, RELU_OF_F)
    one.graph.initializer[0].data_type = 99
    return one


def no_value() -> Any:
    return model(("Constant", (), "k", {"value_string": "text"}), GEMM)


def of_another_type() -> Any:
    """An attribute of another type than the operator has."""
    return model(GEMM, ("Elu", ("h",), "y", {"alpha": "text"}))


def nothing() -> Any:
    return model(("Identity", ("x",), "y"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (nothing, "the model has no linear layer"),
        (lambda: model(GEMM, ("HardSwish", ("h",), "y")), "node with the result y (HardSwish)"),
        (lambda: model(GEMM, ("ZipMap", ("h",), "y", {"domain": "ai.onnx.ml"})), "zipmap=False"),
        (
            lambda: model(
                GEMM, ("ArrayFeatureExtractor", ("h", "x"), "y", {"domain": "ai.onnx.ml"})
            ),
            "(ArrayFeatureExtractor) cannot be converted: it chooses labels",
        ),
        (
            lambda: model(GEMM, ("Relu", ("h",), "y", {"domain": "mine"})),
            "node with the result y (Relu) cannot be converted",
        ),
        (branch, "it has a graph of its own"),
        (external, "its numbers are in another file"),
        (lambda: model(GEMM, RELU, outputs=("h", "r")), "outputs h, r"),
        (lambda: model(GEMM, RELU, outputs=("h",)), "node with the result r (Relu): nothing takes"),
        (lambda: model(GEMM, RELU, SECOND, inputs=("x", "z")), "got inputs x, z and outputs y"),
        (
            lambda: model(
                GEMM, ("Gemm", ("x", W, b), "i", {"transB": 1}), ("Add", ("h", "i"), "y")
            ),
            "the 3 operators that end here (Gemm, Add) are no activation",
        ),
        (lambda: model(GEMM, ("Mul", ("h", "h"), "y")), "(Mul): argument 1 must be a constant"),
        (lambda: model(GEMM, ("Elu", ("h",), "r", {"alpha": 0.5}), SECOND), "expected alpha=1"),
        (
            lambda: model(GEMM, ("LeakyRelu", ("h",), "r", {"alpha": 0.2}), SECOND),
            "expected alpha=0.01",
        ),
        (lambda: model(GEMM, ("Softmax", ("h",), "y", {"axis": 0})), "softmax over each sample"),
        (lambda: model(GEMM, ("LogSoftmax", ("h",), "y")), "leave it out for z"),
        (lambda: model(("Gemm", ("x", W, b), "y", {"transA": 1})), "expected transA=0"),
        (lambda: model(("Gemm", (W, "x"), "y")), "samples as the first argument"),
        (lambda: model(("MatMul", (W, "x"), "y")), "samples as the first argument"),
        (lambda: model(("Gemm", ("x", W.T, c), "y")), "each of 5 nodes, got shape (3,)"),
        (
            lambda: model(GEMM, RELU, ("Gemm", ("r", W, b), "y", {"transB": 1})),
            "takes 4 inputs, but the layer before has 5",
        ),
        (lambda: model(GEMM, ("Div", (1.0, "h"), "y")), "a constant divisor"),
        (lambda: model(("Flatten", ("x",), "y", {"axis": 0})), "expected axis=1"),
        (
            lambda: model(("Reshape", ("x", np.array([-1, 2])), "y")),
            "expected a shape that keeps samples, such as (-1, 4), got [-1, 2]",
        ),
        (lambda: model(GEMM, ("Cast", ("h",), "y", {"to": 7})), "expected a floating-point type"),
        (lambda: model(GEMM, ("Erf", ("h",), "y")), "it is part of no activation"),
        (
            lambda: model(("Sub", ("x", np.array(3)), "a"), CAST, AFTER, dtype=np.int64),
            "node with the result a (Sub): it computes with integers",
        ),
        (
            lambda: model(("Add", ("x", W[0]), "a"), AFTER, features=(1,)),
            "node with the result a (Add): expected one number or 1, got shape (4,)",
        ),
        (
            lambda: model(("Add", ("x", np.ones((1, 1, 4))), "a"), AFTER),
            "node with the result a (Add): expected a number for each of 4 nodes, got shape",
        ),
        (
            lambda: model(MATMUL, ("Flatten", ("h",), "f"), RELU_OF_F, features=(2, 4)),
            "(Flatten): it flattens what layers before it computed along the last axis",
        ),
        (
            lambda: model(MATMUL, ("Softmax", ("h",), "y", {"axis": 1}), features=(2, 4)),
            "(Softmax): it works on axis 1, which is not the last of 3 axes",
        ),
        (lambda: model(NORMAL, AFTER, features=(4, 4)), "(BatchNormalization): it works on axis 1"),
        (unknown_type, "initializer constant0: it cannot be read: KeyError"),
        (no_value, "node with the result k (Constant): "),
        (of_another_type, "node with the result y (Elu)"),
        (lambda: model(("Gemm", ("q", W, b), "y")), "it takes q, which is neither a constant"),
        (lambda: model(("Add", (b, b), "z"), GEMM), "it makes a constant, which"),
        (lambda: model(("MatMul", ("x", np.full((4, 2), np.inf)), "y")), "NaN or infinity in 8"),
    ],
)
def test_what_cannot_be_converted_is_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=exactly(message)):
        FROM(make())


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    for other in (3, None, [1.0]):
        with pytest.raises(TypeError, match="expected the path of an ONNX file, bytes or a Model"):
            FROM(other)
    with pytest.raises(FileNotFoundError):
        FROM(tmp_path / "absent.onnx")
    content = model(GEMM, RELU, SECOND).SerializeToString()
    for damaged in (b"", b"text", content[:-40], content[40:]):
        with pytest.raises(ValueError, match="a value of type bytes does not hold an ONNX model: "):
            FROM(damaged)


def test_numbers_in_another_file_are_read_beside_a_path(tmp_path: Path) -> None:
    path = tmp_path / "n.onnx"
    one = model(GEMM, RELU, SECOND)
    expected = FROM(one)
    onnx.save(one, path, save_as_external_data=True, location="n.data", size_threshold=0)
    assert FROM(path) == expected
    (tmp_path / "n.data").unlink()
    with pytest.raises(ValueError, match="does not hold an ONNX model"):
        FROM(path)
