"""What a sweep costs besides its trainings, and what it adds to a bare loop over them.

Compiling, sending the data, handing tasks over and storing results are measured one by one, so that
the time of any sweep can be predicted (`show.tables.costs_table`). A whole sweep of 1 and of 2
workers alternates with as many processes that only loop over their trainings.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

import kernels
from benchmarks.experiments.sweep import settings, tasks
from benchmarks.experiments.sweep.data import Data
from benchmarks.experiments.sweep.local import LocalEngine
from benchmarks.experiments.sweep.settings import Setting
from benchmarks.experiments.sweep.store import Store
from benchmarks.experiments.sweep.sweep import Sweep
from benchmarks.experiments.sweep.tasks import Task
from benchmarks.measure import caches, statistics
from benchmarks.measure.rows import Row, interval_fields
from benchmarks.measure.statistics import Interval, geometric_mean
from benchmarks.measure.sweep_costs import (
    COMPILE,
    COMPUTE,
    HAND_OVER,
    LOAD,
    OVERHEAD,
    PER_TASK,
    STORE,
    TRANSFER,
)

SETTING = Setting((30,), "relu", "adam", 1e-3, 32, 50)
"""What is trained."""
TINY = replace(SETTING, hidden=(2,), passes=1, batch_size=None)
"""A training that takes no time beside handing its task over."""
WORKERS = (1, 2)
REPEATED = 6
STORED, HANDED = 50, 100
"""Tasks that are stored, and that are handed over, in one measurement."""

Progress = Callable[[str], None]


def rows(data: Data, seeds: int, rounds: int, progress: Progress) -> Iterator[Row]:
    """The rows of all costs, as they are measured.

    Parameters
    ----------
    data : what is trained on
    seeds : networks that each worker trains in a whole sweep
    rounds : whole sweeps for each number of workers, and as many bare loops
    progress : is called with what is measured next
    """
    about = Row("", SETTING.name(data), "train", rows=len(data.X_train), iterations=SETTING.passes)
    progress("compiling")
    for quantity, found in zip((COMPILE, LOAD), compiling(data), strict=True):
        yield replace(about, quantity=quantity, **interval_fields(statistics.median(found)))
    progress("training")
    each = training(data)
    yield replace(about, quantity=COMPUTE, **interval_fields(statistics.median(each)))
    several = max(1, round(1 / float(np.median(each))))
    yield replace(about, quantity=PER_TASK, value=float(several))
    progress("storing")
    yield replace(
        about, quantity=STORE, **interval_fields(statistics.median(storing(data, several)))
    )
    yield replace(about, quantity=TRANSFER, value=float(len(pickle.dumps(data, protocol=5))))
    progress("handing over")
    handed = handing_over(data)
    if handed is not None:
        yield replace(about, quantity=HAND_OVER, **interval_fields(statistics.median(handed)))
    for workers in WORKERS:
        ratio = overhead(data, workers, seeds, rounds, progress)
        percent = Interval(*(100 * (one - 1) for one in ratio))
        yield replace(
            about,
            quantity=OVERHEAD,
            threads=workers,
            processes=rounds,
            **interval_fields(percent),
        )


# --- constants --------------------------------------------------------------------------------


def compiling(data: Data) -> Iterator[Any]:
    """Seconds of making a network's code ready: compiled, and then read from disk."""
    cold, warm = [], []
    for _ in range(REPEATED):
        with tempfile.TemporaryDirectory() as folder, environment(caches.in_folder(folder)):
            cold.append(alone(seconds_of_ready, data))
            warm.append(alone(seconds_of_ready, data))
    yield np.array(cold)
    yield np.array(warm)


def seconds_of_ready(data: Data) -> float:
    """Seconds of the first use of a network in this process, which has imported all it needs."""
    other = replace(SETTING, hidden=(1,))
    tasks.ready(other, data)  # imports; its code is another
    start = time.perf_counter()
    tasks.ready(SETTING, data)
    return time.perf_counter() - start


def training(data: Data) -> Any:
    """Seconds of a training, of several."""
    several = [Task(SETTING, (seed,), tasks.version()) for seed in range(REPEATED + 1)]
    return np.array([tasks.run(task, data)[0].seconds for task in several])[1:]


def storing(data: Data, several: int) -> Any:
    """Seconds of storing a task of so many results."""
    (one,) = tasks.run(Task(SETTING, (0,), tasks.version()), data)
    found = []
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        for number in range(STORED):
            first = number * several
            results = [
                replace(one, key=f"{seed:064x}", seed=seed)
                for seed in range(first, first + several)
            ]
            start = time.perf_counter()
            store.add(data.digest, tasks.version(), results)
            found.append(time.perf_counter() - start)
    return np.array(found)


def handing_over(data: Data) -> Any:
    """Seconds of each task's way to a Dask worker on this machine and back, without its training.

    None where the package `distributed` is not installed.
    """
    try:
        from distributed import LocalCluster
    except ImportError:
        return None
    from benchmarks.experiments.sweep.cluster import ClusterEngine

    found = []
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster,
        closing(ClusterEngine(data, cluster.scheduler_address)) as engine,
    ):
        for first in range(0, (REPEATED + 1) * HANDED, HANDED):
            some = range(first, first + HANDED)
            given = (Task(TINY, (seed,), tasks.version()) for seed in some)
            start, spent = time.perf_counter(), 0.0
            for _, (result,) in engine.run(given):
                spent += result.seconds
            found.append((time.perf_counter() - start - spent) / HANDED)
    return np.array(found[1:])


# --- whole sweeps -----------------------------------------------------------------------------


def overhead(data: Data, workers: int, seeds: int, rounds: int, progress: Progress) -> Interval:
    """How many times as long a sweep takes as bare loops of as many processes, which alternate."""
    logs = []
    for number in range(rounds):
        progress(f"{workers} at once, round {number + 1} of {rounds}")
        both: list[Callable[[Data, int, int], float]] = [seconds_of_sweep, seconds_of_loops]
        order = reversed(both) if number % 2 else both
        found = {one: one(data, workers, seeds) for one in order}
        logs.append(np.log(found[seconds_of_sweep] / found[seconds_of_loops]))
    return geometric_mean(np.array(logs))


def seconds_of_sweep(data: Data, workers: int, seeds: int) -> float:
    """Seconds of a sweep into an empty store, from the start of its processes."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder)) as store:
        with closing(LocalEngine(data, workers)) as engine:
            Sweep(data, [SETTING], workers * seeds, store).run(engine)
        return time.perf_counter() - start


def seconds_of_loops(data: Data, workers: int, seeds: int) -> float:
    """Seconds of processes that each loop over their trainings, from the start of these."""
    start = time.perf_counter()
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        parts = [range(worker * seeds, (worker + 1) * seeds) for worker in range(workers)]
        list(pool.map(loop, [data] * workers, parts))
    return time.perf_counter() - start


def loop(data: Data, seeds: range) -> float:
    """Train and test a network for each seed by one plan, and nothing else; the mean score."""
    plan = kernels.plan(SETTING.network(data, 0), loss=settings.loss(data))
    reached = []
    for seed in seeds:
        plan.update(SETTING.network(data, seed).theta)
        trained = plan.train(data.X_train, data.Y_train, shuffle=seed, **SETTING.options())
        reached.append(tasks.score(plan, trained.network, data))
    return float(np.mean(reached))


# --- processes --------------------------------------------------------------------------------


def alone(function: Callable[[Data], float], data: Data) -> float:
    """The result of a function in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(function, data).result()


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """Environment variables of the processes that are started during the block."""
    former = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
