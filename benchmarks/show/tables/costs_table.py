"""What a sweep costs, from stored rows: the measured constants, and what they predict.

A sweep of n networks on w workers takes about

    compile + w transfer + max(n compute / w, tasks (hand over + store)):

workers compile at the same time, the client sends the data through one line, trainings are shared,
and the client takes the tasks' results one after the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measure import frames
from benchmarks.measure.frames import Record
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
from benchmarks.show.tables import numbers

if TYPE_CHECKING:
    import pandas as pd

TITLE = "What a sweep costs"
HEADINGS = ("what", "how often", "cost")
PREDICTED = "What the constants predict"
COSTS = {
    COMPILE: ("compile the code of a network", "once per architecture and host"),
    LOAD: ("read that code from disk", "once per architecture and process"),
    TRANSFER: ("send the data", "once per worker"),
    COMPUTE: ("train and test a network", "once per network"),
    HAND_OVER: ("hand a task to a Dask worker and take its results", "once per task"),
    STORE: ("store a task's results", "once per task"),
}
"""Quantities with a line each, and what they mean."""
NETWORKS, BYTES_PER_SECOND = 1_000_000, 125e6
"""Networks of the predicted sweep, and what a line of 1 Gbit/s carries."""
WORKERS = (1, 2, 10, 100, 200, 1000)
PREDICTED_HEADINGS = ("workers", "time", "share spent training", "busy workers")


class Constants(NamedTuple):
    """The measured constants, in seconds."""

    compile: float
    transfer: float
    compute: float
    client: float
    """The client's work for a task."""
    per_task: float
    """Networks of a task."""

    def seconds(self, workers: int) -> float:
        """How long a sweep of `NETWORKS` takes."""
        tasks = NETWORKS / self.per_task
        longest = max(NETWORKS * self.compute / workers, tasks * self.client)
        return self.compile + workers * self.transfer + longest

    @property
    def most_workers(self) -> float:
        """Workers whose tasks keep the client busy all the time."""
        return self.per_task * self.compute / self.client


def values(frame: pd.DataFrame) -> dict[str, Record]:
    """The rows of the constants, by quantity."""
    found = frames.records(frame[frame["quantity"].isin([*COSTS, PER_TASK])])
    return {str(one["quantity"]): one for one in found}


def lines(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """A line for each constant that was measured."""
    found = values(frame)
    return [(*told, cost(found[name])) for name, told in COSTS.items() if name in found]


def cost(one: Record) -> str:
    """A constant with its unit and interval."""
    if one["quantity"] == TRANSFER:
        return f"{numbers.significant(one['value'] / 1e6, 2)} MB"
    return numbers.duration_interval(*(nanoseconds(one[name]) for name in ("value", "low", "high")))  # type: ignore[arg-type]


def nanoseconds(seconds: float | None) -> float | None:
    """A time in nanoseconds; None for none."""
    return None if seconds is None else seconds * 1e9


def constants(frame: pd.DataFrame) -> Constants | None:
    """The constants of a run; None if one was not measured, as without Dask."""
    found = {name: one["value"] for name, one in values(frame).items()}
    if not found.keys() >= {*COSTS, PER_TASK}:
        return None
    return Constants(
        found[COMPILE],
        found[TRANSFER] / BYTES_PER_SECOND,
        found[COMPUTE],
        found[HAND_OVER] + found[STORE],
        found[PER_TASK],
    )


def predicted(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """A line for each number of workers; none if a constant was not measured."""
    known = constants(frame)
    if known is None:
        return []
    found: list[tuple[str, ...]] = []
    for workers in WORKERS:
        whole = known.seconds(workers)
        busy = NETWORKS * known.compute / whole
        share = f"{100 * busy / workers:.0f} %"
        found.append((str(workers), span(whole), share, f"{busy:.1f}"))
    return found


def span(seconds: float) -> str:
    """A long duration: `13 hours`, `8.2 minutes`."""
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{numbers.significant(seconds / size, 2)} {unit}"
    return f"{numbers.significant(seconds, 2)} seconds"


def sentences(frame: pd.DataFrame) -> list[str]:
    """Where the time bends, and what whole sweeps add to a bare loop."""
    found = []
    known = constants(frame)
    if known is not None:
        found.append(
            f"In a sweep of {NETWORKS:,} networks, in tasks of {known.per_task:.0f}, the client "
            f"needs {numbers.seconds(known.client)} for a task, and a worker "
            f"{numbers.seconds(known.per_task * known.compute)}: about {known.most_workers:.0f} "
            "workers keep the client busy, and more gain nothing."
        )
    for one in frames.records(frame[frame["quantity"] == OVERHEAD]):
        ends = [one["value"], one["low"], one["high"]]
        told = f"{ends[0]:.1f} %" if None in ends else "{:.1f} [{:.1f}, {:.1f}] %".format(*ends)
        workers = numbers.count(one["threads"], "worker")
        found.append(
            f"With {workers}, a whole sweep differs by {told} from the same trainings in bare "
            "loops, a loop in each process, their start included "
            f"({numbers.count(one['processes'], 'round')})."
        )
    return found
