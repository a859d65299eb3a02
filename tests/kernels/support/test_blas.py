"""NumPy's BLAS thread count: a plan's during its calls, the previous one after them."""

from __future__ import annotations

import gc
import os
import signal
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import kernels
from kernels.rungs import batched
from kernels.support import blas
from tests.rungs import OF_BLAS

NETWORK = kernels.Network.random((3, 3, 1), seed=0)
pytestmark = pytest.mark.skipif(not blas.libraries(), reason="NumPy's BLAS cannot be controlled")


def counts() -> set[int]:
    return {library.num_threads for library in blas.of_numpy(blas.libraries())}


def set_counts(threads: int) -> None:
    for library in blas.libraries():
        blas.ThreadCount.of(library).set(threads)


@pytest.fixture(autouse=True)
def _same_afterwards() -> Iterator[None]:
    (before,) = counts()
    yield
    set_counts(before)


class Spy(batched.Kernel):
    """A kernel that records the thread counts it computes with."""

    name = "spy"

    def build(self) -> None:
        super().build()
        self.seen: list[set[int]] = []

    def batch_forward(self, parameters: Any, X: Any, out: Any) -> None:
        self.seen.append(counts())
        super().batch_forward(parameters, X, out)
        self.seen.append(counts())

    def batch_gradient(self, *arguments: Any) -> tuple[float, float]:
        self.seen.append(counts())
        return super().batch_gradient(*arguments)


@pytest.mark.parametrize(("outside", "inside"), [(2, 1), (1, 2), (1, 1)])
def test_calls_set_the_blas_thread_count_and_restore_it(outside: int, inside: int) -> None:
    set_counts(outside)
    plan = Spy(NETWORK, threads=inside)
    x = [1.0, 2.0, 3.0]
    plan.forward(x)
    plan.forward_batch([x, x])
    plan.gradient([x], [[0.0]])
    plan.train([x], [[0.0]], 2)
    with pytest.raises(ValueError, match="shape"):
        plan.forward([1.0])
    assert plan.seen == [{inside}] * 7
    assert counts() == {outside}


def test_a_plan_sets_the_count_even_if_it_was_right_when_the_plan_was_made() -> None:
    set_counts(1)
    plan = Spy(NETWORK, threads=1)
    set_counts(2)
    plan.forward([1.0, 2.0, 3.0])
    assert plan.seen == [{1}] * 2
    assert counts() == {2}


@pytest.mark.parametrize("rung", OF_BLAS)
def test_concurrent_calls_restore_the_count(rung: str) -> None:
    set_counts(2)
    plan = kernels.plan(NETWORK, rung, threads=1)
    X = np.ones((8, 3))

    def work(_: int) -> None:
        for _ in range(200):
            plan.forward_batch(X)
            plan.forward(X[0])

    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        assert counts() == {2}
    assert not blas.CALLS.under_way
    assert not blas.CALLS.before


def test_overlapping_calls_get_the_smallest_count() -> None:
    """A call with one thread begins and ends during a call with two."""
    set_counts(3)
    begun, go_on = threading.Event(), threading.Event()

    class Waits(Spy):
        name = "waits"

        def batch_forward(self, parameters: Any, X: Any, out: Any) -> None:
            self.seen.append(counts())
            begun.set()
            assert go_on.wait(60)
            self.seen.append(counts())
            out[:] = 0

    two = Waits(NETWORK, threads=2)
    one = Spy(NETWORK, threads=1)
    x = [1.0, 2.0, 3.0]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(two.forward, x)
        assert begun.wait(60)
        one.forward(x)
        assert counts() == {2}
        go_on.set()
        waiting.result()
    assert one.seen == [{1}] * 2
    assert two.seen == [{2}] * 2
    assert counts() == {3}


def test_the_count_of_a_blas_that_numpy_does_not_use_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SciPy's wheels contain a BLAS of their own, which NumPy never calls."""
    import scipy.linalg  # noqa: F401

    if len(blas.libraries()) == len(blas.of_numpy(blas.libraries())):
        pytest.skip("NumPy and SciPy share their BLAS")
    set_counts(2)
    for library in blas.of_numpy(blas.libraries()):
        blas.ThreadCount.of(library).set(1)
    plan = kernels.plan(NETWORK, "batched", threads=1)

    def settle() -> None:
        raise AssertionError("there was nothing to set")

    monkeypatch.setattr(blas.CALLS, "settle", settle)
    plan.forward([1.0, 2.0, 3.0])
    plan.forward_batch(np.ones((3, 3)))


def test_a_call_that_raises_restores_the_count() -> None:
    class Fails(Spy):
        name = "fails"

        def batch_forward(self, parameters: Any, X: Any, out: Any) -> None:
            raise RuntimeError("not today")

    set_counts(2)
    plan = Fails(NETWORK, threads=1)
    with pytest.raises(RuntimeError, match="not today"):
        plan.forward_batch(np.ones((2, 3)))
    assert counts() == {2}
    assert not blas.CALLS.under_way


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_forgets_the_calls_of_its_parent() -> None:
    """The fork happens during a call, with the lock held; the child then calls a plan."""
    set_counts(2)
    x = [1.0, 2.0, 3.0]

    class Forks(Spy):
        name = "forks"

        def batch_forward(self, parameters: Any, X: Any, out: Any) -> None:
            out[:] = 0
            with blas.CALLS._lock:
                self.child = os.fork()
            if not self.child:
                plan = Spy(NETWORK, threads=1)
                signal.alarm(60)
                plan.forward(x)
                right = plan.seen == [{1}] * 2 and counts() == {2} and not blas.CALLS.under_way
                os._exit(0 if right else 1)

    plan = Forks(NETWORK, threads=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # later Pythons warn of threads
        plan.forward(x)
    _, status = os.waitpid(plan.child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert counts() == {2}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers")
def test_ctrl_c_at_any_moment_restores_the_count() -> None:
    set_counts(2)
    plan = kernels.plan(NETWORK, "batched", threads=1)
    X = np.ones((8, 3))
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    gc.disable()  # Python drops an exception that a callback of the collector raises
    try:
        for k in range(300):
            try:
                # NumPy's errstate may be interrupted too, and left as the plan had set it
                with np.errstate():
                    signal.setitimer(signal.ITIMER_REAL, 1e-4 + 1e-6 * k, 1.0)
                    while True:
                        plan.forward_batch(X)
            except KeyboardInterrupt:
                signal.setitimer(signal.ITIMER_REAL, 0)
            assert counts() == {2}
            assert not blas.CALLS.under_way
    finally:
        gc.enable()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
