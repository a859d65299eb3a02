"""The specialized rung with several threads: the same numbers, and no thread left behind."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
import weakref
from functools import partial
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network
from kernels.codegen.emit import barrier
from kernels.codegen.emit.jobs import Job
from kernels.contract import ODD
from kernels.proof import gate
from kernels.rungs import specialized
from kernels.support import team
from tests.pairwise import pairwise
from tests.running import started

DEEPEST = max(ODD, key=len)
HANGS = 60.0
"""Seconds after which a test gives up waiting for a thread or process."""


def samples(sizes: tuple[int, ...], m: int) -> tuple[Any, Any]:
    generator = np.random.default_rng(0)
    return generator.random((m, sizes[0])), generator.random((m, sizes[-1]))


@pytest.fixture
def _share_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let several threads share even the smallest work."""
    monkeypatch.setattr(specialized, "WORTH_A_THREAD", 0)
    monkeypatch.setattr(specialized, "WORTH_A_BARRIER", 0)


@pytest.mark.usefixtures("_share_everything")
@pytest.mark.parametrize(
    ("sizes", "threads", "dtype"),
    pairwise([(7, 13, 29, 5), (5, 1, 1, 3), DEEPEST], [2, 3, 8], ["float64", "float32"]),
    ids=str,
)
def test_every_operation_by_several_threads(
    sizes: tuple[int, ...], threads: int, dtype: str
) -> None:
    plan = kernels.plan(Network.centred(sizes, seed=1), "specialized", dtype, threads)
    for m in (1, 7, 1079):
        X, Y = samples(sizes, m)
        for operation in ("forward_batch", "gradient", "train"):
            if m < 100 or operation == "forward_batch":
                gate.check(plan, operation, X, Y)
        alone = kernels.plan(plan.network, "specialized", dtype)
        one, other = (p.train(X, Y, 10, 0.25) for p in (alone, plan))
        bound = 1e-13 if dtype == "float64" else 1e-5
        np.testing.assert_allclose(other.network.theta, one.network.theta, atol=bound, rtol=0)
        np.testing.assert_allclose(other.cost, one.cost, atol=bound, rtol=0)
        np.testing.assert_allclose(other.error, one.error, atol=bound, rtol=0)


def test_several_threads_give_the_same_bits_from_run_to_run() -> None:
    sizes = (64, 30, 10)
    X, Y = samples(sizes, 1079)
    plan = kernels.plan(Network.random(sizes, seed=0), "specialized", threads=2)
    one, two = (plan.train(X, Y, 300, 0.25) for _ in range(2))
    assert one.network == two.network
    np.testing.assert_array_equal(one.cost, two.cost)
    np.testing.assert_array_equal(one.error, two.error)


@pytest.mark.usefixtures("_share_everything")
def test_update_and_training_leave_the_plan_its_parameters() -> None:
    sizes = (7, 13, 29, 5)
    X, Y = samples(sizes, 50)
    plan = kernels.plan(Network.random(sizes, seed=0), "specialized", threads=2)
    before = plan.gradient(X, Y)
    trained = plan.train(X, Y, 20, 0.5).network
    np.testing.assert_array_equal(plan.gradient(X, Y).theta, before.theta)
    plan.update(trained.theta)
    fresh = kernels.plan(trained, "specialized")
    np.testing.assert_allclose(plan.gradient(X, Y).theta, fresh.gradient(X, Y).theta, atol=1e-15)
    np.testing.assert_array_equal(plan.forward(X[0]), fresh.forward(X[0]))


def test_a_callback_that_fails_ends_the_training_and_its_threads() -> None:
    sizes = (64, 30, 10)
    X, Y = samples(sizes, 1079)
    plan = kernels.plan(Network.random(sizes, seed=0), "specialized", threads=2)

    def fail(*_: object) -> None:
        raise LookupError("enough")

    with pytest.raises(LookupError, match="enough"):
        plan.train(X, Y, 100, progress=fail)
    assert threading.active_count() == 1
    assert np.isfinite(plan.train(X, Y, 10).cost).all()


def test_progress_is_told_in_order_and_truly() -> None:
    sizes = (64, 30, 10)
    X, Y = samples(sizes, 1079)
    plan = kernels.plan(Network.random(sizes, seed=0), "specialized", threads=2)
    seen: list[tuple[int, float, float]] = []
    trained = plan.train(X, Y, 500, progress=lambda *now: seen.append(now))
    assert [one[0] for one in seen] == sorted({one[0] for one in seen})
    assert seen[-1][0] == 500
    for done, cost, error in seen:
        assert (cost, error) == (trained.cost[done - 1], trained.error[done - 1])


