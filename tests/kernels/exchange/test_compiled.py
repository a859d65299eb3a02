"""Modules that `kernels.compile` made: what they compute, their copies and their files."""

from __future__ import annotations

import copy
import json
import pickle
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import kernels
from kernels.exchange import keras
from kernels.exchange.chain import Chain
from kernels.exchange.compiled import CompiledModule, Kept
from tests.kernels.exchange.networks import SHIFT, exactly, network, outputs, samples
from tests.running import python

PAIR = "relu", "softmax"
DESCRIBED = {"source": "", "dtype": "float64", "threads": 1, "axes": "last"}


def made(dtype: str = "float64", shift: Any = None, axes: str = "last") -> CompiledModule:
    """A compiled module, as of a library that need not be installed here."""
    return Kept(network(PAIR, shift), "torch Sequential", dtype, 1, axes).compiled()


@pytest.mark.parametrize("shift", [None, SHIFT])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_takes_one_sample_several_and_more_axes(dtype: str, shift: Any) -> None:
    fast, X = made(dtype, shift), samples(shift, 6)
    expected = outputs(network(PAIR, shift), X)
    for found in (
        fast(X),
        fast.predict(X),
        fast(X.tolist()),
        fast(X.reshape(2, 3, 4)).reshape(6, 3),
        made(dtype, shift, "samples")(X.reshape(6, 2, 2)),
        made(dtype, shift, "rows")(X.reshape(2, 3, 4)),
        [fast(x) for x in X],
        [fast.one(x) for x in X],
    ):
        assert np.asarray(found).dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-6)
    assert fast(X[:0]).shape == (0, 3)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 3, 3)])
def test_samples_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    fast: Any = made()
    for call in (fast, fast.predict):
        with pytest.raises(ValueError, match="must have shape"):
            call(np.zeros(shape))
    with pytest.raises(ValueError, match=exactly("X must have shape (m, 4), got (4,)")):
        fast.predict(np.zeros(4))


def test_its_network_is_a_copy() -> None:
    fast = made()
    fast.network.theta[:] = 0
    assert fast.network == network(PAIR)


@pytest.mark.parametrize("shift", [None, SHIFT])
def test_copies_and_files_compute_the_same(shift: Any, tmp_path: Path) -> None:
    fast, path, X = made("float32", shift), tmp_path / "m.npz", samples(shift)
    fast.save(path)
    loaded: Any = kernels.load(path)
    for other in (loaded, copy.deepcopy(fast), pickle.loads(pickle.dumps(fast))):
        assert repr(other) == repr(fast)
        assert other.network == fast.network
        np.testing.assert_array_equal(other(X), fast(X))
    assert kernels.Network.load(path) == fast.network


