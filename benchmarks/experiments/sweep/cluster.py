"""The engine of a Dask cluster that is there already.

Each task travels alone, with the digest of the data that it needs. The data are sent to every
worker that is there at the start, by one broadcast; a worker that joined later answers its first
task that it lacks them, gets them, and gets the task again. So they reach each process once, those
of restarted workers and schedulers too, and Dask itself remembers nothing that could be lost. A
`WorkerPlugin` would send them to later workers as well; but a worker that cannot import this
package would then fail to start instead of being named, and a sweep that is killed would leave its
data with the scheduler.

A worker that dies: Dask runs its tasks on another. A scheduler that dies: all that had not come
back is submitted again to the one that takes its address.
"""

from __future__ import annotations

import pickle
import queue
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.experiments.sweep import connecting, remote
from benchmarks.experiments.sweep.connecting import UnreachableError
from benchmarks.experiments.sweep.data import Data
from benchmarks.experiments.sweep.tasks import Result, Task
from benchmarks.measure.errors import FailedError

if TYPE_CHECKING:
    from distributed import Client, Future

LOOK_SECONDS = 1.0
"""Interval between looks at which workers there are."""
RESULT_SECONDS = 10.0
"""How long a result that is ready may take to come; a worker may have died with it."""
AGAIN_SECONDS = 0.5
"""Interval between attempts to reach the scheduler again."""
MOST_UNREAD = 3
"""Tasks that workers which were gone afterwards could not read, before a sweep gives up."""
STAYS = "what is stored stays, and the same command goes on from there"


@dataclass(frozen=True)
class Patience:
    """How many seconds an engine waits before it gives up.

    Parameters
    ----------
    scheduler : for the scheduler to answer at the start
    workers : for a first worker, and for another after all have gone
    again : for a scheduler that was lost to come back
    """

    scheduler: float = 10.0
    workers: float = 30.0
    again: float = 60.0


class Flight(NamedTuple):
    """A task under way."""

    task: Task
    future: Future
    began: float


