"""The engine of this machine's processes, with real ones."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psutil
import pytest

from benchmarks.experiments.sweep import tasks
from benchmarks.experiments.sweep.local import AHEAD, LocalEngine
from benchmarks.experiments.sweep.settings import Setting
from benchmarks.experiments.sweep.tasks import Task
from benchmarks.measure.errors import FailedError
from tests.benchmarks.experiments.sweep.made_up import OTHER, SMALL, bits, iris, serially

LONG = replace(SMALL, passes=20_000)
"""Long enough to be interrupted."""


@pytest.fixture
def engine() -> Iterator[LocalEngine]:
    with closing(LocalEngine(iris(), workers=2)) as found:
        yield found


def made(setting: Setting, *seeds: int) -> Task:
    return Task(setting, seeds, tasks.version())


def workers() -> list[psutil.Process]:
    """This process's workers, of which the first was started first."""
    known = {one.pid for one in multiprocessing.active_children() if one.pid}
    return [psutil.Process(pid) for pid in sorted(known)]


def test_results_have_the_bits_of_a_bare_loop(engine: LocalEngine) -> None:
    asked = [made(setting, seed, seed + 1) for setting in (SMALL, OTHER) for seed in (0, 2, 4)]
    found = list(engine.run(iter(asked)))
    assert {task for task, _ in found} == set(asked)
    results = [one for _, some in found for one in some]
    assert bits(results) == bits(serially(SMALL, range(6)) + serially(OTHER, range(6)))
    assert len(workers()) == 2
    assert len(list(engine.run(iter(asked[:1])))) == 1  # by the same processes
    engine.close()
    assert not workers()


def test_tasks_are_taken_only_when_a_worker_will_soon_be_free(engine: LocalEngine) -> None:
    taken = []

    def tell() -> Iterator[Task]:
        for seed in range(12):
            taken.append(seed)
            yield made(SMALL, seed)

    for done, _ in enumerate(engine.run(tell()), start=1):
        assert len(taken) <= done + AHEAD * engine.workers
    assert len(taken) == 12


def test_a_worker_that_is_killed_loses_nothing(engine: LocalEngine) -> None:
    asked = [made(replace(SMALL, passes=500), seed) for seed in range(8)]
    found = []
    for number, one in enumerate(engine.run(iter(asked))):
        found.append(one)
        if number in (1, 3):
            os.kill(workers()[number % 2].pid, signal.SIGKILL)
    assert sorted(task.seeds for task, _ in found) == [(seed,) for seed in range(8)]
    results = [one for _, some in found for one in some]
    assert bits(results) == bits(serially(asked[0].setting, range(8)))


def test_a_task_that_keeps_killing_its_workers_is_named() -> None:
    ended = threading.Event()

    def kill() -> None:
        while not ended.is_set():
            for child in psutil.Process().children():
                if "spawn_main" in " ".join(child.cmdline()):
                    child.kill()
            time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with (
            closing(LocalEngine(iris(), workers=1)) as engine,
            pytest.raises(FailedError, match=r"3 processes died \(signal 9\).*: 4 relu, adam"),
        ):
            list(engine.run(iter([made(LONG, 0)])))
    finally:
        ended.set()
        killer.join()
    assert not workers()


def test_a_task_that_fails_is_named_and_ends_the_run(engine: LocalEngine) -> None:
    wrong = Task(SMALL, (0,), "0.0 other")
    with pytest.raises(FailedError, match=r"4 relu, adam.*install the same"):
        list(engine.run(iter([wrong, made(LONG, 0)])))
    assert len(list(engine.run(iter([made(SMALL, 0)])))) == 1  # the engine still serves


def test_what_is_given_up_leaves_no_process_at_work(engine: LocalEngine) -> None:
    asked = [made(SMALL, 0), *(made(LONG, seed) for seed in range(6))]
    with closing(engine.run(iter(asked))) as found:  # type: ignore[type-var]
        next(found)
        busy = workers()
        assert busy
    assert not psutil.wait_procs(busy, timeout=20)[1]


def test_workers_ignore_ctrl_c_and_compute_on_one_thread(engine: LocalEngine) -> None:
    stream = engine.run(iter([made(replace(SMALL, passes=3000), seed) for seed in range(6)]))
    next(stream)
    busy = workers()
    for one in busy:
        one.send_signal(signal.SIGINT)
    assert len(list(stream)) == 5
    assert workers() == busy
