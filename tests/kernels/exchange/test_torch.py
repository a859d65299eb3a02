"""Networks from modules of PyTorch and as modules, compared with PyTorch itself."""

from __future__ import annotations

import copy
import importlib
import io
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import kernels
from tests.kernels.exchange.networks import PAIRS, SHIFT, exactly, network, outputs, samples

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional
FROM = kernels.Network.from_torch
HIDDEN: tuple[Any, ...] = (
    nn.Sigmoid,
    nn.Tanh,
    nn.ReLU,
    nn.LeakyReLU,
    nn.ELU,
    nn.GELU,
    nn.SiLU,
    nn.Softplus,
    nn.Identity,
    lambda: nn.GELU(approximate="tanh"),
    lambda: nn.ReLU(inplace=True),
)
OUTPUT: tuple[Any, ...] = (
    nn.Identity,
    nn.Sigmoid,
    nn.Tanh,
    nn.ReLU,
    lambda: nn.Softmax(dim=1),
    lambda: nn.Softmax(dim=-1),
)


def normalization(n: int, **options: Any) -> Any:
    """A BatchNorm1d that has seen data."""
    layer = nn.BatchNorm1d(n, **options)
    with torch.no_grad():
        layer.running_mean.copy_(torch.randn(n))
        layer.running_var.copy_(torch.rand(n) + 0.1)
        if layer.affine:
            layer.weight.copy_(torch.randn(n))
            layer.bias.copy_(torch.randn(n))
    return layer


