"""ONNX Runtime, with bindings and without, and its sessions, which can be used without a plan."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network
from kernels.peers.onnx_runtime import MOST_COPIED
from kernels.support.checks import DTYPES
from tests.kernels.peers import calls
from tests.kernels.shifts import CLOSE, SECONDS, samples, shifted

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

NAMES = ("onnx-runtime", "onnx-runtime-run")
NETWORK = Network.centred((6, 9, 4), 1, ("tanh", "softmax"))
X = np.random.default_rng(0).standard_normal((40, 6))


def by_the_library(network: Network, X: Any) -> Any:
    """The outputs in float64, from the graph as ONNX's own reference evaluator computes it."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    plan: Any = kernels.plan(network, "onnx-runtime")
    model = onnx.load_model_from_string(plan.model(network.theta))
    return ReferenceEvaluator(model).run(None, {"X": np.float64(X)})[0]


@pytest.mark.parametrize("m", [1, 7, 2000])
@pytest.mark.parametrize("dtype", DTYPES)
def test_onnx_runtime_can_serve_samples_as_they_come(dtype: str, m: int) -> None:
    network = shifted((5, 9, 3), SECONDS, ("relu", "softmax"))
    plan: Any = kernels.plan(network, "onnx-runtime", dtype)
    given, _ = samples(network, m)
    found = plan.served()(given)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, plan.forward_batch(given), **CLOSE[dtype])
    plain: Any = kernels.plan(NETWORK, "onnx-runtime", dtype)
    few = np.resize(X, (m, 6)).astype(dtype)
    served = plain.served()
    first = served(few)
    assert calls.close(first, by_the_library(NETWORK, few), dtype)
    kept = first.copy()
    served(few + 1)
    np.testing.assert_array_equal(first, kept)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_batches_of_many_sizes_in_turn(name: str, dtype: str) -> None:
    given = X.astype(dtype)
    calls.sizes_in_turn(kernels.plan(NETWORK, name, dtype), given, by_the_library(NETWORK, given))


@pytest.mark.parametrize("dtype", DTYPES)
def test_batches_on_both_sides_of_what_is_copied(dtype: str) -> None:
    most = MOST_COPIED // (6 * np.dtype(dtype).itemsize)
    given = np.random.default_rng(1).standard_normal((most + 1, 6)).astype(dtype)
    true = by_the_library(NETWORK, given)
    plan = kernels.plan(NETWORK, "onnx-runtime", dtype)
    for m in (most - 1, most, most + 1):
        assert calls.close(plan.forward_batch(given[:m]), true[:m], dtype)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("threads", [1, 2])
def test_several_threads_may_call_a_plan(name: str, threads: int) -> None:
    plan = kernels.plan(NETWORK, name, threads=threads)
    calls.threads_do_not_mix(plan, X, by_the_library(NETWORK, X))


@pytest.mark.parametrize("name", NAMES)
def test_update_replaces_the_session(name: str) -> None:
    plan = kernels.plan(NETWORK, name)
    plan.forward_batch(X)
    other = Network.centred(NETWORK.sizes, 2, NETWORK.activations)
    plan.update(other.theta)
    true = by_the_library(other, X)
    assert calls.close(plan.forward_batch(X), true, "float64")
    assert calls.close(plan.forward(X[3]), true[3], "float64")


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_copies_have_sessions_of_their_own(way: Any) -> None:
    plan = kernels.plan(NETWORK, "onnx-runtime")
    other = way(plan)
    other.update(np.zeros(NETWORK.theta.size))
    assert calls.close(other.forward(X[0]), np.full(4, 0.25), "float64")
    assert calls.close(plan.forward(X[0]), by_the_library(NETWORK, X[:1])[0], "float64")


def test_memory_does_not_grow() -> None:
    plan = kernels.plan(NETWORK, "onnx-runtime")
    sizes = iter(range(1, 10**6))

    def call() -> None:
        plan.update(NETWORK.theta)
        plan.forward_batch(np.zeros((1 + next(sizes) % 50, 6)))
        plan.forward(X[0])

    assert calls.grown(call, 300) < 2 << 20


def test_nothing_of_a_call_is_kept() -> None:
    """The bound arrays are the plan's own: later changes of a caller's arrays change nothing."""
    plan = kernels.plan(NETWORK, "onnx-runtime")
    given = X[:5].copy()
    first = plan.forward_batch(given)
    kept = first.copy()
    given[:] = 7
    second = plan.forward_batch(X[5:10])
    assert np.array_equal(first, kept)
    assert not np.shares_memory(first, second)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_runtime_has_for_float32_alone(name: str) -> None:
    network = Network.centred((3, 5, 2), 1, ("gelu", "identity"))
    given = np.random.default_rng(2).standard_normal((20, 3)).astype(np.float32)
    plan = kernels.plan(network, name, "float32")
    true = kernels.plan(network, "batched").forward_batch(given)
    assert calls.close(plan.forward_batch(given), true, "float32")
    with pytest.raises(kernels.NotOfferedError, match=r"gelu, identity.* in float64 is not"):
        kernels.plan(network, name, "float64")
