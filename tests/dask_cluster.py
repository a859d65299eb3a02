"""A Dask cluster for tests: a scheduler and workers on loopback, each a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure.environment import ROOT

START_SECONDS = 90.0
"""The longest that a process may take to start, on however slow a machine."""


def free_port() -> int:
    """A port that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Worker:
    """A worker's process.

    Parameters
    ----------
    address : the scheduler's
    folder : for its files
    options : of `dask worker`
    preload : code that runs in the worker before it registers
    """

    def __init__(self, address: str, folder: Path, *options: str, preload: str = "") -> None:
        folder.mkdir()
        self.log = folder / "log"
        if preload:
            (folder / "preload.py").write_text(preload)
            options = (*options, "--preload", str(folder / "preload.py"))
        ends = ("--nthreads", "1", "--memory-limit", "0", "--no-dashboard", "--host", "127.0.0.1")
        self.process = start(
            self.log, "dask_worker", address, *ends, "--local-directory", str(folder), *options
        )

    def registered(self) -> bool:
        """Whether the scheduler knows it."""
        assert self.process.poll() is None, self.log.read_text()
        return "Registered to" in self.log.read_text()

    def end(self) -> None:
        """End it by SIGKILL, and its nanny, whose own worker then ends by itself."""
        self.process.kill()
        self.process.wait()


class Cluster:
    """A scheduler, always at the same address, and its workers.

    Parameters
    ----------
    folder : for the files of all
    preload : code that runs in the scheduler before it listens
    """

    def __init__(self, folder: Path, preload: str = "") -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.workers: list[Worker] = []
        self._folder, self._started = folder, 0
        self._preload = folder / "preload.py"
        self._preload.write_text(preload)
        self._scheduler: subprocess.Popen[bytes] | None = None

    def start_scheduler(self) -> None:
        """Start the scheduler, and return when it listens."""
        port = self.address.rpartition(":")[2]
        self._scheduler = start(
            self._folder / f"scheduler-{self._number()}",
            *("dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"),
            *("--preload", str(self._preload)),
            # 2 workers must die of a task, not 4
            DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1",
        )
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", int(port)), timeout=1).close()
                return
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.05)

    def start_worker(self, *options: str, preload: str = "") -> Worker:
        """Start a worker, and return at once."""
        folder = self._folder / f"worker-{self._number()}"
        worker = Worker(self.address, folder, *(options or ("--no-nanny",)), preload=preload)
        self.workers.append(worker)
        return worker

    def wait(self) -> None:
        """Return when all workers are registered."""
        end = time.monotonic() + START_SECONDS
        while not all(worker.registered() for worker in self.workers):
            assert time.monotonic() < end
            time.sleep(0.05)

    def have(self, workers: int, preload: str = "") -> None:
        """Start what is lacking of a scheduler and so many workers, and end what is too many."""
        if self._scheduler is None:
            self.start_scheduler()
        for worker in [one for one in self.workers if one.process.poll() is not None]:
            self.end_worker(worker)
        while len(self.workers) > workers:
            self.end_worker(self.workers[-1])
        while len(self.workers) < workers:
            self.start_worker(preload=preload)
        self.wait()

    def end_worker(self, worker: Worker) -> None:
        """End a worker by SIGKILL."""
        self.workers.remove(worker)
        worker.end()

    def end_scheduler(self) -> None:
        """End the scheduler by SIGKILL, and then its workers."""
        assert self._scheduler is not None
        self._scheduler.kill()
        self._scheduler.wait()
        self._scheduler = None
        while self.workers:
            self.end_worker(self.workers[-1])

    def _number(self) -> int:
        self._started += 1
        return self._started


def start(log: Path, module: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start a command of Dask's, which writes to a log, in the checkout."""
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        )


@contextmanager
def running(folder: Path, preload: str = "") -> Iterator[Cluster]:
    """A cluster during the block, at first without processes."""
    cluster = Cluster(folder, preload)
    try:
        yield cluster
    finally:
        if cluster._scheduler is not None:
            cluster.end_scheduler()
