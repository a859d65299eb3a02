"""Sweeps on a Dask cluster of real processes, which lose workers and their scheduler.

All tests share a cluster, of which each asks for what it needs.
"""

from __future__ import annotations

import gc
import os
import signal
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from benchmarks.experiments.sweep import connecting, tasks
from benchmarks.experiments.sweep import data as loading
from benchmarks.experiments.sweep.data import Data
from benchmarks.experiments.sweep.settings import Setting
from benchmarks.experiments.sweep.tasks import Result, Task
from benchmarks.measure.errors import FailedError
from tests.dask_cluster import Cluster, free_port, running

pytest.importorskip("distributed")

from benchmarks.experiments.sweep.cluster import ClusterEngine
from benchmarks.experiments.sweep.link import Patience

SETTING = Setting((8,), "relu", "adam", 1e-2, 32, 5)
SLOWER = Setting((8,), "relu", "adam", 1e-2, 32, 5000)
DEADLY = 13
"""A seed at which workers with `KILLER` die."""

KILLER = f"""
import os
from benchmarks.experiments.sweep import tasks

def run(task, data, run=tasks.run):
    if {DEADLY} in task.seeds:
        os.kill(os.getpid(), 9)
    return run(task, data)

tasks.run = run
"""
OTHER_VERSION = "import kernels\nkernels.__version__ = '0.0.1'\n"
LACKING = """
import sys

class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name in ("benchmarks", "kernels"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hidden())
"""


pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(autouse=True)
def _sockets_of_lost_schedulers() -> Iterator[None]:
    """Collect here what Dask has not closed, not in a later test, where it would be an error."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def iris() -> Data:
    return loading.load("iris")


@pytest.fixture(scope="module")
def arrivals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to which every worker of the shared cluster appends a line when it gets data."""
    return tmp_path_factory.mktemp("arrivals") / "processes"