def random_module(seed: int) -> tuple[Any, int]:
    """A Sequential of random layers, some of them in Sequentials of their own, and its inputs."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 9, rng.integers(2, 6)).tolist()
    layers: list[Any] = [nn.Flatten()] if rng.random() < 0.3 else []
    last = len(sizes) - 2
    for l, (n, rows) in enumerate(pairwise(sizes)):
        part: list[Any] = []
        if rng.random() < 0.3:
            part.append(normalization(n, affine=bool(rng.random() < 0.5)))
        part.append(nn.Linear(n, rows, bias=bool(rng.random() < 0.7)))
        if rng.random() < 0.3:
            part.append(normalization(rows))
        choices = OUTPUT if l == last else HIDDEN
        part.append(choices[rng.integers(len(choices))]())
        if rng.random() < 0.3:
            part.append(nn.Dropout())
        layers += [nn.Sequential(*part)] if rng.random() < 0.4 else part
    return nn.Sequential(*layers), sizes[0]


@pytest.mark.parametrize("seed", range(40))
def test_a_network_computes_what_a_random_module_does_in_evaluation(seed: int) -> None:
    module, n = random_module(seed)
    modes = [one.training for one in module.modules()]
    found = FROM(module)
    assert [one.training for one in module.modules()] == modes
    X = np.random.default_rng(seed).normal(size=(6, n)).astype(np.float32)
    module.eval()
    with torch.no_grad():
        single = module(torch.from_numpy(X)).numpy()
        expected = copy.deepcopy(module).double()(torch.from_numpy(X).double()).numpy()
    scale = 1 + np.abs(expected).max()
    assert np.abs(outputs(found, X) - expected).max() < 3e-9 * scale  # softplus is off by 2e-9
    assert np.abs(outputs(found, X) - single).max() < 1e-5 * scale


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_parameters_convert_exactly(dtype: Any) -> None:
    module = nn.Linear(3, 2).to(dtype)
    found = FROM(module)
    assert found.activations == ("identity",)
    np.testing.assert_array_equal(found.W[0], module.weight.detach().double().numpy())
    np.testing.assert_array_equal(found.b[0], module.bias.detach().double().numpy())
    found.W[0][:] = 0
    assert module.weight.abs().sum() > 0


@pytest.mark.parametrize("threshold", [20, 30, 40.0, 1000])
def test_softplus_is_itself_from_the_default_threshold_on(threshold: float) -> None:
    module = nn.Sequential(nn.Linear(3, 2), nn.Softplus(threshold=threshold))
    assert FROM(module).activations == ("softplus",)


@pytest.mark.parametrize("shift", [None, SHIFT])
@pytest.mark.parametrize("pair", PAIRS)
def test_a_module_of_a_network_computes_the_same_and_is_read_back(
    pair: tuple[str, str], shift: Any
) -> None:
    whole = network(pair, shift)
    module = whole.to_torch()
    X = samples(shift)
    with torch.no_grad():
        found = module(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(found, outputs(whole, X), rtol=1e-12, atol=1e-12)
    assert FROM(module) == whole
    single = whole.to_torch("float32")
    given = torch.from_numpy(X if shift else X.astype(np.float32))
    result = single(given)
    assert result.dtype == torch.float32
    np.testing.assert_allclose(result.detach().numpy(), outputs(whole, X), rtol=2e-5, atol=2e-6)
    np.testing.assert_array_equal(FROM(single).theta, whole.theta.astype(np.float32))


def test_a_module_of_a_shifted_network_can_be_trained_copied_and_saved() -> None:
    module = network(("tanh", "exp"), SHIFT).to_torch()
    X = torch.from_numpy(samples(SHIFT))
    before = module(X)
    module.train()
    assert torch.equal(module(X), before)
    module(X).sum().backward()
    assert all(one.grad is not None for one in module.parameters())
    assert [name for name, _ in module.named_buffers()] == ["0.shift"]
    assert torch.equal(copy.deepcopy(module)(X), before)
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    assert torch.equal(torch.load(file, weights_only=False)(X), before)


@pytest.mark.parametrize("start", ["float64", "float32"])
@pytest.mark.parametrize(
    "cast",
    [
        lambda module: module.float(),
        lambda module: module.double(),
        lambda module: module.half(),
        lambda module: module.to(torch.bfloat16),
        lambda module: copy.deepcopy(module).to("cpu", torch.float32),
    ],
)
def test_a_shift_keeps_its_digits_whatever_a_module_is_cast_to(start: str, cast: Any) -> None:
    whole = network(("tanh", "identity"), SHIFT)
    module = cast(whole.to_torch(start))
    assert module[0].shift.dtype == torch.float64
    X = samples(SHIFT)
    found = module(torch.from_numpy(X))
    assert found.dtype == module[1].weight.dtype
    expected = outputs(whole, X)
    np.testing.assert_allclose(found.detach().double().numpy(), expected, rtol=0.05, atol=0.05)
    np.testing.assert_array_equal(FROM(module).shift, SHIFT)


def test_a_state_of_a_shifted_network_is_loaded() -> None:
    whole = network(("tanh", "identity"), SHIFT)
    module, other = whole.to_torch(), kernels.Network.centred((4, 6, 3), 1, None, (0,) * 4)
    fresh = kernels.Network(other.W, other.b, whole.activations, (1.0,) * 4).to_torch()
    fresh.load_state_dict(module.state_dict())
    assert FROM(fresh) == whole


# --- what is refused ------------------------------------------------------------------------------


def hooked() -> Any:
    module = nn.Linear(2, 2)
    module.register_forward_hook(lambda module, given, result: 2 * result)
    return module


def pruned() -> Any:
    prune = importlib.import_module("torch.nn.utils.prune")
    return prune.l1_unstructured(nn.Linear(2, 2), "weight", 0.5)


def not_finite() -> Any:
    module = nn.Linear(2, 2)
    with torch.no_grad():
        module.weight[0, 1] = np.nan
    return module


def without_weight() -> Any:
    module = nn.Linear(2, 2)
    module.weight = None
    return nn.Sequential(module)


def sparse() -> Any:
    module = nn.Linear(2, 2)
    module.weight = nn.Parameter(torch.eye(2).to_sparse())
    return nn.Sequential(module)


def quantized() -> Any:
    return torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(2, 2)))


def mkldnn() -> Any:
    return importlib.import_module("torch.utils.mkldnn").to_mkldnn(nn.Linear(2, 2).eval())


def replaced() -> Any:
    module = nn.Linear(2, 2)
    module.forward = lambda x: 2 * x
    return nn.Sequential(module)


L = nn.Linear


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (nn.Sequential, "the module has no linear layer"),
        (lambda: nn.Sequential(nn.Dropout()), "the module has no linear layer"),
        (lambda: nn.Conv2d(1, 1, 1), "the module (Conv2d): only Linear, BatchNorm1d,"),
        (
            lambda: nn.Sequential(L(2, 2), nn.Sequential(nn.ReLU(), nn.Hardswish())),
            "layer 1.1 (Hardswish): only Linear,",
        ),
        (lambda: nn.Sequential(L(2, 3), nn.LogSoftmax(1)), "leave it out for z"),
        (lambda: nn.Sequential(L(2, 3), nn.LeakyReLU(0.2), L(3, 1)), "negative_slope=0.2"),
        (lambda: nn.Sequential(L(2, 3), nn.ELU(0.5), L(3, 1)), "alpha=0.5"),
        (lambda: nn.Sequential(L(2, 3), nn.Softplus(2)), "beta=2"),
        (lambda: nn.Sequential(L(2, 3), nn.Softplus(1, 19.5)), "threshold=19.5"),
        (lambda: nn.Sequential(L(2, 3), nn.Softmax(0)), "dim=0"),
        (lambda: nn.Sequential(L(2, 3), nn.PReLU(), L(3, 1)), "layer 1 (PReLU)"),
        (lambda: nn.Sequential(L(2, 3), L(2, 1)), "layer 1 (Linear) takes 2 inputs, but the layer"),
        (lambda: nn.Sequential(nn.ReLU(), L(2, 1)), "layer 0 (ReLU): expected a linear layer"),
        (
            lambda: nn.Sequential(L(2, 3), nn.ReLU(), nn.Tanh()),
            "layer 2 (Tanh): an activation can follow a linear layer only",
        ),
        (lambda: nn.Sequential(L(2, 3), nn.Softmax(1), L(3, 1)), "softmax is for the output layer"),
        (lambda: nn.Sequential(L(2, 3), nn.GELU()), "gelu is for hidden layers"),
        (
            lambda: nn.Sequential(L(2, 3), nn.ReLU(), normalization(3)),
            "layer 2 (BatchNorm1d) follows the last activation",
        ),
        (lambda: nn.BatchNorm1d(3, track_running_stats=False), "depends on the batch"),
        (lambda: nn.Sequential(normalization(5), L(2, 3)), "each of 2 nodes, got shape (5,)"),
        (lambda: nn.Sequential(nn.Flatten(0), L(2, 3)), "layer 0 (Flatten): it flattens more"),
        (lambda: nn.LazyLinear(3), "it has no weights yet"),
        (lambda: L(2, 3, device="meta"), "on device meta"),
        (lambda: nn.ModuleList([L(2, 2)]), "the module (ModuleList): only"),
        (lambda: nn.Sequential(L(2, 3, dtype=torch.complex64)), "must be real numbers"),
        (hooked, "it has hooks"),
        (pruned, "torch.nn.utils.prune.remove"),
        (lambda: nn.DataParallel(L(2, 2)), "give its .module"),
        (without_weight, "layer 0 (Linear): it cannot be read: AttributeError"),
        (sparse, "layer 0 (Linear): its parameters must be dense"),
        (quantized, "layer 0 (Linear): only Linear"),
        (mkldnn, "it is a compiled script"),
        (replaced, "layer 0 (Linear): its forward has been replaced"),
        (not_finite, "NaN or infinity in 1 of 4"),
    ],
)
def test_what_cannot_be_converted_is_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=exactly(message)):
        FROM(make())


@pytest.mark.filterwarnings("ignore")
def test_a_compiled_script_is_refused() -> None:
    with pytest.raises(ValueError, match="give the module it was made from"):
        FROM(torch.jit.script(nn.Linear(2, 2)))


def test_other_objects_are_refused() -> None:
    for other, name in ((nn.Linear, "the class Linear"), (torch.ones(3), "Tensor"), ({}, "dict")):
        with pytest.raises(TypeError, match=f"expected a torch.nn.Module, got {name}"):
            FROM(other)
    whole = network(("relu", "softmax"))
    with pytest.raises(ValueError, match="dtype must be one of"):
        whole.to_torch("float16")
    whole.theta[3] = 1e300
    with pytest.raises(ValueError, match="theta in float32 must be finite"):
        whole.to_torch("float32")


def test_a_layer_that_stands_twice_is_applied_twice() -> None:
    layer = nn.Linear(3, 3).double()
    module = nn.Sequential(layer, nn.Tanh(), layer)
    X = torch.randn(4, 3).double()
    np.testing.assert_allclose(
        outputs(FROM(module), X.numpy()), module(X).detach().numpy(), rtol=1e-13, atol=1e-13
    )


@pytest.mark.filterwarnings("ignore")
def test_parametrized_and_compiled_modules_are_read_as_they_compute() -> None:
    layer = torch.nn.utils.parametrizations.weight_norm(nn.Linear(3, 2).double())
    X = torch.randn(4, 3).double()
    for module in (layer, torch.compile(layer)):
        found = outputs(FROM(module), X.numpy())
        np.testing.assert_allclose(found, layer(X).detach().numpy(), rtol=1e-13, atol=1e-13)
