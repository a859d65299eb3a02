"""PyTorch's peers, held to modules and optimizers of PyTorch that are made here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import SGD, Adam, AdamW, Network
from kernels.network import parts
from kernels.support.checks import DTYPES, Array

torch: Any = pytest.importorskip("torch")

SIZES = (6, 5, 4, 3)
NAMES = ("pytorch", "pytorch-module")
CLOSE: dict[str, Any] = {
    "float64": {"rtol": 1e-11, "atol": 1e-12},
    "float32": {"rtol": 2e-4, "atol": 2e-5},
}
MODULES = {
    "elu": torch.nn.ELU(),
    "gelu": torch.nn.GELU(),
    "gelu_tanh": torch.nn.GELU(approximate="tanh"),
    "leaky_relu": torch.nn.LeakyReLU(),
    "logistic": torch.nn.Sigmoid(),
    "relu": torch.nn.ReLU(),
    "silu": torch.nn.SiLU(),
    "softplus": torch.nn.Softplus(threshold=50),
    "tanh": torch.nn.Tanh(),
}


def module_of(network: Network, dtype: str, *functions: Any) -> Any:
    """The network as a module, with these functions after its layers; the last may be missing."""
    made: list[Any] = []
    for k, (n, rows) in enumerate(pairwise(network.sizes)):
        made += [torch.nn.Linear(n, rows), *functions[k : k + 1]]
    module = torch.nn.Sequential(*made).to(getattr(torch, dtype))
    with torch.no_grad():
        for one, part in zip(module.parameters(), parts(network.theta, network.sizes), strict=True):
            one.copy_(torch.from_numpy(part))
    return module


def flat(tensors: Any) -> Array:
    found: Array = torch.cat([one.detach().flatten() for one in tensors]).numpy()
    return found


def data(dtype: str, m: int = 11) -> tuple[Array, Array]:
    rng = np.random.default_rng(5)
    return rng.normal(size=(m, 6)).astype(dtype), np.eye(3, dtype=dtype)[rng.integers(0, 3, m)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("activation", MODULES)
def test_outputs_and_gradients_are_those_of_a_module(
    name: str, activation: str, dtype: str
) -> None:
    network = Network.random(SIZES, seed=1, activations=(activation, activation, "identity"))
    plan = kernels.plan(network, name, dtype)
    module = module_of(network, dtype, MODULES[activation], MODULES[activation])
    X, Y = data(dtype)
    X *= 8  # softplus from 20 on
    with torch.no_grad():
        expected = module(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(plan.forward_batch(X), expected, **CLOSE[dtype])
    np.testing.assert_allclose(plan.forward(X[0]), expected[0], **CLOSE[dtype])
    cost = (module(torch.from_numpy(X)) - torch.from_numpy(Y)).square().sum() / 2 / len(X)
    cost.backward()
    found = plan.gradient(X, Y)
    expected = flat(one.grad for one in module.parameters())
    np.testing.assert_allclose(found.cost, cost.item(), rtol=CLOSE[dtype]["rtol"])
    size = float(abs(expected).max())
    np.testing.assert_allclose(found.theta / size, expected / size, **CLOSE[dtype])


OPTIMIZERS = (
    (SGD(0.1), lambda p: torch.optim.SGD(p, 0.1)),
    (SGD(0.1, momentum=0.8), lambda p: torch.optim.SGD(p, 0.1, momentum=0.8)),
    (
        SGD(0.1, momentum=0.8, nesterov=True),
        lambda p: torch.optim.SGD(p, 0.1, momentum=0.8, nesterov=True),
    ),
    (Adam(0.01, epsilon_after_correction=True), lambda p: torch.optim.Adam(p, 0.01)),
    (AdamW(0.01, weight_decay=0.2), lambda p: torch.optim.AdamW(p, 0.01, weight_decay=0.2)),
)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("ours", "theirs"), OPTIMIZERS)
@pytest.mark.parametrize("name", [*NAMES, "jax", "jax-arguments"])
def test_passes_are_those_of_the_optimizer(name: str, ours: Any, theirs: Any, dtype: str) -> None:
    """Three passes in random orders, the last batch of each smaller, with a penalty."""
    if kernels.missing(name):
        pytest.skip(f"{name}: {kernels.missing(name)}")
    network = Network.random(SIZES, seed=2, activations=("relu", "tanh", "softmax"))
    X, Y = data(dtype)
    orders = np.stack([np.random.default_rng(k).permutation(len(X)) for k in range(3)])
    plan = kernels.plan(network, name, dtype, loss="log")
    found = plan.train(X, Y, 3, batch_size=4, optimizer=ours, l2=0.3, shuffle=orders)

    module = module_of(network, dtype, torch.nn.ReLU(), torch.nn.Tanh())
    optimizer = theirs(module.parameters())
    costs = []
    for order in orders:
        total = 0.0
        for chosen in np.split(order, [4, 8]):
            optimizer.zero_grad()
            x, y = torch.from_numpy(X[chosen]), torch.from_numpy(Y[chosen])
            cost = torch.nn.functional.cross_entropy(module(x), y)
            weights = [layer.weight for layer in module if isinstance(layer, torch.nn.Linear)]
            cost = cost + 0.3 / 2 / len(x) * sum(one.square().sum() for one in weights)
            cost.backward()
            optimizer.step()
            total += cost.item() * len(x)
        costs.append(total / len(X))
    np.testing.assert_allclose(found.cost, costs, **CLOSE[dtype])
    np.testing.assert_allclose(found.network.theta, flat(module.parameters()), **CLOSE[dtype])


@pytest.mark.parametrize("name", NAMES)
def test_threads_share_a_plan_and_keep_their_gradients_apart(name: str) -> None:
    plan = kernels.plan(Network.centred(SIZES, seed=3), name)
    X, Y = data("float64", 64)
    expected = [plan.gradient(x, y).theta for x, y in zip(X, Y, strict=True)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda k: plan.gradient(X[k], Y[k]).theta, range(64)))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_works_whatever_mode_of_autograd_is_on(name: str) -> None:
    network = Network.centred(SIZES, seed=3)
    plan = kernels.plan(network, name)
    X, _ = data("float64")
    expected = plan.forward_batch(X)
    for mode in (torch.inference_mode, torch.no_grad, torch.enable_grad):
        with mode():
            np.testing.assert_array_equal(plan.forward_batch(X), expected)
            np.testing.assert_allclose(plan.forward(X[0]), expected[0], rtol=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_strides_that_numpy_does_not_heed_are_taken(name: str) -> None:
    network = Network.centred((1, 3, 1), 1, ("tanh", "logistic"))
    plan, true = kernels.plan(network, name), kernels.plan(network, "batched")
    x = np.ones(1)[::-1]
    assert x.strides == (-8,)
    assert x.flags.carray
    out = np.zeros((1, 3))[:, :1][::-1]
    np.testing.assert_allclose(plan.forward(x), true.forward(x), rtol=1e-14)
    np.testing.assert_allclose(plan.forward_batch(x[np.newaxis], out[:, :1]), out, rtol=1e-14)
    np.testing.assert_allclose(out, true.forward_batch(x[np.newaxis]), rtol=1e-14)
    found = plan.gradient(x[np.newaxis], x[np.newaxis])
    expected = true.gradient(x[np.newaxis], x[np.newaxis])
    np.testing.assert_allclose(found.theta, expected.theta, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_a_caller_s_mode_does_not_reach_into_a_plan(name: str, mode: Any) -> None:
    network = Network.centred(SIZES, 1)
    X, Y = np.full((6, SIZES[0]), 0.5), np.full((6, SIZES[-1]), 0.25)
    true = kernels.plan(network, name)
    with mode():
        plan = kernels.plan(network, name)
        found, trained = plan.gradient(X, Y), plan.train(X, Y, 2)
        batches = plan.train(X, Y, 2, batch_size=2, optimizer=Adam())
        assert not torch.is_grad_enabled()
    np.testing.assert_array_equal(found.theta, true.gradient(X, Y).theta)
    np.testing.assert_array_equal(trained.network.theta, true.train(X, Y, 2).network.theta)
    again = true.train(X, Y, 2, batch_size=2, optimizer=Adam())
    np.testing.assert_array_equal(batches.network.theta, again.network.theta)
    np.testing.assert_array_equal(plan.gradient(X, Y).theta, found.theta)  # outside again