def test_its_file_is_read_without_the_library(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    made().save(path)
    code = (
        f"import sys, kernels; fast = kernels.load({str(path)!r}); print(fast([1, 2, 3, 4]).shape);"
        "print({'torch', 'keras', 'onnx', 'sklearn'} & set(sys.modules))"
    )
    result = python("-c", code)
    assert result.stdout.split("\n")[:2] == ["(3,)", "set()"], result.stderr


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"module_format": np.array(99)}, "format 99, expected 1 to 1: a newer version wrote it"),
        ({"description": np.array("{}")}, "source"),
        ({"theta": np.full(51, np.nan)}, "theta must be finite"),
        (
            {"description": np.array(json.dumps(DESCRIBED | {"dtype": "x"}))},
            "dtype",
        ),
        (
            {"description": np.array(json.dumps(DESCRIBED | {"threads": 0}))},
            "threads must be at least 1",
        ),
        (
            {"description": np.array(json.dumps(DESCRIBED | {"axes": "first"}))},
            "axes must be one of last, samples, rows, two, got 'first'",
        ),
    ],
)
def test_a_damaged_file_is_refused(change: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    made().save(path)
    with np.load(path) as archive:
        contents = dict(archive)
    np.savez(path, **(contents | change))
    with pytest.raises(
        ValueError, match=f"does not hold a compiled estimator or module: .*{message}"
    ):
        kernels.load(path)


def test_other_objects_are_told_what_is_compiled() -> None:
    for other in (3, network(PAIR), dict):
        with pytest.raises(
            TypeError, match="takes a module of PyTorch, a model of Keras, or a fit"
        ):
            kernels.compile(other)


def test_a_module_of_pytorch_is_compiled_to_what_it_computes() -> None:
    torch = pytest.importorskip("torch")
    nn = torch.nn
    torch.manual_seed(1)
    module = nn.Sequential(nn.Flatten(), nn.Linear(4, 6), nn.Tanh(), nn.Dropout(), nn.Linear(6, 2))
    module.eval()
    fast: Any = kernels.compile(module, threads=1)
    assert repr(fast) == "<CompiledModule of torch Sequential: 4-6-2 (tanh, identity), float64>"
    X = torch.randn(5, 4, requires_grad=True)
    expected = module(X)
    for given, dtype in ((X, torch.float32), (X.double(), torch.float64), (X.half(), torch.half)):
        found = fast(given)
        assert found.dtype == dtype
        assert not found.requires_grad
        assert torch.allclose(found.double(), expected.double(), rtol=1e-2, atol=1e-2)
    assert torch.allclose(fast(X), expected, rtol=1e-5, atol=1e-6)
    assert torch.allclose(fast(X.reshape(5, 2, 2)), expected, rtol=1e-5, atol=1e-6)
    assert fast(X[0]).shape == (2,)
    assert isinstance(fast(X.detach().numpy()), np.ndarray)
    with pytest.raises(ValueError, match="layer 0"):
        kernels.compile(nn.Sequential(nn.Conv2d(1, 1, 1)))


def test_a_model_of_keras_that_torch_computes_is_read_as_one_of_keras(monkeypatch: Any) -> None:
    for package in ("keras", "torch"):
        stand_in: Any = ModuleType(package)
        stand_in.Tensor = type("Tensor", (), {})
        monkeypatch.setitem(sys.modules, package, sys.modules.get(package, stand_in))
    module = type("Module", (), {"__module__": "torch.nn.modules.module"})
    model = type("Model", (module,), {"__module__": "keras.src.models.model"})
    chain = Chain("the model")
    chain.linear(np.ones((3, 4)), None, "layer 0")
    monkeypatch.setattr(keras, "chain_of", lambda _: chain)
    assert repr(kernels.compile(model())).startswith("<CompiledModule of keras Model: 4-3")


def test_recognising_a_module_imports_no_library() -> None:
    before = set(sys.modules)
    with pytest.raises(TypeError):
        kernels.compile(3)
    assert not {"torch", "keras"} & (set(sys.modules) - before)


def tensors(torch: Any) -> dict[str, Any]:
    """Tensors that hold no real numbers in a form that can be read, by what messages say."""
    ones = torch.ones(4)
    return {
        "complex": ones * 1j,
        "without data": torch.ones(4, device="meta"),
        "quantized": torch.quantize_per_tensor(ones, 0.1, 0, torch.quint8),
        "nested": torch.nested.nested_tensor([ones, ones]),
        "torch.sparse_coo": torch.eye(4).to_sparse(),
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_call_takes_the_same_tensors(dtype: str) -> None:
    torch = pytest.importorskip("torch")
    fast: Any = kernels.compile(torch.nn.Linear(4, 3), dtype)
    x = torch.arange(4, dtype=torch.float64)
    expected = fast(x).numpy()
    for given in (
        x.clone().requires_grad_(),
        x.bfloat16(),
        x.half(),
        x.long(),
        torch.complex(x, -x).conj().imag,
        x.repeat_interleave(2)[::2],
    ):
        for found in (fast(given), fast.one(given), fast.predict(given.reshape(1, 4))[0]):
            result = np.asarray(found.double() if isinstance(found, torch.Tensor) else found)
            np.testing.assert_allclose(result, expected, rtol=1e-2)
    for call in (fast, fast.one, fast.predict):
        for kind, bad in tensors(torch).items():
            with pytest.raises(TypeError, match=f"a dense tensor of real numbers, got .*{kind}"):
                call(bad)
