"""The engine of this machine: processes that compute one task after the other.

Each process is started anew (`spawn`), gets the data once, and computes on one thread. A task waits
in its pipe while another is computed, so that it need not wait for the main process in between.
Every process has a pipe of its own: which task a process was computing when it died is known, as it
would not be in a pool with one queue. When the main process dies, the pipes close and the others
end.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from benchmarks.experiments.sweep import tasks as computing
from benchmarks.experiments.sweep.data import Data
from benchmarks.experiments.sweep.tasks import Result, Task
from benchmarks.measure.errors import FailedError
from kernels.support import cores
from kernels.support.imports import described

AHEAD = 2
"""Tasks that a worker has at most: one that it computes and one that waits."""
MOST_DEATHS = 3
"""A task is given up when this many workers have died of it."""


class Worker:
    """A process, and the tasks that it has, of which it computes the first."""

    def __init__(self, data: Data) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.tasks: deque[Task] = deque()
        self.process: BaseProcess = context.Process(
            target=work, args=(data, theirs), name="sweep worker", daemon=True
        )
        with blocked():
            self.process.start()
        theirs.close()  # now the pipe ends with the process

    def give(self, task: Task) -> None:
        """Hand over a task; of a process that is dead, `take` will tell."""
        self.tasks.append(task)
        with suppress(OSError):
            self.pipe.send(task)

    def take(self) -> tuple[Task, list[Result]] | None:
        """The task that was finished, with its results; None if the process has died.

        Raises FailedError if the task failed.
        """
        try:
            found = self.pipe.recv()
        except (EOFError, OSError):
            return None
        task = self.tasks.popleft()
        if isinstance(found, str):
            raise FailedError(f"{task.setting}: {found}")
        return task, found

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.join()
        self.pipe.close()
        self.process.close()


class LocalEngine:
    """Runs tasks in processes of this machine; see `engines.Engine`.

    Parameters
    ----------
    data : what all tasks are trained on
    workers : processes; None: one for each core
    """

    def __init__(self, data: Data, workers: int | None = None) -> None:
        self.workers = workers or cores.usable()
        self._data = data
        self._team: list[Worker] = []
        self._deaths: Counter[Task] = Counter()

    def run(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, list[Result]]]:
        """Run tasks, and return each with its results as it finishes.

        Raises FailedError if a task fails, or workers keep dying of it.
        """
        again: deque[Task] = deque()
        try:
            while True:
                self._feed(again, tasks)
                busy = {worker.pipe: worker for worker in self._team if worker.tasks}
                if not busy:
                    return
                for pipe in connection.wait(list(busy)):
                    worker = busy[pipe]  # type: ignore[index]
                    found = worker.take()
                    if found is None:
                        again.extend(self._bury(worker))
                    else:
                        yield found
        finally:
            for worker in [one for one in self._team if one.tasks]:
                self._team.remove(worker)
                worker.end()

    def _feed(self, again: deque[Task], tasks: Iterator[Task]) -> None:
        """Give each worker a task to compute, then each one to wait; first those to run again."""
        while len(self._team) < self.workers:
            self._team.append(Worker(self._data))
        for most in range(1, AHEAD + 1):
            for worker in self._team:
                if len(worker.tasks) < most:
                    task = again.popleft() if again else next(tasks, None)
                    if task is None:
                        return
                    worker.give(task)

    def _bury(self, worker: Worker) -> list[Task]:
        """Remove a worker that died, and return its tasks, which must run again.

        Raises FailedError if too many have died of the one that it computed.
        """
        self._team.remove(worker)
        lost = list(worker.tasks)
        worker.process.join()
        status = worker.process.exitcode
        worker.end()
        self._deaths[lost[0]] += 1
        if self._deaths[lost[0]] >= MOST_DEATHS:
            how = f"exit status {status}" if (status or 0) >= 0 else f"signal {-(status or 0)}"
            raise FailedError(
                f"{MOST_DEATHS} processes died ({how}) while they trained: {lost[0].setting}, "
                f"seeds from {lost[0].seeds[0]}; is there enough memory?"
            )
        return lost

    def close(self) -> None:
        """End the processes."""
        while self._team:
            self._team.pop().end()


@contextmanager
def blocked() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach; here it takes effect after the block."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield  # what is started inherits the mask
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def work(data: Data, pipe: Connection) -> None:
    """A worker's life: compute each task that comes, until the pipe closes.

    A task that fails is answered by a text that says why.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
    with suppress(EOFError, OSError):  # the main process has ended
        while True:
            task = pipe.recv()
            answer: list[Result] | str
            try:
                answer = computing.run(task, data)
            except Exception as error:
                answer = described(error)
            pipe.send(answer)
