"""Compiled code is freed with the last that uses it, and never before; nor do plans outlive it."""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import re
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from kernels.codegen.python import builtins, objects
from tests.kernels.lengths import ONLY_LONG
from tests.running import python

CALLS = int(os.environ.get("MLP_LADDER_CALLS", "1000"))
"""Calls of the fuzz; `make test-long` makes more."""
ARCHITECTURES = min(2000, CALLS * 5 // 100)
MEGABYTES = 200
"""Memory that a process may have taken at most after 2000 architectures."""
SIZES = (4, 3, 2)
NETWORK, OTHER = (kernels.Network.centred(SIZES, seed=seed) for seed in (1, 2))
X, Y = (np.random.default_rng(0).random((9, width)) for width in SIZES[::2])
OPERATIONS = ("forward", "forward_batch", "gradient", "update")


def planned(**options: Any) -> Any:
    return kernels.plan(NETWORK, "specialized", **options)


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Switch the garbage collector off."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


# --- what is freed ------------------------------------------------------------------------------


def called(plan: Any) -> None:
    """Call every operation, in native code and in Python."""
    gradient = plan.gradient(X, Y)
    for x in (X[0], X[0].tolist(), X[0].astype("float32")):
        plan.forward(x)
    plan.forward_batch(X), plan.forward_batch(X.tolist())
    plan.gradient(X[0], Y[0]), plan.gradient(X, Y, out=gradient), plan.gradient(X.tolist(), Y)
    plan.update(plan.train(X, Y, 3).network.theta)
    plan.update(plan.network.theta.tolist())


def refused(plan: Any) -> None:
    """Make calls that end with an exception."""
    wrong: tuple[Callable[[], Any], ...] = (
        lambda: plan.forward(X[0, :2]),
        lambda: plan.forward("text"),
        lambda: plan.forward(X[0], out=X[0]),
        lambda: plan.forward(nothing=X[0]),
        plan.forward,
        lambda: plan.forward_batch(X[:, :2]),
        lambda: plan.forward_batch(X, X, X),
        lambda: plan.gradient(X, Y[:4]),
        lambda: plan.gradient(X, Y, out=X),
        lambda: plan.update(X),
        lambda: plan.update(np.full(NETWORK.theta.size, np.nan)),
        lambda: plan.train(X, Y[:4]),
    )
    for call in wrong:
        with pytest.raises((TypeError, ValueError)):
            call()


@pytest.mark.parametrize("use", [called, refused], ids=lambda use: use.__name__)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_plan_is_freed_without_the_garbage_collector(
    use: Callable[[Any], None], threads: int, uncollected: None
) -> None:
    plan = planned(threads=threads)
    use(plan)
    references = [weakref.ref(one) for one in (plan, plan._library)]
    del plan
    assert [one() for one in references] == [None, None]


def test_a_plan_is_freed_though_its_methods_are_kept(uncollected: None) -> None:
    plan = planned()
    kept = [getattr(plan, name) for name in OPERATIONS]
    refused(plan)
    references = weakref.ref(plan), weakref.ref(plan._library)
    del plan
    assert references[0]() is None
    assert references[1]() is not None
    kept.clear()
    assert references[1]() is None


def test_equal_plans_share_their_code(uncollected: None) -> None:
    plans = [planned() for _ in range(2)]
    library = weakref.ref(plans[0]._library)
    assert plans[1]._library is library()
    plans.pop()
    called(plans[0])
    assert library() is not None
    plans.pop()
    assert library() is None


MANY = """
import sys
import numpy as np
import kernels
from tests.memory import peak_bytes

count, first = int(sys.argv[1]), int(sys.argv[2])
for number in range(count):
    if number == first:
        print(peak_bytes() / 2**20)
    network = kernels.Network.random((2 + number % 40, 3 + number // 40, 1), seed=0)
    plan = kernels.plan(network, "specialized", operations=["forward"])
    plan.forward(np.zeros(plan.sizes[0]))
print(peak_bytes() / 2**20)
"""


@ONLY_LONG
@pytest.mark.skipif(os.name == "nt", reason="no resource module")
@pytest.mark.parametrize(
    "ways", [["compiled"], ["compiled", "from disk"]][-min(2, CALLS // 1000) :], ids=" and ".join
)
def test_thousands_of_architectures_leave_little_memory(ways: list[str], tmp_path: Path) -> None:
    """Each is planned, called and dropped; fewer take no more than their share of the memory."""
    if ways == ["compiled"]:
        (tmp_path / "code").write_text("no folder")
    first = ARCHITECTURES // 3
    for _ in ways:
        arguments = ("-W", "ignore", "-c", MANY, str(ARCHITECTURES), str(first))
        result = python(*arguments, MLP_LADDER_CACHE=str(tmp_path / "code"))
        assert result.returncode == 0, result.stderr
        before, after = map(float, result.stdout.split())
        assert after < MEGABYTES
        share = (MEGABYTES - before) / (2000 - first)
        rough = 1 if ARCHITECTURES == 2000 else 3  # few take as much as chance has it
        assert (after - before) / (ARCHITECTURES - first) < rough * share
    kept = list((tmp_path / "code").glob("*"))
    assert len(kept) == (ARCHITECTURES if len(ways) > 1 else 0)


# --- what is in use -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_methods_work_when_their_plan_is_gone(dtype: str, uncollected: None) -> None:
    plan, other = (planned(dtype=dtype) for _ in range(2))
    forward, forward_batch, gradient, update = (getattr(plan, name) for name in OPERATIONS)
    updates: list[Any] = [NETWORK.theta, OTHER.theta, OTHER.theta.tolist(), NETWORK.theta]
    if dtype == "float32":  # whose update is the plan's own method
        del update, updates[:]
    gone = weakref.ref(plan)
    del plan
    assert gone() is None
    for theta in updates or [None]:
        if theta is not None:
            update(theta)
            other.update(theta)
        for samples in (X, X.astype(dtype), X.tolist()):
            one, batch = other.forward(samples[0]), other.forward_batch(samples)
            np.testing.assert_array_equal(forward(samples[0]), one)
            np.testing.assert_array_equal(forward(x=samples[0], out=np.empty(2, dtype)), one)
            np.testing.assert_array_equal(forward_batch(samples), batch)
            found = other.gradient(samples, Y)
            np.testing.assert_array_equal(gradient(samples, Y).theta, found.theta)
    with pytest.raises(ValueError, match="x must have shape"):
        forward(X)


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize("name", ["forward", "forward_batch", "gradient"])
def test_a_pickled_method_is_that_of_another_plan(name: str, gone: bool) -> None:
    plan = planned()
    method = getattr(plan, name)
    if gone:
        del plan
    other = pickle.loads(pickle.dumps(method))
    assert other is not method
    arguments = {"forward": [X[0]], "forward_batch": [X], "gradient": [X, Y]}[name]
    expected = other(*arguments)
    if not gone:
        plan.update(OTHER.theta)
    found, expected, updated = (
        one.theta if name == "gradient" else one
        for one in (other(*arguments), expected, method(*arguments))
    )
    np.testing.assert_array_equal(found, expected)
    assert np.array_equal(updated, expected) == gone


def test_a_function_keeps_its_definition_while_threads_make_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """CPython reads it at each call; two threads may make functions of one library at once."""
    made: list[Any] = []
    plan = planned()
    monkeypatch.setattr(plan._library, "definitions", {})
    described = builtins.described

    def slowly(method: Any) -> str:
        if not made:
            made.append(None)
            made[0] = plan.native_entries()["forward"]  # what another thread does meanwhile
        return described(method)

    monkeypatch.setattr(builtins, "described", slowly)
    functions = made, [plan.native_entries()["forward"]]
    definition = plan._library.definitions["forward", kernels.Plan.forward]
    for (function,) in functions:
        assert objects.word(id(function) + 2 * objects.WORD) == ctypes.addressof(definition)


@ONLY_LONG
def test_threads_plan_call_and_drop(tmp_path: Path) -> None:
    found = python(
        "-X",
        "dev",
        "-W",
        "ignore",
        "-m",
        "tests.kernels.rungs.freeing",
        str(CALLS // 4),
        "0",
        MLP_LADDER_CACHE=str(tmp_path),
    )
    assert found.returncode == 0, found.stdout + found.stderr[-2000:]
    accepted, refused = map(int, re.findall(r"\d+", found.stdout))
    assert accepted > 3 * (CALLS // 4)
    assert refused > 0
