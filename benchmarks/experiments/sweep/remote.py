"""The part of a sweep that runs in the workers of a Dask cluster: they keep the data, and train.

Every exception of a task is returned as an object, with the worker's address. What Dask itself
raises for a task then means that the worker died, or could not import this module.
"""

from __future__ import annotations

import functools
import pickle
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.experiments.sweep import tasks
from benchmarks.experiments.sweep.data import Data
from benchmarks.experiments.sweep.tasks import Result, Task

PROCESS = uuid.uuid4().hex
"""Identifies this process, even if another gets its address later."""
MOST = 4
"""Data sets that a worker keeps, for as many sweeps at once; the oldest gives way."""

KEPT: OrderedDict[str, Data] = OrderedDict()
"""The data sets that were sent to this process, by their digest."""


@dataclass(frozen=True)
class Absent:
    """The worker lacks the data: it joined later, or has dropped them for other sweeps' data."""

    worker: str
    process: str

    def replaced_by(self, other: Absent) -> bool:
        """True if another process has this one's address now."""
        return self.worker == other.worker and self.process != other.process


@dataclass(frozen=True)
class OtherVersion:
    """The worker has another version of `kernels` than the task is for."""

    worker: str
    version: str


@dataclass(frozen=True)
class Failed:
    """The task raised an exception."""

    worker: str
    reason: str


Answer = list[Result] | Absent | OtherVersion | Failed
"""What a worker returns for a task."""


def keep(digest: str, pickled: bytes) -> str:
    """Keep a data set in this process for the tasks to come, and return `PROCESS`.

    Parameters
    ----------
    digest : identifies the data set
    pickled : the `Data`, which the sweep itself has pickled
    """
    KEPT[digest] = pickle.loads(pickled)
    KEPT.move_to_end(digest)
    while len(KEPT) > MOST:
        KEPT.popitem(last=False)
    return PROCESS


def train(task: Task, digest: str) -> Answer:
    """Run a task on the data of a digest; any thread of a worker may call this."""
    from distributed import get_worker

    address = str(get_worker().address)
    try:
        if tasks.version() != task.version:
            return OtherVersion(address, tasks.version())
        if (data := KEPT.get(digest)) is None:
            return Absent(address, PROCESS)
        limit_blas()
        return tasks.run(task, data)
    except Exception as error:
        return Failed(address, f"{type(error).__name__}: {error}")


class Call:
    """A call of `train`, which is made when the pickled object is read.

    A worker gets it as bytes and reads them as its task. Dask itself reads the objects in a task's
    message as it arrives, and a worker that cannot import their classes then dies, by which the
    task would look like one that kills workers.
    """

    def __init__(self, task: Task, digest: str) -> None:
        self._arguments = task, digest

    def __reduce__(self) -> tuple[Callable[[Task, str], Answer], tuple[Task, str]]:
        return train, self._arguments


@functools.cache
def limit_blas() -> None:
    """Limit BLAS and OpenMP to one thread, once and for the rest of this process.

    A limit around each task would be lifted by the first of several threads that ends its task.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1)
