"""Networks from ONNX models and as files, compared with ONNX Runtime and PyTorch's exporter."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from kernels.exchange import onnx_formulas
from tests.kernels.exchange.networks import PAIRS, SHIFT, network, outputs, samples

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
FROM = kernels.Network.from_onnx
RNG = np.random.default_rng(5)
W, V = RNG.normal(size=(5, 4)), RNG.normal(size=(3, 5))
b, c = RNG.normal(size=5), RNG.normal(size=3)
X = RNG.normal(size=(6, 4))


def model(
    *nodes: tuple[Any, ...],
    features: tuple[Any, ...] = (4,),
    outputs: tuple[str, ...] = ("y",),
    dtype: Any = np.float64,
    inputs: tuple[str, ...] = ("x",),
    batch: Any = "m",
) -> Any:
    """A model from its nodes: (operator, inputs, output) or with a dictionary of attributes.

    Inputs that are arrays become initializers, of `dtype` if they hold numbers of that kind.
    """
    kind = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    made: list[Any] = []
    constants: list[Any] = []
    for operator, given, output, *attributes in nodes:
        names = []
        for one in given:
            if not isinstance(one, str):
                array = np.asarray(one)
                array = array.astype(dtype) if array.dtype.kind == "f" else array
                name = f"constant{len(constants)}"
                constants.append(onnx.numpy_helper.from_array(array, name))
                one = name
            names.append(one)
        options = attributes[0] if attributes else {}
        results = output if isinstance(output, list) else [output]
        made.append(onnx.helper.make_node(operator, names, results, **options))
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        made,
        "g",
        [value(name, kind, [batch, *features]) for name in inputs],
        [value(name, kind, None) for name in outputs],
        constants,
    )
    opset = onnx.helper.make_opsetid("", 20)
    return onnx.helper.make_model(graph, opset_imports=[opset], ir_version=10)


def computed(what: Any, given: Any) -> Any:
    """What ONNX Runtime computes."""
    content = what if isinstance(what, str) else what.SerializeToString()
    session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: given})[0]


@pytest.mark.parametrize("shift", [None, SHIFT])
@pytest.mark.parametrize("pair", PAIRS)
def test_a_file_of_a_network_computes_the_same_and_is_read_back(
    pair: tuple[str, str], shift: Any, tmp_path: Path
) -> None:
    whole, path = network(pair, shift), tmp_path / "n.onnx"
    whole.to_onnx(path)
    for source in (path, str(path), path.read_bytes(), onnx.load(path)):
        assert FROM(source) == whole
    given = samples(shift)
    if "gelu" not in pair:  # ONNX Runtime has no Erf in float64
        found = computed(str(path), given)
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, outputs(whole, given), rtol=1e-12, atol=1e-12)
    whole.to_onnx(path, "float32")
    found = computed(str(path), given if shift else given.astype(np.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, outputs(whole, given), rtol=2e-5, atol=2e-6)
    np.testing.assert_array_equal(FROM(path).theta, whole.theta.astype(np.float32))


def test_a_file_is_valid_and_its_batches_are_open(tmp_path: Path) -> None:
    path = tmp_path / "n.onnx"
    network(("relu", "softmax"), SHIFT).to_onnx(path)
    onnx.checker.check_model(str(path), full_check=True)
    (given,) = onnx.load(path).graph.input
    assert given.type.tensor_type.shape.dim[0].dim_param == "m"
    assert given.type.tensor_type.shape.dim[1].dim_value == 4


def test_a_file_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    whole, path = network(("relu", "softmax")), tmp_path / "n.onnx"
    whole.to_onnx(path)
    before = path.read_bytes()
    whole.theta[3] = 1e300
    with pytest.raises(ValueError, match="theta in float32 must be finite"):
        whole.to_onnx(path, "float32")
    with pytest.raises(ValueError, match="dtype must be one of"):
        whole.to_onnx(path, "float16")
    with pytest.raises(FileNotFoundError):
        whole.to_onnx(tmp_path / "nowhere" / "n.onnx")
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["n.onnx"]


# --- graphs of others -----------------------------------------------------------------------------

GEMM = ("Gemm", ("x", W, b), "h", {"transB": 1})
SECOND = ("Gemm", ("r", V, c), "y", {"transB": 1})
RELU = ("Relu", ("h",), "r")
NORM = (b, c[0] * b, 0.5 * b, b * b)


@pytest.mark.parametrize(
    "nodes",
    [
        [("Gemm", ("x", W.T, b[:1]), "y", {"alpha": 0.5, "beta": 3.0})],
        [("MatMul", ("x", W.T), "h"), ("Add", ("h", b), "y")],
        [("MatMul", ("x", W.T), "h"), ("Add", (b[np.newaxis], "h"), "y")],
        [("Transpose", (W,), "w"), ("MatMul", ("x", "w"), "y")],
        [GEMM, RELU, ("Cast", ("r",), "s", {"to": 11}), ("MatMul", ("s", V.T), "y")],
        [GEMM, RELU, ("Dropout", ("r",), "s"), ("MatMul", ("s", V.T), "y")],
        [GEMM, ("BatchNormalization", ("h", *NORM), "y")],
        [GEMM, RELU, ("BatchNormalization", ("r", *NORM), "n"), ("MatMul", ("n", V.T), "y")],
        [
            ("BatchNormalization", ("x", *(one[:4] for one in NORM)), "n"),
            ("MatMul", ("n", W.T), "y"),
        ],
        [("Sub", ("x", 1e3 + b[:4]), "d"), ("Div", ("d", 2.0), "q"), ("MatMul", ("q", W.T), "y")],
        [("Sub", (b[:4], "x"), "d"), ("Neg", ("d",), "q"), ("MatMul", ("q", W.T), "y")],
        [("Mul", (3.0, "x"), "d"), ("Gemm", ("d", W, b), "y", {"transB": 1})],
        [GEMM, ("Softmax", ("h",), "y", {"axis": 1})],
        [GEMM, ("Softmax", ("h",), "y")],
        [GEMM, ("Max", ("h", 0.0), "r"), SECOND],
        [GEMM, ("Sigmoid", ("h",), "s"), ("Mul", ("s", "h"), "r"), SECOND],
        [
            ("Constant", (), "w", {"value": onnx.numpy_helper.from_array(W)}),
            ("Identity", ("w",), "v"),
            ("Gemm", ("x", "v"), "y", {"transB": 1}),
        ],
        [("Flatten", ("x",), "f"), ("MatMul", ("f", W.T), "y")],
        [("Reshape", ("x", np.array([-1, 4])), "f"), ("MatMul", ("f", W.T), "y")],
        [("Reshape", ("x", np.array([0, -1])), "f"), ("MatMul", ("f", W.T), "y")],
        [
            ("Shape", ("x",), "s"), ("Gather", ("s", np.array(0)), "g"),
            ("Unsqueeze", ("g", np.array([0])), "u"), ("Concat", ("u", np.array([-1])), "t",
             {"axis": 0}), ("Reshape", ("x", "t"), "f"), ("MatMul", ("f", W.T), "y"),
        ],
    ],
)  # fmt: skip
def test_a_chain_of_operators_is_read(nodes: Any) -> None:
    one = model(*nodes)
    found = outputs(FROM(one), X)
    np.testing.assert_allclose(found, computed(one, X), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("formula", [text for _, text, _ in onnx_formulas.OTHERS])
def test_formulas_of_exporters_are_recognised(formula: str) -> None:
    nodes: list[Any] = [GEMM]

    def node(operator: str, *inputs: Any) -> Any:
        nodes.append((operator, inputs, f"t{len(nodes)}"))
        return nodes[-1][2]

    onnx_formulas.written(formula, node, np.array, "h")
    nodes.append((SECOND[0], (nodes[-1][2], V, c), *SECOND[2:]))
    one = model(*nodes, dtype=np.float32)
    expected = computed(one, X.astype(np.float32))
    np.testing.assert_allclose(outputs(FROM(one), X), expected, rtol=1e-4, atol=1e-5)


def test_images_are_flattened() -> None:
    one = model(("Flatten", ("x",), "f"), ("MatMul", ("f", W.T), "y"), features=(1, 2, 2))
    found = outputs(FROM(one), X)
    np.testing.assert_allclose(found, computed(one, X.reshape(6, 1, 2, 2)), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_parameters_convert_exactly(dtype: Any) -> None:
    found = FROM(model(("Gemm", ("x", W, b), "y", {"transB": 1}), dtype=dtype))
    np.testing.assert_array_equal(found.W[0], W.astype(dtype))
    np.testing.assert_array_equal(found.b[0], b.astype(dtype))


def test_bfloat16_parameters_convert_exactly() -> None:
    one = model(("MatMul", ("x", W.T), "y"))
    kind = onnx.TensorProto.BFLOAT16
    (tensor,) = one.graph.initializer
    half = onnx.helper.make_tensor(tensor.name, kind, (4, 5), W.T.ravel())
    tensor.CopyFrom(half)
    expected = onnx.numpy_helper.to_array(half).astype(np.float64).T
    np.testing.assert_array_equal(FROM(one).W[0], expected)
    assert np.abs(expected - W).max() > 0


# --- PyTorch's exporter ---------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
def test_models_that_pytorch_exports_are_read() -> None:
    torch = pytest.importorskip("torch")
    nn = torch.nn
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Flatten(),
        nn.BatchNorm1d(4),
        nn.Linear(4, 5),
        nn.BatchNorm1d(5),
        nn.GELU(),
        nn.Linear(5, 6, bias=False),
        nn.SiLU(),
        nn.Dropout(),
        nn.Linear(6, 4),
        nn.GELU("tanh"),
        nn.Linear(4, 3),
        nn.Softmax(1),
    )
    for _ in range(3):
        module(torch.rand(20, 4) * 3)  # BatchNorm1d collects its statistics
    module.eval()
    given = torch.from_numpy(X.astype(np.float32))
    expected = module(given).detach().numpy()
    for version in (13, 17, 20):
        file = io.BytesIO()
        torch.onnx.export(module, (given,), file, dynamo=False, opset_version=version)
        found = outputs(FROM(file.getvalue()), given.numpy().astype(np.float64))
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_softplus_in_float64_keeps_its_small_values(tmp_path: Path) -> None:
    whole = kernels.Network([np.eye(1)], [np.zeros(1)], ("softplus",))
    whole.to_onnx(tmp_path / "n.onnx")
    z = np.concatenate([np.linspace(-40, 40, 4001), [-700.0, -37.0, -1e-300, 0.0, 700.0]])
    found = computed(str(tmp_path / "n.onnx"), z[:, np.newaxis])[:, 0]
    np.testing.assert_allclose(found, np.logaddexp(0, z), rtol=1e-13, atol=0)


def test_integers_are_read_once_they_are_cast() -> None:
    cast = "Cast", ("f",), "a", {"to": onnx.TensorProto.DOUBLE}
    one = model(("Flatten", ("x",), "f"), cast, ("MatMul", ("a", W.T), "y"), dtype=np.int64)
    one.graph.initializer[0].CopyFrom(onnx.numpy_helper.from_array(W.T, "constant0"))
    np.testing.assert_array_equal(FROM(one).W[0], W)


def test_images_are_read_as_their_numbers() -> None:
    nodes = ("Flatten", ("x",), "f"), ("MatMul", ("f", W.T), "h"), ("Flatten", ("h",), "y")
    assert FROM(model(*nodes, features=(2, 2))) == FROM(model(("MatMul", ("x", W.T), "y")))


def test_damaged_files_raise_value_errors_alone() -> None:
    """Whatever a changed byte makes of a model, it is read or refused with a reason."""
    content = bytearray(model(GEMM, RELU, SECOND).SerializeToString())
    rng = np.random.default_rng(0)
    for _ in range(400):
        damaged = bytearray(content)
        damaged[rng.integers(len(damaged))] = rng.integers(256)
        with contextlib.suppress(ValueError):
            FROM(bytes(damaged))
