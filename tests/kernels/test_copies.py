"""Plans as objects: copied, pickled, freed; their snapshot of parameters is read-only."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kernels
from kernels.interface import Plan

SIZES = (5, 4, 3)
NETWORK, OTHER = (kernels.Network.centred(SIZES, seed=seed) for seed in (1, 2))
GENERATOR = np.random.default_rng(3)
X, Y = GENERATOR.standard_normal((9, 5)), GENERATOR.random((9, 3))
COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda plan: pickle.loads(pickle.dumps(plan)),
}
INSTALLED = [kernel.name for kernel in kernels.installed()]


def results(plan: Plan) -> list[Any]:
    """Return the result of each operation that the plan offers."""
    calls: dict[str, Callable[[], Any]] = {
        "forward": lambda: plan.forward(X[0]),
        "forward_batch": lambda: plan.forward_batch(X),
        "gradient": lambda: plan.gradient(X, Y).theta,
        "train": lambda: plan.train(X, Y, 2).network.theta,
    }
    return [calls[operation]() for operation in plan.operations]


def are_equal(one: list[Any], other: list[Any]) -> bool:
    return all(map(np.array_equal, one, other)) and len(one) == len(other)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("name", INSTALLED)
def test_a_copy_is_independent(name: str, way: str) -> None:
    dtype = kernels.find(name).dtypes[0]
    plan = kernels.plan(NETWORK, name, dtype)
    own = results(plan)
    other = results(kernels.plan(OTHER, name, dtype))
    made = COPIES[way](plan)
    assert type(made) is type(plan)
    assert are_equal(results(made), own)
    made.update(OTHER.theta)
    assert made.network == OTHER
    assert are_equal(results(made), other)
    assert plan.network == NETWORK
    assert are_equal(results(plan), own)
    plan.update(np.zeros(NETWORK.theta.size))
    assert are_equal(results(made), other)


@pytest.mark.parametrize("way", COPIES)
def test_a_copy_keeps_dtype_threads_loss_and_operations(way: str) -> None:
    network = kernels.Network.centred(SIZES, seed=1, activations=("tanh", "softmax"))
    plan = kernels.plan(network, "batched", "float32", 2, ["forward", "gradient"], "log")
    made = COPIES[way](plan)
    assert (made.dtype, made.threads, made.operations) == (plan.dtype, 2, ("forward", "gradient"))
    assert made.architecture == plan.architecture
    assert made.network == network
    np.testing.assert_array_equal(made.gradient(X, Y).theta, plan.gradient(X, Y).theta)


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_a_plan_is_freed_without_the_collector(rung: str) -> None:
    gc.collect()
    gc.disable()
    try:
        plan = kernels.plan(NETWORK, rung)
        results(plan)
        forward = plan.forward
        watched = weakref.ref(plan)
        del plan
        assert forward(X[0]).shape == (3,)  # the bound method keeps the plan alive
        del forward
        assert watched() is None
    finally:
        gc.enable()


def test_compiled_code_is_freed_with_the_last_plan_or_method_that_uses_it() -> None:
    first = kernels.plan(NETWORK, "specialized")
    second = kernels.plan(OTHER, "specialized")
    watched = weakref.ref(first._library)  # type: ignore[attr-defined]
    assert watched() is second._library  # type: ignore[attr-defined]
    forward = second.forward
    del first
    assert watched() is not None
    del second
    assert forward(X[0]).shape == (3,)
    assert watched() is not None
    del forward
    assert watched() is None


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_nobody_can_write_to_the_snapshot(rung: str) -> None:
    plan = kernels.plan(NETWORK, rung)
    for _ in range(2):
        network = plan.network
        for array in (network.theta, *network.W, *network.b):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
        assert network.copy().theta.flags.writeable
        trained = plan.train(X, Y, 1).network
        trained.theta[:] = 0  # results are writable
        assert not trained.W[0].any()
        plan.update(OTHER.theta)
    assert NETWORK.theta.flags.writeable
    assert OTHER.theta.flags.writeable


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_float32_plans_refuse_parameters_beyond_its_range(rung: str) -> None:
    plan = kernels.plan(NETWORK, rung, "float32")
    before = results(plan)
    huge = NETWORK.theta.copy()
    huge[3] = 1e300
    with pytest.raises(ValueError, match="finite in float32"):
        plan.update(huge)
    assert plan.network == NETWORK
    assert are_equal(results(plan), before)
    with pytest.raises(ValueError, match="finite in float32"):
        kernels.plan(kernels.Network.from_theta(SIZES, huge), rung, "float32")
    with pytest.raises(ValueError, match="alpha must be finite in float32"):
        plan.train(X, Y, 1, 1e300)
    kernels.plan(NETWORK, rung).update(huge)
