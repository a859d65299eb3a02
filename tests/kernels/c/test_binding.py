"""Entries in C: what they take themselves, leave to Python, and leave behind."""

from __future__ import annotations

import gc
import sys
from types import BuiltinFunctionType
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network
from kernels.c import binding

pytestmark = pytest.mark.skipif(
    binding.missing() is not None, reason=binding.missing() or "all is there"
)


@pytest.fixture
def plan() -> Any:
    return kernels.plan(Network.centred((7, 13, 29, 5), seed=1), "c")


def refuse(*_: Any, **__: Any) -> None:
    raise AssertionError("left to Python")


def test_exact_arrays_are_not_left_to_python(plan: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    X, Y = np.random.default_rng(0).random((9, 7)), np.zeros((9, 5))
    x, y, g = X[0].copy(), Y[0].copy(), plan.gradient(X, Y)
    for name in binding.ENTRIES:
        assert isinstance(getattr(plan, name), BuiltinFunctionType)
    for name in ("sample_forward", "batch_forward", "batch_gradient"):
        monkeypatch.setattr(type(plan), name, refuse)
    plan.forward(x), plan.forward(x, y), plan.forward(x, out=y), plan.forward(x, None)
    plan.forward_batch(X), plan.forward_batch(X, Y), plan.forward_batch(X, out=Y)
    plan.gradient(X, Y), plan.gradient(X, Y, g), plan.gradient(x, y, out=g)
    with pytest.raises(AssertionError, match="left to Python"):
        plan.forward(x.tolist())
    with pytest.raises(AssertionError, match="left to Python"):
        plan.forward_batch(X[:, ::-1])


def test_calls_leave_no_references_and_lose_none(plan: Any) -> None:
    X, Y = np.random.default_rng(0).random((9, 7)), np.zeros((9, 5))
    x, y, g, theta = X[0].copy(), Y[0].copy(), plan.gradient(X, Y), plan.network.theta
    other = plan.gradient(X[:5], Y[:5])
    watched = [
        x, y, X, Y, g, g.theta, other, plan.sizes, plan.dtype, plan._in_force, plan._library,
        plan.forward.__self__, None, kernels.Gradient,
    ]  # fmt: skip

    def calls() -> None:
        plan.forward(x), plan.forward(x, y), plan.forward_batch(X), plan.forward_batch(X, out=Y)
        plan.gradient(X, Y), plan.gradient(X, Y, g), plan.gradient(x, y), plan.update(theta)
        unfilled = object.__new__(kernels.Gradient)
        refused: list[tuple[Any, ...]] = [
            (plan.forward, x, x[:5]),
            (plan.forward_batch, X, X),
            (plan.gradient, X, Y[:3]),
            (plan.gradient, X, Y, unfilled),
        ]
        for method, *arguments in refused:
            with pytest.raises((TypeError, ValueError)):
                method(*arguments)

    calls()
    gc.collect()
    before = [sys.getrefcount(one) for one in watched]
    for _ in range(500):
        calls()
    gc.collect()
    after = [sys.getrefcount(one) for one in watched]
    changed = [b - a for a, b in zip(before, after, strict=True)]
    assert max(map(abs, changed)) < 50, changed


def test_a_gradient_that_was_made_by_hand_is_python_s(plan: Any) -> None:
    """Its sizes are equal, but another tuple."""
    X, Y = np.random.default_rng(0).random((9, 7)), np.zeros((9, 5))
    g = kernels.Gradient(0.0, np.empty(plan.network.theta.size), (7, *plan.sizes[1:]))
    assert plan.gradient(X, Y, g) is g
    np.testing.assert_array_equal(g.theta, plan.gradient(X, Y).theta)


def test_a_plan_is_freed_at_once(plan: Any) -> None:
    import weakref

    there = weakref.ref(plan)
    method = plan.forward
    gc.disable()
    try:
        del plan
    finally:
        gc.enable()
    del there
    assert method(np.zeros(7)).shape == (5,)
