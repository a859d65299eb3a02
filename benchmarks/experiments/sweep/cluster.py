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
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.experiments.sweep import connecting, remote
from benchmarks.experiments.sweep.data import Data
from benchmarks.experiments.sweep.link import LOOK_SECONDS, Link, Patience
from benchmarks.experiments.sweep.tasks import Result, Task
from benchmarks.measure.errors import FailedError

if TYPE_CHECKING:
    from distributed import Future, KilledWorker

RESULT_SECONDS = 10.0
"""How long a result that is ready may take to come; a worker may have died with it."""
SUSPECT_SECONDS = 0.5
"""How long after a task that killed workers others may still be reported for the same deaths."""
MOST_DEATHS = 3
"""A task is given up when so many workers have died that were sent the data for it."""
MOST_UNREAD = 3
"""Tasks that workers which were gone afterwards could not read, before a sweep gives up."""


class Flight(NamedTuple):
    """A task under way."""

    task: Task
    future: Future
    began: float


class ClusterEngine:
    """Runs tasks on the workers of a Dask cluster; see `engines.Engine`.

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
        self._link = Link(data, address, remark, patience or Patience())
        self._flights: dict[str, Flight] = {}
        self._again: deque[Task] = deque()
        self._supplied: dict[Task, list[remote.Absent]] = {}
        self._landed: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._unread = 0

    @property
    def workers(self) -> int:
        """Tasks that compute at once: the threads of all workers that are there now."""
        return self._link.threads

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
                try:
                    self._link.look()
                except OSError:
                    self._recover()
                if not self._submit(tasks):
                    return
                if (found := self._next()) is not None:
                    yield found
        finally:
            self._forget()
            self._again.clear()
            self._supplied.clear()

    def close(self) -> None:
        """Close the connection; the cluster stays."""
        self._forget()
        self._link.close()

    def _recover(self) -> None:
        """Connect again after the scheduler was lost, to run all tasks under way once more."""
        self._again.extend(flight.task for flight in self._flights.values())
        self._flights.clear()
        self._link.connect_again()

    def _submit(self, tasks: Iterator[Task]) -> bool:
        """Submit tasks while there is room for them; return whether any is under way.

        One is submitted even if there is no worker, and so waits for one.
        """
        while len(self._flights) < max(1, 2 * self.workers):
            task = self._again.popleft() if self._again else next(tasks, None)
            if task is None:
                break
            key = f"train-{uuid.uuid4().hex}"
            call = pickle.dumps(remote.Call(task, self._link.digest))
            future = self._link.client.submit(pickle.loads, call, key=key)
            self._flights[key] = Flight(task, future, time.monotonic())
            future.add_done_callback(self._landed.put)
        return bool(self._flights)

    def _next(self) -> tuple[Task, list[Result]] | None:
        """The next task with its results; None if none came for a while, or it must run again."""
        try:
            future = self._landed.get(timeout=LOOK_SECONDS)
        except queue.Empty:
            return None
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
            self._recover()
        return None

    def _received(self, flight: Flight, answer: remote.Answer) -> tuple[Task, list[Result]] | None:
        """The results in a worker's answer; else remove the reason why there are none, or raise."""
        task = flight.task
        if isinstance(answer, remote.Failed):
            raise FailedError(f"{task.setting}: worker {answer.worker}: {answer.reason}")
        if isinstance(answer, remote.OtherVersion):
            raise connecting.unfit({answer.worker: answer.version}, task.version)
        if isinstance(answer, remote.Absent):
            self._supply(flight, answer)
            return None
        self._supplied.pop(task, None)
        return task, answer

    def _supply(self, flight: Flight, answer: remote.Absent) -> None:
        """Send a worker the data that it lacks, and let the task run again.

        A worker that is started again after each death lacks them every time, and Dask does not
        see that the task which killed it is the same: so these deaths are counted here.
        """
        task, alive = flight.task, self._link.client.nthreads()
        before = self._supplied.setdefault(task, [])
        dead = [one for one in before if one.worker not in alive or one.replaced_by(answer)]
        if len(dead) >= MOST_DEATHS:
            raise FailedError(killing(len(dead), [task], dead[-1].worker))
        self._link.send_to(answer, flight.began)
        before.append(answer)
        self._again.appendleft(task)

    def _understand(self, flight: Flight, error: BaseException | None) -> None:
        """Raise FailedError for an exception of Dask's own, or let the task run again."""
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            raise self._killed(flight, error)
        # the worker could not import what it was to run
        connecting.check_versions(self._link.client)
        self._again.append(flight.task)
        self._unread += 1
        if self._unread > MOST_UNREAD:
            raise FailedError(f"{flight.task.setting}: {type(error).__name__}: {error}")

    def _killed(self, flight: Flight, error: KilledWorker) -> FailedError:
        """The error that names a task whose workers died, and those that waited at the same ones.

        Dask counts a worker's death against all of its tasks, also those that had not begun.
        """
        suspects = [flight.task]
        with suppress(queue.Empty):
            while True:
                other = self._landed.get(timeout=SUSPECT_SECONDS)
                if other.status == "error" and other.key in self._flights:
                    suspects.append(self._flights.pop(other.key).task)
        deaths, last = error.allowed_failures + 1, error.last_worker.address
        return FailedError(killing(deaths, suspects, last))

    def _forget(self) -> None:
        """Give up the tasks under way: the scheduler drops what nobody waits for."""
        for flight in self._flights.values():
            flight.future.release()
        self._flights.clear()


def killing(deaths: int, suspects: Iterable[Task], last: str) -> str:
    """A sentence on workers that died, the tasks that they had, and the last one's address."""
    named = " or ".join(dict.fromkeys(str(task.setting) for task in suspects))
    return (
        f"{deaths} workers died, one after another, while they had a task of {named}; the last was "
        f"{last}; is there enough memory?"
    )
