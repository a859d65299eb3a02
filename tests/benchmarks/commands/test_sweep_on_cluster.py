"""`python -m benchmarks sweep --scheduler`: a worker and the scheduler die on the way."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.experiments.sweep.settings import Setting
from benchmarks.experiments.sweep.store import Store
from benchmarks.experiments.sweep.tasks import Result, version
from benchmarks.show.tables import numbers
from tests.benchmarks.experiments.sweep.made_up import bits, iris, serially
from tests.dask_cluster import Cluster, running
from tests.running import run, started

pytest.importorskip("distributed")

SEEDS = 200
SETTING = Setting((4,), "relu", "adam", 1e-3, 32, 600)
ASKED = ("sweep", "--data", "iris", "--hidden", "4", "--passes", "600", "--seeds", str(SEEDS))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running(tmp_path_factory.mktemp("dask")) as found:
        yield found


def stored(folder: Path) -> list[Result]:
    with Store(folder) as store:
        return store.results(iris().digest, version(), SETTING, SEEDS)


def wait_for_more(folder: Path, process: subprocess.Popen[str], than: int) -> int:
    """Return the number of stored results when it is above another."""
    while (found := len(stored(folder))) <= than:
        assert process.poll() is None
        time.sleep(0.02)
    return found


def test_a_sweep_outlives_a_worker_and_the_scheduler(cluster: Cluster, tmp_path: Path) -> None:
    cluster.have(2)
    folder = tmp_path / "store"
    line = (*ASKED, "--scheduler", cluster.address, "--into", str(folder))
    with started("-m", "benchmarks", *line) as process:
        done = wait_for_more(folder, process, than=0)
        cluster.end_worker(cluster.workers[0])
        assert wait_for_more(folder, process, than=done) < SEEDS
        cluster.end_scheduler()
        cluster.start_scheduler()
        cluster.start_worker()
        _, remarks = process.communicate()
    assert process.returncode == 0, remarks
    assert remarks.count(f"the scheduler at {cluster.address} was lost") == 1
    assert remarks.count(f"connected to {cluster.address} again") == 1
    assert "distributed" not in remarks
    assert "Traceback" not in remarks
    assert bits(stored(folder)) == bits(serially(SETTING, range(SEEDS)))
    again = run(*line)
    assert again.returncode == 0
    assert f"{numbers.are(SEEDS, 'result')} there already" in again.stderr


def test_an_address_that_is_none_takes_a_line(tmp_path: Path) -> None:
    result = run("sweep", "--data", "iris", "--seeds", "1", "--scheduler", "nonsense",
                 "--into", str(tmp_path))  # fmt: skip
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1] == (
        "error: 'nonsense' is no address of a Dask scheduler, as tcp://127.0.0.1:8786 is"
    )
