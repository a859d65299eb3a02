"""Native entries and threads: updates meanwhile, the interpreter's lock, forks and the end."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network
from tests.running import python

SIZES = (24, 40, 8)
HANGS = 60.0
"""Seconds after which a test gives up waiting for a thread or process."""
SHORT, LONG = 3, 4000
"""Rows of a batch that keeps the interpreter's lock, and of one that lets it go."""


def networks(count: int) -> list[Network]:
    return [Network.centred(SIZES, seed) for seed in range(count)]


def in_threads(*works: Callable[[], None]) -> None:
    """Call all functions at the same time; raise the first exception."""
    errors: list[BaseException] = []

    def work(one: Callable[[], None]) -> None:
        try:
            one()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(one,)) for one in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANGS)
    assert not any(thread.is_alive() for thread in threads)
    if errors:
        raise errors[0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_updates_meanwhile_give_results_of_one_set_of_parameters(dtype: str) -> None:
    """Each row of the same sample gives what one network gives, never a mix of two.

    An update writes to the memory of the parameters before the last one, unless a call that let
    the lock go still reads it.
    """
    known = networks(5)
    plan: Any = kernels.plan(known[0], "specialized", dtype)
    x = np.random.default_rng(0).standard_normal(SIZES[0]).astype(dtype)
    y = np.full(SIZES[-1], 0.5, dtype)
    X, Y = np.tile(x, (LONG, 1)), np.tile(y, (LONG, 1))
    # bits, since a few numbers of another network would not change a result by much
    calls: list[Callable[[], Any]] = [
        lambda: plan.forward(x),
        lambda: plan.forward_batch(X[:SHORT]),
        lambda: plan.forward_batch(X),
        lambda: plan.gradient(x, y).theta,
        lambda: plan.gradient(X, Y).theta,
        lambda: plan.forward(x.tolist()),
    ]
    right: list[set[bytes]] = [set() for _ in calls]
    for network in known:
        plan.update(network.theta)
        for call, results in zip(calls, right, strict=True):
            results.add(call().tobytes())
    assert all(len(results) == len(known) for results in right)
    over = threading.Event()

    def update() -> None:
        turn = 0
        while not over.is_set():
            plan.update(known[turn % len(known)].theta)
            turn += 1
        assert turn > len(known)

    def compute(call: Callable[[], Any], results: set[bytes]) -> None:
        for _ in range(150):
            assert call().tobytes() in results

    computing = [
        lambda call=call, results=results: compute(call, results)
        for call, results in zip(calls, right, strict=True)
    ]
    finished = threading.Barrier(len(computing), action=over.set)

    def until_all_have_finished(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            finished.wait(HANGS)

    in_threads(update, update, *(lambda one=one: until_all_have_finished(one) for one in computing))


def turns_meanwhile(call: Callable[[], Any]) -> int:
    """How often another thread had its turn during a call; time alone gives it none."""
    interval, turns, over = sys.getswitchinterval(), [0], threading.Event()
    started = threading.Event()

    def count() -> None:
        started.set()
        while not over.is_set():
            turns[0] += 1
            time.sleep(0)  # gives the lock away

    thread = threading.Thread(target=count)
    try:
        thread.start()
        assert started.wait(HANGS)
        sys.setswitchinterval(1000.0)
        # from here on this thread keeps the lock until it gives it away
        before = turns[0]
        call()
        return turns[0] - before
    finally:
        over.set()
        sys.setswitchinterval(interval)
        thread.join()


@pytest.mark.parametrize("operation", ["forward_batch", "gradient"])
def test_long_calls_let_other_threads_run_and_short_ones_do_not(operation: str) -> None:
    plan: Any = kernels.plan(Network.centred((64, 30, 10), seed=1), "specialized")
    generator = np.random.default_rng(0)

    def call(rows: int) -> Callable[[], Any]:
        X, Y = generator.random((rows, 64)), generator.random((rows, 10))
        if operation == "gradient":
            return lambda: plan.gradient(X, Y)
        return lambda: plan.forward_batch(X)

    # many, for a busy machine may not run the other thread within one
    longs, shorts = [call(20_000) for _ in range(20)], call(2)
    assert any(turns_meanwhile(one) for one in longs)
    assert not turns_meanwhile(shorts)


def test_plans_and_their_methods_serve_after_fork_spawn_and_pickling() -> None:
    plan = kernels.plan(networks(1)[0], "specialized")
    x = np.random.default_rng(0).standard_normal(SIZES[0])
    expected = plan.forward(x)
    for kind in ("fork", "spawn"):
        if kind in multiprocessing.get_all_start_methods():
            with multiprocessing.get_context(kind).Pool(2) as pool:
                for method in (plan.forward, pickle.loads(pickle.dumps(plan.forward))):
                    for found in pool.map(method, [x, x, x.tolist()]):
                        np.testing.assert_array_equal(found, expected)


def test_memory_of_a_call_that_another_has_replaced_is_freed() -> None:
    """A call that finds the plan with memory again, of one in another thread, drops its own."""
    plan: Any = kernels.plan(networks(1)[0], "specialized")
    held, X = plan._in_force, np.zeros((200_000, SIZES[0]))
    plan.forward_batch(X[:LONG])
    for _ in range(20):  # a busy machine may not run this thread within a call
        own, other = weakref.ref(held.scratch), held.scratch.copy()
        thread = threading.Thread(target=plan.forward_batch, args=(X,))
        thread.start()
        while thread.is_alive() and hasattr(held, "scratch"):
            pass
        replaced = not hasattr(held, "scratch")
        held.scratch = other
        thread.join()
        assert held.scratch is other
        if replaced:
            break
    assert replaced
    assert own() is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_during_a_long_call_leaves_the_child_a_working_plan() -> None:
    """The scratch memory that another thread had is not there in the child: it takes new one."""
    plan = kernels.plan(networks(1)[0], "specialized")
    X = np.random.default_rng(0).standard_normal((200_000, SIZES[0]))
    expected = plan.forward_batch(X[:50])
    thread = threading.Thread(target=plan.forward_batch, args=(X,))
    thread.start()
    child = os.fork()
    if child == 0:
        try:
            right = np.array_equal(plan.forward_batch(X[:50]), expected)
            plan.update(plan.network.theta)
            os._exit(0 if right and np.array_equal(plan.forward_batch(X[:50]), expected) else 1)
        finally:
            os._exit(2)
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_that_is_forked_while_code_is_compiled_may_plan(tmp_path: Path) -> None:
    """It would wait for ever for a lock of this package or of LLVM that the other thread had."""
    code = (
        "import os, signal, sys, threading, kernels\n"
        "from kernels.codegen.llvm import compiler\n"
        "begun, compile = threading.Event(), compiler.object_code\n"
        "def announced(*arguments):\n"
        "    begun.set()\n"
        "    return compile(*arguments)\n"
        "compiler.object_code = announced\n"
        "plan = lambda *sizes: kernels.plan(kernels.Network.centred(sizes, 1), 'specialized')\n"
        "thread = threading.Thread(target=plan, args=(64, 30, 10))\n"
        "thread.start()\n"
        "begun.wait()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        f"    signal.alarm({int(HANGS)})\n"
        "    plan(3, 1).forward([1.0, 2.0, 3.0])\n"
        "    os._exit(0)\n"
        "thread.join()\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    result = python("-c", code, MLP_LADDER_CACHE=str(tmp_path))
    assert result.returncode == 0, result.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_that_is_forked_while_code_is_freed_may_plan() -> None:
    """Code is freed by LLVM, under a lock of llvmlite's, whenever its last user goes."""
    code = (
        "import os, signal, sys, threading, kernels\n"
        "from kernels.codegen import loading\n"
        "held, forked = threading.Event(), threading.Event()\n"
        "def hold():\n"
        "    with loading.LLVM_LOCK:\n"
        "        held.set()\n"
        "        forked.wait(0.5)\n"
        "kernels.plan(kernels.Network.centred((3, 1), 1), 'specialized')\n"
        "threading.Thread(target=hold).start()\n"
        "held.wait()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        f"    signal.alarm({int(HANGS)})\n"
        "    kernels.plan(kernels.Network.centred((3, 2), 1), 'specialized').forward([1.0] * 3)\n"
        "    os._exit(0)\n"
        "forked.set()\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    result = python("-c", code)
    assert result.returncode == 0, result.stderr


def test_a_process_may_end_while_daemon_threads_compute() -> None:
    """A thread that wants the lock back from a Python that has ended ends in compiled code."""
    code = (
        "import threading, time, numpy as np, kernels\n"
        "plan = kernels.plan(kernels.Network.centred((64, 30, 10), 1), 'specialized')\n"
        "X, Y = np.zeros((3000, 64)), np.zeros((3000, 10))\n"
        "begun = threading.Barrier(4)\n"
        "def work(call):\n"
        "    begun.wait()\n"
        "    while True:\n"
        "        call()\n"
        "for call in (lambda: plan.forward_batch(X), lambda: plan.gradient(X, Y),\n"
        "             lambda: plan.update(plan.network.theta)):\n"
        "    threading.Thread(target=work, args=(call,), daemon=True).start()\n"
        "begun.wait()\n"
        "time.sleep(0.2)\n"
        "print('over')\n"
    )
    for _ in range(3):
        result = python("-X", "dev", "-c", code)
        assert (result.returncode, result.stdout) == (0, "over\n"), result.stderr