@pytest.mark.parametrize("threads", [1, 2])
def test_a_diverging_training_warns_of_the_iteration(threads: int) -> None:
    sizes = (64, 30, 10)
    X, Y = samples(sizes, 1079)
    plan = kernels.plan(Network.random(sizes, seed=0), "specialized", threads=threads)
    X[1078, 3] = np.nan
    with pytest.warns(RuntimeWarning, match="not finite from iteration 0 on"):
        trained = plan.train(X, Y, 5)
    assert np.isnan(trained.cost).all()
    assert np.isnan(trained.network.theta).any()


@pytest.mark.parametrize(
    ("threads", "in_background"), [(1, False), (1, True), (2, False), (5, True)], ids=str
)
def test_ctrl_c_ends_a_training_and_its_threads(threads: int, in_background: bool) -> None:
    code = (
        "import threading, time, numpy as np, kernels\n"
        "from kernels.rungs import specialized\n"
        f"specialized.LONG = {0 if in_background else specialized.LONG}\n"
        f"plan = kernels.plan(kernels.Network.random((64, 30, 10), 0), 'specialized', "
        f"threads={threads})\n"
        "X, Y = np.zeros((1078, 64)), np.zeros((1078, 10))\n"
        "tell = lambda *_: print('going', flush=True)\n"
        "try:\n"
        "    plan.train(X, Y, 10**9, progress=tell)\n"
        "except KeyboardInterrupt:\n"
        "    for _ in range(1000):  # a thread that was just being started ends on its own\n"
        "        if threading.active_count() > 1:\n"
        "            time.sleep(0.01)\n"
        "    print('left', threading.active_count(), flush=True)\n"
    )
    with started("-c", code) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "going\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=HANGS)
    assert out.splitlines()[-1] == "left 1"
    assert process.returncode == 0


@pytest.mark.usefixtures("_share_everything")
@pytest.mark.parametrize("operation", ["forward_batch", "gradient"])
def test_threads_that_ctrl_c_leaves_behind_hold_their_arrays(
    operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second Ctrl-C ends the waiting for them, while compiled code reads and writes."""
    works: list[Any] = []

    def interrupted(work: Any, *_arguments: Any, **_options: Any) -> None:
        works.append(work)
        raise KeyboardInterrupt

    monkeypatch.setattr(team, "run", interrupted)
    plan: Any = kernels.plan(Network.random((5, 4, 3), seed=0), "specialized", threads=2)

    def watched() -> Any:
        X, Y = samples((5, 4, 3), 40)
        try:
            getattr(plan, operation)(X, Y)
        except KeyboardInterrupt:
            return weakref.ref(X), weakref.ref(Y)
        raise AssertionError("not shared among threads")

    arrays = watched()
    assert all(array() is not None for array in arrays)
    works.clear()
    assert all(array() is None for array in arrays)


@pytest.mark.parametrize("threads", [1, 2])
def test_an_aborted_gradient_skips_the_remaining_work(threads: int) -> None:
    """The gradient is aborted before it begins, so all of its work must be skipped."""
    sizes = (64, 30, 10)
    X, Y = samples(sizes, 1079)
    plan: Any = kernels.plan(Network.random(sizes, seed=0), "specialized", threads=threads)
    workspace = plan._pool.take()
    theta, step = plan.network.theta.copy(), np.full(plan.network.theta.size, np.nan)
    cost, error = np.full(3, np.nan), np.full(3, np.nan)
    barrier.call_off(workspace.meeting)
    job = workspace.job
    for name, one in zip(Job.ARRAYS, (theta, X, Y, step, cost, error), strict=True):
        setattr(job, name, one.ctypes.data)
    job.rows, job.steps, job.threads, job.alpha = len(X), len(cost), threads, 0.25
    team.run(partial(plan._descend, ctypes.addressof(job)), threads)
    np.testing.assert_array_equal(theta, plan.network.theta)
    assert not workspace.totals[:, :2].any()


@pytest.mark.usefixtures("_share_everything")
@pytest.mark.parametrize("threads", [1, 3])
def test_training_in_the_background_gives_the_same_numbers(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = (7, 13, 29, 5)
    X, Y = samples(sizes, 100)
    plan = kernels.plan(Network.random(sizes, seed=0), "specialized", threads=threads)
    here = plan.train(X, Y, 20).network
    monkeypatch.setattr(specialized, "LONG", 0)
    assert plan.train(X, Y, 20).network == here
    assert threading.active_count() == 1
