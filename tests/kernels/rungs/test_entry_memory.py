"""Native entries leave no reference behind and lose none, however often and however they end."""

from __future__ import annotations

import gc
import os
import re
import weakref
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network
from tests.kernels.lengths import SOME_DTYPES
from tests.running import python

CALLS = 10_000 if int(os.environ.get("MLP_LADDER_CALLS", "1")) <= 1000 else 1_000_000
"""Calls of each entry; `make test-long` makes a million."""
NETWORK = Network.centred((3, 3, 1), seed=1)


@pytest.mark.parametrize("dtype", SOME_DTYPES)
def test_a_great_many_calls_leave_references_and_memory_as_they_were(dtype: str) -> None:
    """Calls that are answered, refused, and out of memory wherever they ask for some."""
    pytest.importorskip("_testcapi", reason="lets allocations fail")
    result = python("-X", "faulthandler", "-m", "tests.kernels.rungs.endurance", dtype, str(CALLS))
    assert result.returncode == 0, result.stdout[-200:] + result.stderr[-2000:]
    failed = re.findall(r"^(.*) without memory, (\d+) failed", result.stdout, re.MULTILINE)
    at_least = {"forward": 1, "forward_batch": 2, "gradient": 3, "gradient, out": 1}
    for name, count in failed:
        assert int(count) >= at_least.get(name, 0), name
    assert {name for name, _ in failed} >= at_least.keys()


def test_code_is_freed_with_the_last_method_even_out_of_a_cycle() -> None:
    """A builtin reads its definition when it is freed: the library, which has it, must be there."""
    # an architecture of its own: a plan of another test may still share a common one's library
    plan: Any = kernels.plan(Network.centred((3, 11, 2), seed=1), "specialized")
    library, method = weakref.ref(plan._library), plan.forward
    assert not gc.is_tracked(method.__self__)
    assert not gc.is_tracked(plan._library)
    cycle: list[Any] = [plan.gradient, plan.update, plan._compute, plan]
    cycle.append(cycle)
    plan.itself = plan
    del plan, cycle
    gc.collect()
    assert library() is not None
    np.testing.assert_array_equal(method([1.0, 2.0, 3.0]), method(np.array([1.0, 2.0, 3.0])))
    del method
    assert library() is None


def test_what_runs_while_a_gradient_is_replaced_may_use_the_plan() -> None:
    """The cost that `out` had before is dropped last: its finalizer finds everything in place."""
    plan = kernels.plan(NETWORK, "specialized")
    x, y = np.ones(3), np.zeros(1)
    out = plan.gradient(x, y)
    expected, seen = out.theta.copy(), []

    class Finalized:
        def __del__(self) -> None:
            seen.append(plan.gradient(x, y, out=out).theta.copy())
            plan.update(NETWORK.theta)

    object.__setattr__(out, "cost", Finalized())
    assert plan.gradient(x, y, out) is out
    np.testing.assert_array_equal(seen, [expected])
    np.testing.assert_array_equal(out.theta, expected)
    assert out.cost == plan.gradient(x, y).cost


def test_garbage_collection_within_a_call_may_use_and_update_the_plan() -> None:
    """A new Gradient is an object that the collector watches: making it can start a collection."""
    plan = kernels.plan(NETWORK, "specialized")
    x, y = np.ones(3), np.zeros(1)
    expected, seen = plan.gradient(x, y).theta.copy(), []

    class Cyclic:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            plan.update(NETWORK.theta)
            seen.append(plan.gradient(x, y).cost)

    before = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for _ in range(300):
            Cyclic()
            np.testing.assert_array_equal(plan.gradient(x, y).theta, expected)
    finally:
        gc.set_threshold(*before)
    assert len(seen) > 100