@pytest.fixture(scope="module")
def noting(arrivals: Path) -> str:
    """The preload of the shared cluster's workers."""
    return f"""
import os
from benchmarks.experiments.sweep import remote

def noted(digest, pickled, keep=remote.keep):
    with open({str(arrivals)!r}, "a") as file:
        file.write(f"{{os.getpid()}}\\n")
    return keep(digest, pickled)

if remote.keep.__name__ == "keep":  # a preload may run twice
    remote.keep = noted
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    # the scheduler passes on what it cannot import
    with running(tmp_path_factory.mktemp("dask"), preload=LACKING) as found:
        yield found


@contextmanager
def engine(cluster: Cluster, data: Data, **patience: float) -> Iterator[ClusterEngine]:
    with closing(ClusterEngine(data, cluster.address, patience=Patience(**patience))) as found:
        yield found


def split(setting: Setting, seeds: int, each: int) -> list[Task]:
    version = tasks.version()
    starts = range(0, seeds, each)
    return [Task(setting, tuple(range(k, min(k + each, seeds))), version) for k in starts]


def bits(results: list[Result]) -> list[Any]:
    """All of results but their durations."""
    return sorted((r.key, r.seed, r.score, r.cost, r.theta, r.instructions) for r in results)


def serial(work: list[Task], data: Data) -> list[Any]:
    return bits([result for task in work for result in tasks.run(task, data)])


def test_an_unreachable_scheduler_is_told_in_one_line(iris: Data) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(FailedError, match=f"^no Dask scheduler answers at {address} .*$"):
        ClusterEngine(iris, address, patience=Patience(scheduler=0.5))


@pytest.mark.parametrize("address", ["", "nonsense", "tcp://127.0.0.1:port", "ftp://127.0.0.1:1"])
def test_an_address_that_is_none_is_a_mistake(address: str, iris: Data) -> None:
    with pytest.raises(ValueError, match="is no address of a Dask scheduler, as tcp://"):
        ClusterEngine(iris, address)


def test_a_scheduler_without_workers_is_told(cluster: Cluster, iris: Data) -> None:
    cluster.have(workers=0)
    with pytest.raises(FailedError, match=rf"{cluster.address} has no worker \(waited 0.1 s\)"):
        ClusterEngine(iris, cluster.address, patience=Patience(workers=0.1))


def test_200_networks_have_the_serial_bits_and_each_worker_gets_the_data_once(
    cluster: Cluster, iris: Data, arrivals: Path, noting: str
) -> None:
    cluster.have(2, noting)
    work = split(SETTING, 200, each=8)
    taken = returned = most = 0

    def given() -> Iterator[Task]:
        nonlocal taken, most
        for task in work:
            taken += 1
            most = max(most, taken - returned)
            yield task

    found = []
    with engine(cluster, iris) as dask:
        assert dask.workers == 2
        for task, results in dask.run(given()):
            returned += 1
            assert tuple(result.seed for result in results) == task.seeds
            found += results
    assert bits(found) == serial(work, iris)
    # one that computes and one that waits for each worker, and the one that just came
    assert most <= 2 * 2 + 1
    pids = {str(worker.process.pid) for worker in cluster.workers}
    assert Counter(arrivals.read_text().split()) == Counter(pids)


def test_a_run_that_is_closed_gives_up_what_has_not_begun(cluster: Cluster, iris: Data) -> None:
    from distributed import Client

    cluster.have(2)
    with engine(cluster, iris) as dask:
        run = dask.run(iter(split(SLOWER, 100, each=1)))
        next(run)
        run.close()  # type: ignore[attr-defined]
        with Client(cluster.address, set_as_default=False) as client:
            end = time.monotonic() + 30
            while any(client.processing().values()):
                assert time.monotonic() < end
                time.sleep(0.05)


def test_tasks_of_a_killed_worker_run_on_another(
    cluster: Cluster, iris: Data, arrivals: Path, noting: str
) -> None:
    """The one that takes its place gets the data once, though two threads ask for them."""
    cluster.have(2, noting)
    work = split(SLOWER, 16, each=1)
    found: list[Result] = []
    with engine(cluster, iris) as dask:
        for _, results in dask.run(iter(work)):
            if not found:
                cluster.end_worker(cluster.workers[0])
            found += results
        assert bits(found) == serial(work, iris)
        new = cluster.start_worker("--no-nanny", "--nthreads", "2", preload=noting)
        cluster.wait()
        again = [result for _, results in dask.run(iter(work)) for result in results]
    assert bits(again) == bits(found)
    assert arrivals.read_text().split().count(str(new.process.pid)) == 1
    cluster.end_worker(new)


def test_a_scheduler_that_dies_and_comes_back_loses_nothing(cluster: Cluster, iris: Data) -> None:
    cluster.have(2)
    work = split(SLOWER, 16, each=1)
    remarks: list[str] = []
    found: list[Result] = []
    dask = ClusterEngine(iris, cluster.address, remark=remarks.append)
    with closing(dask):
        for _, results in dask.run(iter(work)):
            found += results
            if len(found) == 2:
                cluster.end_scheduler()
                cluster.start_scheduler()
                cluster.start_worker()
                cluster.start_worker()
    assert bits(found) == serial(work, iris)
    assert [line.partition(cluster.address)[0] for line in remarks] == [
        "the scheduler at ",
        "connected to ",
    ]


@pytest.mark.parametrize(
    ("preload", "has"),
    [(OTHER_VERSION, "kernels 0.0.1"), (LACKING, "No module named 'benchmarks'")],
    ids=["another version", "without the package"],
)
def test_an_unfit_worker_is_named_when_it_joins_and_at_the_start(
    preload: str, has: str, cluster: Cluster, iris: Data
) -> None:
    cluster.have(1)
    unfit: list[Any] = []

    def given() -> Iterator[Task]:
        """Tasks until the engine has noticed the worker."""
        for seed in range(10**6):
            if seed == 3:
                unfit.append(cluster.start_worker(preload=preload))
            yield Task(SLOWER, (seed,), tasks.version())

    with engine(cluster, iris) as dask, pytest.raises(FailedError) as joined:
        deque(dask.run(given()), maxlen=0)
    assert unfit[0].process.poll() is None
    with pytest.raises(FailedError) as there:
        ClusterEngine(iris, cluster.address)
    address = next(
        line.split()[-1]
        for line in unfit[0].log.read_text().splitlines()
        if "Start worker at:" in line
    )
    for error in (joined, there):
        message = str(error.value)
        assert f"worker {address}" in message
        assert has in message
        assert tasks.version() in message
    cluster.end_worker(unfit[0])


def test_a_task_of_which_workers_die_is_named(cluster: Cluster, iris: Data) -> None:
    """A nanny starts each worker again."""
    cluster.have(0)
    cluster.start_worker("--nanny", preload=KILLER)
    cluster.wait()
    deadly = [Task(SETTING, (DEADLY,), tasks.version())]
    with (
        engine(cluster, iris) as dask,
        pytest.raises(FailedError, match=r"\d workers died, .* while they had a task of 8 relu, "),
    ):
        list(dask.run(iter(deadly)))
    with engine(cluster, iris) as dask:
        (one,) = dask.run(iter(split(SETTING, 1, each=1)))
    assert bits(one[1]) == serial([one[0]], iris)


def test_a_task_that_fails_is_named_with_its_worker(cluster: Cluster, iris: Data) -> None:
    cluster.have(1)
    wrong = Task(SETTING, (-1,), tasks.version())
    with engine(cluster, iris) as dask, pytest.raises(FailedError, match=r"worker tcp://.*Error: "):
        list(dask.run(iter([wrong])))


def test_workers_or_a_scheduler_that_stay_away_end_the_sweep(cluster: Cluster, iris: Data) -> None:
    cluster.have(1)
    work = split(SLOWER, 100, each=1)
    with engine(cluster, iris, workers=0.5) as dask:
        run = dask.run(iter(work))
        next(run)
        cluster.have(0)
        with pytest.raises(
            FailedError, match=r"all workers were lost, and none has come for 0\.5 s"
        ):
            list(run)
    cluster.have(1)
    with engine(cluster, iris, again=0.5) as dask:
        run = dask.run(iter(work))
        next(run)
        cluster.end_scheduler()
        with pytest.raises(
            FailedError, match=r"was lost and has not come back within 0\.5 s; what"
        ):
            list(run)


def test_nothing_is_logged_on_the_terminal(
    cluster: Cluster, iris: Data, capfd: pytest.CaptureFixture[str]
) -> None:
    cluster.have(1)
    with engine(cluster, iris, again=0.5) as dask:
        run = dask.run(iter(split(SLOWER, 100, each=1)))
        next(run)
        os.kill(cluster.workers[0].process.pid, signal.SIGKILL)
        cluster.end_scheduler()
        with pytest.raises(FailedError):
            list(run)
    assert capfd.readouterr() == ("", "")


def test_differing_versions_of_packages_take_a_line() -> None:
    from distributed.versions import error_message

    here = {"packages": {"python": "3.11.7", "dask": "2026.8.0", "msgpack": "1.1.0"}}
    there = {"packages": {"python": "3.11.7", "dask": "2026.7.0", "msgpack": "1.1.0"}}
    table = error_message(here, {"tcp://127.0.0.1:1": there}, here)["warning"]
    assert connecting.differing(table) == (
        "versions of client, scheduler and workers differ: dask 2026.8.0, 2026.8.0, 2026.7.0"
    )
