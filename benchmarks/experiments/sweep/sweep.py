"""A sweep: settings times seeds, of which only those are trained that the store lacks.

The work is cut into tasks of about a second. How long a training takes is measured as results come:
until the first of a setting is there, its tasks have one seed each. Towards the end they become
smaller, so that no worker has a whole task left when the others have finished.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from benchmarks.experiments.sweep import tasks
from benchmarks.experiments.sweep.data import Data
from benchmarks.experiments.sweep.engines import Engine
from benchmarks.experiments.sweep.settings import Setting
from benchmarks.experiments.sweep.store import Store
from benchmarks.experiments.sweep.tasks import Result, Task
from benchmarks.measure import interrupts

TASK_SECONDS = 1.0
"""About the duration of a task."""
MOST_SEEDS = 10_000
"""The most seeds of a task, of however small networks."""

Progress = Callable[[Setting, int], None]
"""Called after each task with its setting and how many results are stored, of all that are asked.
"""


@dataclass
class Sweep:
    """Trainings that are asked for, and how far they are.

    Attributes
    ----------
    data : what is trained on
    settings : how, each once
    seeds : the number of seeds, from 0
    store : has the results
    there : results that were in the store when the sweep began
    trained : results that this sweep computed
    elsewhere : results that another sweep has stored meanwhile
    train_seconds : the sum of their durations
    wall_seconds : how long the engine ran
    workers : of the engine, at most
    """

    data: Data
    settings: Sequence[Setting]
    seeds: int
    store: Store
    version: str = field(default_factory=tasks.version)
    there: int = 0
    trained: int = 0
    elsewhere: int = 0
    train_seconds: float = 0.0
    wall_seconds: float = 0.0
    workers: int = 0
    _seconds: dict[Setting, float] = field(default_factory=dict)
    _worker_seconds: float = 0.0
    _looked: float | None = None
    _lacking: dict[Setting, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lacking = {setting: self.seeds - self._stored(setting) for setting in self.settings}
        self.there = self.total - sum(self._lacking.values())

    @property
    def total(self) -> int:
        """Results that are asked for."""
        return self.seeds * len(self.settings)

    @property
    def done(self) -> int:
        """Results that are stored, of all that are asked for."""
        return self.there + self.trained + self.elsewhere

    @property
    def share(self) -> float | None:
        """The share of the workers' time in which they trained; None if nothing was trained."""
        return self.train_seconds / self._worker_seconds if self._worker_seconds else None

    def run(self, engine: Engine, progress: Progress = lambda *_: None) -> None:
        """Train what the store lacks, and store it.

        Raises FailedError if a task fails, or results cannot be stored or differ from stored ones.
        """
        if self.there == self.total:
            return
        self._look(engine)
        try:
            with closing(engine.run(self._tasks(lambda: engine.workers))) as finished:  # type: ignore[type-var]
                for task, results in finished:
                    with interrupts.held():
                        self._keep(task, results)
                    self._look(engine)
                    progress(task.setting, self.done)
        finally:
            self._look(engine)
            self._looked = None

    def _look(self, engine: Engine) -> None:
        """Count the time since the last look, and the workers' time: they may come and go."""
        now, before = time.monotonic(), self._looked
        if before is not None:
            self.wall_seconds += now - before
            self._worker_seconds += (now - before) * engine.workers
        self.workers = max(self.workers, engine.workers)
        self._looked = now

    def _keep(self, task: Task, results: Sequence[Result]) -> None:
        """Store a task's results, and learn from them how long a training takes."""
        spent = sum(one.seconds for one in results)
        self._seconds[task.setting] = spent / len(results)
        self.train_seconds += spent
        self.store.add(self.data.digest, self.version, results)
        self.trained += len(results)

    def _tasks(self, workers: Callable[[], int]) -> Iterator[Task]:
        """The tasks, each cut when it is asked for, without what another sweep has stored."""
        for setting in self.settings:
            known = self.store.seeds(self.data.digest, self.version, setting)
            missing = (seed for seed in range(self.seeds) if seed not in known)
            left = self.seeds - sum(seed < self.seeds for seed in known)
            self.elsewhere += self._lacking[setting] - left
            while left > 0:
                seeds = tuple(itertools.islice(missing, self._count(setting, left, workers())))
                left -= len(seeds)
                yield Task(setting, seeds, self.version)

    def _count(self, setting: Setting, left: int, workers: int) -> int:
        """Seeds of a setting's next task, of so many that are left."""
        if setting not in self._seconds:
            return 1
        count = int(TASK_SECONDS / max(self._seconds[setting], TASK_SECONDS / MOST_SEEDS))
        if setting == self.settings[-1]:
            count = min(count, -(-left // (2 * workers)))
        return max(1, min(count, left))

    def _stored(self, setting: Setting) -> int:
        """How many of a setting's results are in the store, of those that are asked for."""
        return self.store.count(self.data.digest, self.version, setting, self.seeds)

    def results(self) -> Iterable[tuple[Setting, list[Result]]]:
        """Each setting with its results so far, in the order of the seeds."""
        for setting in self.settings:
            found = self.store.results(self.data.digest, self.version, setting, self.seeds)
            if found:
                yield setting, found
