"""NumPy as an expert writes it: blocks, workspaces, and its own forms of activations and steps."""

from __future__ import annotations

import copy
import pickle
import threading
import tracemalloc
import warnings
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Adam, AdamW, Network
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.named import function
from kernels.peers import numpy_expert
from kernels.support.checks import DTYPES
from tests.kernels.peers import calls

scipy_special = pytest.importorskip("scipy.special")

NAME = "numpy-expert"
NETWORK = Network.centred((6, 9, 4), 1, ("logistic", "softmax"))
X = np.random.default_rng(0).standard_normal((40, 6))
Y = np.eye(4)[np.arange(40) % 4]


def by_scipy(network: Network, X: Any) -> Any:
    """The outputs of a network of logistic nodes and softmax, in float64."""
    first, second = network.W
    H = scipy_special.expit(X @ first.T + network.b[0])
    return scipy_special.softmax(H @ second.T + network.b[1], axis=1)


@pytest.mark.parametrize("dtype", DTYPES)
def test_batches_of_many_sizes_in_turn(dtype: str) -> None:
    given = X.astype(dtype)
    calls.sizes_in_turn(kernels.plan(NETWORK, NAME, dtype), given, by_scipy(NETWORK, given))


@pytest.mark.parametrize("name", ["logistic", "tanh", "relu"])
@pytest.mark.parametrize(("last", "loss"), [("softmax", "log"), ("identity", "squared")])
def test_later_calls_allocate_no_array_of_nodes(name: str, last: str, loss: str) -> None:
    """Only numbers for each sample, and NumPy's own buffers, of up to 64 KiB."""
    m, nodes = 1400, 32
    network = Network.centred((8, 2 * nodes, nodes), 1, (name, last))
    plan = kernels.plan(network, NAME, loss=loss)
    generator = np.random.default_rng(0)
    X, Y = generator.standard_normal((m, 8)), np.eye(nodes)[np.arange(m) % nodes]
    out, place = np.empty((m, nodes)), plan.gradient(X, Y)
    for call in (lambda: plan.forward_batch(X, out), lambda: plan.gradient(X, Y, place)):
        call()
        tracemalloc.start()
        call()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < m * nodes * X.itemsize / 2


def test_several_threads_may_call_a_plan() -> None:
    calls.threads_do_not_mix(kernels.plan(NETWORK, NAME), X, by_scipy(NETWORK, X))


def test_threads_do_not_mix_their_gradients() -> None:
    plan = kernels.plan(NETWORK, NAME, loss="log")
    true = [plan.gradient(X[k : k + 9], Y[k : k + 9]).theta for k in range(4)]
    right, start = [], threading.Barrier(4)

    def work(k: int) -> None:
        start.wait()
        found = [plan.gradient(X[k : k + 9], Y[k : k + 9]).theta for _ in range(100)]
        right.append(all(np.array_equal(one, true[k]) for one in found))

    workers = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert right == [True] * 4