class ClusterEngine:
    """Runs tasks on the workers of a Dask cluster.

    Parameters
    ----------
    data : what is trained on; it goes to each worker once
    address : the scheduler's, such as tcp://127.0.0.1:8786
    remark : is called with a line for the user: other versions, a lost scheduler
    patience : how long to wait for what

    Raises
    ------
    NotInstalledError
        If the package `distributed` is not installed.
    ValueError
        If the address is none.
    FailedError
        If no scheduler answers, there is no worker, or one has another version.
    """

    def __init__(
        self,
        data: Data,
        address: str,
        *,
        remark: Callable[[str], object] = lambda _: None,
        patience: Patience | None = None,
    ) -> None:
        connecting.require()
        self._digest, self._pickled = data.digest, pickle.dumps(data, protocol=5)
        self._address, self._remark = address, remark
        self._patience = patience or Patience()
        self._flights: dict[str, Flight] = {}
        self._again: deque[Task] = deque()
        self._landed: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._sent: dict[str, float] = {}
        self._threads, self._looked, self._seen = 0, 0.0, 0.0
        self._unread = 0
        self._closing = ExitStack()
        with ExitStack() as stack:
            stack.enter_context(connecting.silent())
            self._connect(self._patience.scheduler)
            self._closing = stack.pop_all()

    @property
    def workers(self) -> int:
        """Tasks that compute at once: the threads of all workers that are there now."""
        return self._threads

    def run(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, list[Result]]]:
        """Run tasks, and return each with its results as it finishes, in any order.

        At most two tasks a thread are under way: one that computes, one that waits. A task whose
        worker or scheduler died runs again. When the iterator is closed, or Ctrl-C interrupts it,
        tasks that have not begun are given up.

        Raises
        ------
        FailedError
            If a task raises, a worker has another version or none, workers keep dying of a task,
            or scheduler or workers are lost for longer than the engine waits.
        """
        try:
            while True:
                self._look()
                if not self._submit(tasks):
                    return
                if (found := self._next()) is not None:
                    yield found
        finally:
            self._forget()
            self._again.clear()

    def close(self) -> None:
        """Close the connection; the cluster stays."""
        self._forget()
        self._disconnect()
        self._closing.close()

    def _connect(self, seconds: float) -> None:
        """Connect, check the workers' versions, and send them the data."""
        self._client = connecting.client(self._address, seconds, self._remark)
        try:
            self._threads = connecting.wait_for_workers(self._client, self._patience.workers)
            self._looked = self._seen = time.monotonic()
            connecting.check_versions(self._client)
            self._send()
        except OSError as error:
            self._disconnect()
            raise UnreachableError(f"the scheduler at {self._address} was lost: {error}") from None
        except BaseException:
            self._disconnect()
            raise

    def _disconnect(self) -> None:
        """Close the client, even one whose scheduler is dead."""
        with suppress(OSError, RuntimeError):
            self._client.close(timeout=2)

    def _connect_again(self) -> None:
        """Connect to the scheduler that takes the address of a lost one; submit all tasks again."""
        self._again.extend(flight.task for flight in self._flights.values())
        self._flights.clear()
        self._disconnect()
        wait = self._patience.again
        self._remark(f"the scheduler at {self._address} was lost: trying again for {wait:g} s")
        end = time.monotonic() + wait
        while True:
            try:
                self._connect(max(end - time.monotonic(), AGAIN_SECONDS))
            except UnreachableError:
                if time.monotonic() > end:
                    raise FailedError(
                        f"the scheduler at {self._address} was lost and has not come back within "
                        f"{wait:g} s; {STAYS}"
                    ) from None
                time.sleep(AGAIN_SECONDS)
            else:
                self._remark(f"connected to {self._address} again")
                return

    def _send(self, workers: list[str] | None = None) -> None:
        """Send the data to some workers, or to all; one that has died meanwhile is passed over."""
        found = self._client.run(
            remote.keep, self._digest, self._pickled, workers=workers, on_error="return"
        )
        now = time.monotonic()
        self._sent.update((answer, now) for answer in found.values() if isinstance(answer, str))

    def _look(self) -> None:
        """Connect again if the scheduler is lost; count the workers, unless that was just done."""
        if self._client.status != "running":
            self._connect_again()
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        try:
            self._threads = sum(self._client.nthreads().values())
        except OSError:
            self._connect_again()
        self._looked = time.monotonic()
        if self._threads:
            self._seen = self._looked
        elif self._looked - self._seen > self._patience.workers:
            raise FailedError(
                f"all workers were lost, and none has come for {self._patience.workers:g} s; "
                f"{STAYS}"
            )

    def _submit(self, tasks: Iterator[Task]) -> bool:
        """Submit tasks while there is room for them; return whether any is under way."""
        while len(self._flights) < max(1, 2 * self._threads):
            task = self._again.popleft() if self._again else next(tasks, None)
            if task is None:
                break
            future = self._client.submit(
                remote.train, task, self._digest, key=f"train-{uuid.uuid4().hex}", pure=False
            )
            self._flights[future.key] = Flight(task, future, time.monotonic())
            future.add_done_callback(self._landed.put)
        return bool(self._flights or self._again)

    def _next(self) -> tuple[Task, list[Result]] | None:
        """The next results; None if none came for a while, or a task must run again."""
        try:
            future = self._landed.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            return None
        return self._land(future)

    def _land(self, future: Future) -> tuple[Task, list[Result]] | None:
        """The results of a task, or None if it must run again, which is arranged."""
        flight = self._flights.pop(future.key, None)
        if flight is None:  # of a scheduler that was lost
            return None
        try:
            if future.status == "error":
                self._understand(flight, future.exception(timeout=RESULT_SECONDS))
                return None
            return self._received(flight, future.result(timeout=RESULT_SECONDS))
        except TimeoutError:  # the worker died with the result; Dask computes it again
            self._flights[future.key] = flight
            future.add_done_callback(self._landed.put)
        except (OSError, CancelledError):
            self._flights[future.key] = flight
            self._connect_again()
        return None

    def _received(
        self, flight: Flight, answer: remote.Answer
    ) -> tuple[Task, list[Result]] | None:
        """The results in a worker's answer; else remove the reason why there are none, or raise."""
        task = flight.task
        if isinstance(answer, remote.Failed):
            raise FailedError(f"{task.setting}: worker {answer.worker}: {answer.reason}")
        if isinstance(answer, remote.OtherVersion):
            raise FailedError(
                f"worker {answer.worker} has kernels {answer.version}, but this sweep is of "
                f"{task.version}: start workers with the same checkout"
            )
        if isinstance(answer, remote.Absent):
            # if sent meanwhile, another thread of this worker had asked
            if self._sent.get(answer.process, 0.0) <= flight.began:
                self._send([answer.worker])
            self._again.appendleft(task)
            return None
        return task, answer

    def _understand(self, flight: Flight, error: BaseException | None) -> None:
        """Raise FailedError for an exception of Dask's own, or let the task run again."""
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            raise FailedError(self._killing(flight, error))
        # the worker could not import what it was to run
        connecting.check_versions(self._client)
        self._again.append(flight.task)
        self._unread += 1
        if self._unread > MOST_UNREAD:
            raise FailedError(f"{flight.task.setting}: {type(error).__name__}: {error}")

    def _killing(self, flight: Flight, error: KilledWorker) -> str:
        """A sentence on a task whose workers died, and those that waited at the same workers.

        Dask counts a worker's death against all of its tasks, also those that had not begun.
        """
        suspects = [flight]
        with suppress(queue.Empty):
            while True:
                other = self._landed.get(timeout=AGAIN_SECONDS)
                if other.status == "error" and other.key in self._flights:
                    suspects.append(self._flights.pop(other.key))
        named = " or ".join(dict.fromkeys(str(suspect.task.setting) for suspect in suspects))
        return (
            f"{error.allowed_failures + 1} workers died, one after another, while they had tasks "
            f"of {named}; the last was {error.last_worker.address}"
        )

    def _forget(self) -> None:
        """Give up the tasks under way: the scheduler drops what nobody waits for."""
        for flight in self._flights.values():
            flight.future.release()
        self._flights.clear()
