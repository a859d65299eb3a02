"""Native entries answer every call as the public methods do, which they replace.

Each call is made twice: to the plan, and to the method of `Plan`. Results must be equal, errors of
the same kind with the same text.
"""

from __future__ import annotations

import copy
import dataclasses
import gc
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Gradient, Network
from kernels.interface import Plan
from tests.kernels.lengths import SOME_DTYPES
from tests.kernels.rungs.entry_calls import (
    FORWARD,
    ROWS,
    SIZES,
    Call,
    calls,
    numbers,
    plan_of,
    read_only,
)


def outcome(method: Callable[..., Any], call: Call, plan: Any) -> Any:
    """What a call returns or raises, and what is in `out` and in the plan afterwards."""
    plain, named = call()
    out = named.get("out", plain[-1] if len(plain) > 1 else None)
    try:
        result = method(*plain, **named)
    except (TypeError, ValueError) as error:
        return type(error), str(error)
    if result is None:
        return plan.network.theta
    same = result is out
    if isinstance(result, Gradient):
        return np.array([result.cost, *result.theta]), result.theta.dtype, result.sizes, same
    return result.copy(), result.dtype, type(result), same


@pytest.mark.parametrize("dtype", SOME_DTYPES)
@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("operation", ["forward", "forward_batch", "gradient", "update"])
def test_an_entry_answers_as_the_method_does(operation: str, name: str, dtype: str) -> None:
    plan = plan_of(name, dtype)
    taken = 0
    for what, call in calls(plan, operation):
        expected = outcome(partial(getattr(Plan, operation), plan), call, plan)
        found = outcome(getattr(plan, operation), call, plan)
        if isinstance(expected, tuple):
            assert len(found) == len(expected), (what, found, expected)
            assert found[1:] == expected[1:], what
        if isinstance(expected, tuple) and isinstance(expected[0], type):
            assert found == expected, what
            continue
        taken += 1
        bound: dict[str, Any] = (
            {"rtol": 1e-5, "atol": 1e-7} if dtype == "float32" else {"rtol": 1e-12, "atol": 0}
        )
        one, other = (made[0] if isinstance(made, tuple) else made for made in (found, expected))
        np.testing.assert_allclose(one, other, err_msg=what, **bound)
    assert taken > 10


def refused(plan: Any, operation: str) -> list[Any]:
    """A list that grows with every call that the entry hands on to Python."""
    entry, seen = getattr(plan, operation).__self__, []
    back = entry.back

    def noted(*arguments: Any, **named: Any) -> Any:
        seen.append(arguments)
        return back(*arguments, **named)

    entry.back = noted
    return seen


def test_compiled_code_takes_plain_arrays_itself_read_only_ones_too() -> None:
    plan = plan_of("usual")
    X, Y = numbers(ROWS, 5), numbers(ROWS, 4)
    seen = [refused(plan, name) for name in ("forward", "forward_batch", "gradient", "update")]
    made = plan.gradient(X, Y)
    for method, arguments, fresh in (
        (plan.forward, (X[0],), {"out": np.empty(4)}),
        (plan.forward_batch, (X,), {"out": np.empty((ROWS, 4))}),
        (plan.gradient, (X, Y), {"out": dataclasses.replace(made, theta=made.theta.copy())}),
        (plan.gradient, (X[0], Y[0]), {"out": copy.copy(made)}),
        (plan.update, (plan.network.theta,), {}),  # its arrays cannot be written to
        (plan.update, (plan.network.theta.copy(),), {}),
    ):
        plain = method(*arguments)
        for result in (method(*map(read_only, arguments)), method(*arguments, **fresh)):
            if isinstance(plain, Gradient):
                assert result.cost == plain.cost
                np.testing.assert_array_equal(result.theta, plain.theta)
            elif plain is not None:
                np.testing.assert_array_equal(result, plain)
        assert not fresh or result is fresh["out"]
    plan.forward(X[0], None)
    plan.forward_batch(X, None)
    plan.gradient(X, Y, None)
    plan.forward(out=None, x=X[0])
    assert seen[:3] == [[], [], []]
    assert len(seen[3]) == 1  # the first update has no memory of an earlier one
    plan.forward(X[0].tolist())
    assert len(seen[0]) == 1


def test_a_batch_beyond_memory_is_a_memory_error_and_leaves_nothing(tmp_path: Path) -> None:
    """The results of 2**34 samples exceed what a process can address; the file is a hole."""
    plan: Any = kernels.plan(Network.centred((1, 4000), seed=1), "specialized", operations=FORWARD)
    file = np.memmap(tmp_path / "samples", np.float64, "w+", shape=(1 << 34, 1))
    X = file.view(np.ndarray)
    held = (plan, X, X.dtype, plan._in_force.parameters)
    before = [sys.getrefcount(one) for one in held]
    for method in (plan.forward_batch, partial(Plan.forward_batch, plan)):
        with pytest.raises(MemoryError, match="Unable to allocate") as raised:
            method(X)
        del raised, method
    gc.collect()  # a traceback holds its frames
    assert [sys.getrefcount(one) for one in held] == before