def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut batches into blocks of 7 samples."""
    monkeypatch.setattr(numpy_expert, "LEAST_ROWS", 7)
    monkeypatch.setattr(numpy_expert, "BLOCK", 1)


@pytest.mark.parametrize("m", [1, 6, 7, 8, 14, 15, 40])
def test_blocks_leave_no_sample_out(m: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = kernels.plan(NETWORK, NAME, loss="log").gradient(X[:m], Y[:m])
    small_blocks(monkeypatch)
    plan = kernels.plan(NETWORK, NAME, loss="log")
    assert calls.close(plan.forward_batch(X[:m]), by_scipy(NETWORK, X[:m]), "float64")
    for _ in range(2):  # the second call finds the first one's workspace
        found = plan.gradient(X[:m], Y[:m])
        assert found.cost == pytest.approx(whole.cost, rel=1e-12)
        assert calls.close(found.theta, whole.theta, "float64")


def by_autograd(network: Network, loss: str) -> Any:
    """The gradient by theta over X and Y, from PyTorch."""
    torch = pytest.importorskip("torch")
    leaves = [
        torch.tensor(one, requires_grad=True)
        for pair in zip(network.W, network.b, strict=True)
        for one in pair
    ]
    H, targets = torch.tensor(X), torch.tensor(Y)
    for k, name in enumerate(network.activations):
        Z = torch.nn.functional.linear(H, *leaves[2 * k : 2 * k + 2])
        H = function(torch.nn, ACTIVATIONS[name].libraries["torch"])()(Z)
    cost = {
        "squared": lambda: (H - targets).square().sum() / 2 / len(X),
        "log": lambda: torch.nn.functional.cross_entropy(Z, targets),
    }[loss]()
    return torch.cat([slope.ravel() for slope in torch.autograd.grad(cost, leaves)]).numpy()


HIDDEN = [n for n, f in ACTIVATIONS.items() if f.hidden and "torch" in f.libraries]


@pytest.mark.parametrize("blocks", ["one", "several"])
@pytest.mark.parametrize("name", [one for one in HIDDEN if one != "softplus"])
@pytest.mark.parametrize(("last", "loss"), [("softmax", "log"), ("tanh", "squared")])
def test_gradients_are_those_of_autograd(
    name: str, last: str, loss: str, blocks: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if blocks == "several":
        small_blocks(monkeypatch)
    network = Network.centred((6, 9, 5, 4), 1, (name, name, last))
    found = kernels.plan(network, NAME, loss=loss).gradient(X, Y)
    np.testing.assert_allclose(found.theta, by_autograd(network, loss), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", [Adam, AdamW])
@pytest.mark.parametrize("shuffled", [False, True])
def test_steps_are_those_of_pytorchs_optimizers(kind: type[Adam], shuffled: bool) -> None:
    """Batches of 7 of 40 samples: the last is smaller."""
    torch = pytest.importorskip("torch")
    optimizer = kind(0.01, epsilon_after_correction=True)
    trainer = kernels.plan(NETWORK, NAME, loss="log").trainer(optimizer)
    leaves = [
        torch.tensor(one, requires_grad=True)
        for pair in zip(NETWORK.W, NETWORK.b, strict=True)
        for one in pair
    ]
    other = getattr(torch.optim, kind.__name__)(leaves, 0.01)
    for turn in range(3):
        order = np.random.default_rng(turn).permutation(40) if shuffled else np.arange(40)
        trainer.epoch(X, Y, 7, order if shuffled else None)
        for start in range(0, 40, 7):
            chosen = order[start : start + 7]
            W, b, V, c = leaves
            H = torch.sigmoid(torch.nn.functional.linear(torch.tensor(X[chosen]), W, b))
            Z = torch.nn.functional.linear(H, V, c)
            cost = torch.nn.functional.cross_entropy(Z, torch.tensor(Y[chosen]))
            other.zero_grad()
            cost.backward()
            other.step()
    true = torch.cat([leaf.detach().ravel() for leaf in leaves]).numpy()
    np.testing.assert_allclose(trainer.theta, true, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_no_sample_gives_a_warning(name: str, dtype: str) -> None:
    """NaN reaches the outputs, and large numbers overflow silently."""
    names = ("tanh", name) if ACTIVATIONS[name].output else (name, "identity")
    plan = kernels.plan(Network.centred((3, 5, 2), 1, names), NAME, dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for value in (np.inf, -np.inf, 1e30, -1e30, np.nan):
            plan.forward([0.5, value, 1])
            plan.forward([-value, value, value])
            plan.forward_batch([[0.5, value, 1], [1, 2, 3]])
        assert np.isnan(plan.forward([0.5, np.nan, 1])).all()
        plan.train(X[:5, :3], Y[:5, :2], 2, batch_size=2, optimizer=Adam())


def test_update_reaches_every_operation() -> None:
    plan = kernels.plan(NETWORK, NAME, loss="log")
    plan.forward(X[0])
    plan.gradient(X, Y)
    other = Network.centred(NETWORK.sizes, 2, NETWORK.activations)
    plan.update(other.theta)
    assert calls.close(plan.forward(X[0]), by_scipy(other, X[:1])[0], "float64")
    assert calls.close(plan.forward_batch(X), by_scipy(other, X), "float64")
    true = kernels.plan(other, NAME, loss="log").gradient(X, Y)
    assert np.array_equal(plan.gradient(X, Y).theta, true.theta)


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_copies_have_workspaces_of_their_own(way: Any) -> None:
    plan = kernels.plan(NETWORK, NAME)
    other = way(plan)
    other.update(np.zeros(NETWORK.theta.size))
    assert calls.close(other.forward(X[0]), np.full(4, 0.25), "float64")
    assert calls.close(plan.forward(X[0]), by_scipy(NETWORK, X[:1])[0], "float64")


def test_memory_does_not_grow() -> None:
    plan = kernels.plan(NETWORK, NAME)
    sizes = iter(range(1, 10**6))

    def call() -> None:
        m = 500 + next(sizes) % 50
        plan.update(NETWORK.theta)
        plan.forward_batch(np.zeros((m, 6)))
        plan.gradient(np.zeros((m, 6)), np.zeros((m, 4)))
        plan.forward(X[0])

    assert calls.grown(call, 300) < 2 << 20
