"""JAX's peers, held to functions of JAX that are made here."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network
from kernels.network import views
from kernels.support.checks import DTYPES, Array
from tests.kernels.shifts import CLOSE, SECONDS, samples, shifted

jax: Any = pytest.importorskip("jax")

SIZES = (6, 5, 4, 3)
NAMES = ("jax", "jax-arguments")


def output(network: Network, theta: Any, X: Any, f: Any) -> Any:
    """h[L] of every row of X, with f after every layer but the last."""
    *hidden, (W, b) = zip(*views(theta, network.sizes), strict=True)
    for V, c in hidden:
        X = f(X @ V.T + c)
    return X @ W.T + b


def data(m: int = 9) -> tuple[Array, Array]:
    rng = np.random.default_rng(5)
    return rng.normal(size=(m, 6)), rng.normal(size=(m, 3))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("activation", ["elu", "gelu", "leaky_relu", "silu", "softplus"])
def test_gradients_are_those_of_jax(name: str, activation: str) -> None:
    network = Network.random(SIZES, seed=1, activations=(activation, activation, "identity"))
    plan = kernels.plan(network, name)
    f = getattr(jax.nn, activation)
    f = (lambda z: jax.nn.gelu(z, approximate=False)) if activation == "gelu" else f
    X, Y = data()

    def cost(theta: Any) -> Any:
        return ((output(network, theta, X, f) - Y) ** 2).sum() / 2 / len(X)

    now, slopes = jax.value_and_grad(cost)(jax.numpy.array(network.theta))
    found = plan.gradient(X, Y)
    np.testing.assert_allclose(found.cost, now, rtol=1e-12)
    np.testing.assert_allclose(found.theta, slopes, rtol=1e-11, atol=1e-11)
    expected = output(network, network.theta, X, f)
    np.testing.assert_allclose(plan.forward_batch(X), expected, rtol=1e-12)
    np.testing.assert_allclose(plan.forward(X[0]), expected[0], rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_threads_see_old_or_new_parameters_and_no_others(name: str) -> None:
    """Constants of a compiled function belong to one set of parameters, whenever it compiles."""
    X, _ = data()
    thetas = [Network.centred(SIZES, seed).theta for seed in (1, 2)]
    plan = kernels.plan(Network.centred(SIZES, seed=1), name)
    known = []
    for theta in thetas:
        plan.update(theta)
        known.append(plan.forward_batch(X))

    def work(k: int) -> bool:
        if k % 4 == 0:
            plan.update(thetas[k // 4 % 2])
        found = plan.forward_batch(X)
        return any(np.array_equal(found, one) for one in known)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(24)))


@pytest.mark.parametrize("name", NAMES)
def test_copies_keep_their_parameters(name: str) -> None:
    X, _ = data()
    plan = kernels.plan(Network.centred(SIZES, seed=1), name)
    before = plan.forward_batch(X)
    copies = [copy.copy(plan), copy.deepcopy(plan), pickle.loads(pickle.dumps(plan))]
    plan.update(Network.centred(SIZES, seed=2).theta)
    assert not np.allclose(plan.forward_batch(X), before)
    for one in copies:
        np.testing.assert_allclose(one.forward_batch(X), before, rtol=1e-13)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_a_shift_is_subtracted(name: str, dtype: str) -> None:
    network = shifted((5, 9, 3), SECONDS, ("relu", "softmax"))
    X, _ = samples(network, 7)
    expected = kernels.plan(network, "batched", dtype).forward_batch(X)
    np.testing.assert_allclose(
        kernels.plan(network, name, dtype).forward_batch(X), expected, **CLOSE[dtype]
    )


def test_a_pass_compiles_once() -> None:
    """Later passes, parts of passes, updates and trainers use the program of the first."""
    plan: Any = kernels.plan(Network.centred(SIZES, seed=1), "jax")
    X, Y = data(11)
    for seed in (1, 2, 3):
        plan.update(Network.centred(SIZES, seed).theta)
        trainer = plan.trainer(kernels.Adam())
        for _ in range(3):
            trainer.epoch(X, Y, batch_size=4)
    assert plan._batches._cache_size() <= 2  # state as NumPy's array, and as JAX's
