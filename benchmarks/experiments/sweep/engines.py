"""What an engine is: it runs tasks somewhere and returns their results.

`local` has the engine of this machine's processes, `cluster` that of a Dask cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from benchmarks.experiments.sweep.tasks import Result, Task


class Engine(Protocol):
    """Runs tasks on several workers at once."""

    @property
    def workers(self) -> int:
        """Tasks that compute at once."""

    def run(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, list[Result]]]:
        """Run tasks, and return each with its results as it finishes, in any order.

        The next task is taken only when a worker will soon be free, at most one that waits for
        each worker, since the sizes of later tasks depend on how long earlier ones took. A task
        whose worker died runs again. When the iterator is closed, or Ctrl-C interrupts it, tasks
        that have not begun are given up.
        """

    def close(self) -> None:
        """End the workers that this engine started."""
