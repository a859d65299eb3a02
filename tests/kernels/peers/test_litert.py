"""LiteRT: interpreters for any number of samples and several threads; the models that it reads."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network
from kernels.parts.activations import ACTIVATIONS
from tests.kernels.peers import calls

pytest.importorskip("ai_edge_litert")
pytest.importorskip("flatbuffers")

NETWORK = Network.centred((6, 9, 4), 1, ("tanh", "softmax"))
X = np.random.default_rng(0).standard_normal((40, 6)).astype(np.float32)


def by_numpy(network: Network, X: Any) -> Any:
    """The outputs of a network of tanh and softmax, in float64."""
    first, second = network.W
    Z = np.tanh(X @ first.T + network.b[0]) @ second.T + network.b[1]
    powers = np.exp(Z)
    return powers / powers.sum(axis=1, keepdims=True)


def test_batches_of_many_sizes_in_turn() -> None:
    calls.sizes_in_turn(kernels.plan(NETWORK, "litert", "float32"), X, by_numpy(NETWORK, X))


@pytest.mark.parametrize("threads", [1, 2])
def test_several_threads_may_call_a_plan(threads: int) -> None:
    plan = kernels.plan(NETWORK, "litert", "float32", threads)
    calls.threads_do_not_mix(plan, X, by_numpy(NETWORK, X))


def test_update_replaces_the_model() -> None:
    plan = kernels.plan(NETWORK, "litert", "float32")
    plan.forward_batch(X)
    other = Network.centred(NETWORK.sizes, 2, NETWORK.activations)
    plan.update(other.theta)
    true = by_numpy(other, X)
    assert calls.close(plan.forward_batch(X), true, "float32")
    assert calls.close(plan.forward(X[3]), true[3], "float32")


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_copies_have_interpreters_of_their_own(way: Any) -> None:
    plan = kernels.plan(NETWORK, "litert", "float32")
    other = way(plan)
    other.update(np.zeros(NETWORK.theta.size))
    assert calls.close(other.forward(X[0]), np.full(4, 0.25), "float32")
    assert calls.close(plan.forward(X[0]), by_numpy(NETWORK, X[:1])[0], "float32")


def test_memory_does_not_grow() -> None:
    plan = kernels.plan(NETWORK, "litert", "float32")
    theta, sizes = NETWORK.theta, iter(range(1, 10**6))

    def call() -> None:
        plan.update(theta)
        plan.forward_batch(np.zeros((1 + next(sizes) % 50, 6), np.float32))
        plan.forward(X[0])

    assert calls.grown(call, 300) < 2 << 20


def test_one_interpreter_serves_calls_one_after_the_other() -> None:
    plan: Any = kernels.plan(NETWORK, "litert", "float32")
    for m in (1, 5, 3):
        plan.forward_batch(X[:m])
        plan.forward(X[0])
    pools = plan._parameters
    assert len(pools.of_samples._free) == len(pools.of_batches._free) == 1


OPERATORS = {
    **{n: [f.libraries["litert"].split("(")[0]]
       for n, f in ACTIVATIONS.items() if "litert" in f.libraries},
    "relu": [],
    "identity": [],
    "silu": ["LOGISTIC", "MUL"],
}  # fmt: skip
"""What is written for an activation after a layer, which computes the first two itself."""


@pytest.mark.parametrize("activation", OPERATORS)
def test_the_model_has_the_operators_that_it_should(activation: str) -> None:
    """The library's own reader finds one operator a layer, and those of its activation."""
    from ai_edge_litert.interpreter import Interpreter

    from kernels.peers.litert import written

    f = ACTIVATIONS[activation]
    names = ("relu", activation) if f.output else (activation, "identity")
    network = Network.centred((3, 5, 2), 1, names)
    model = written(network.architecture, network.theta.astype(np.float32))
    reader = Interpreter(model_content=model)
    found = [one["op_name"] for one in reader._get_ops_details() if one["op_name"] != "DELEGATE"]
    own, dense = OPERATORS[activation], ["FULLY_CONNECTED"]
    assert found == ([*dense, *dense, *own] if f.output else [*dense, *own, *dense])


@pytest.mark.parametrize("names", [("softplus", "relu"), ("relu", "exp")])
def test_what_litert_computes_wrongly_is_refused(names: tuple[str, str]) -> None:
    network = Network.centred((3, 5, 2), 1, names)
    with pytest.raises(kernels.NotOfferedError, match=f"{', '.join(names)}.*litert"):
        kernels.plan(network, "litert", "float32")


def test_float64_is_refused() -> None:
    with pytest.raises(kernels.NotOfferedError, match=r"dtype float64 is not offered by .*litert"):
        kernels.plan(NETWORK, "litert", "float64")
