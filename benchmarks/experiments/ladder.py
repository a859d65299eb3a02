"""`python -m benchmarks ladder`: every rung and peer on one network, ranked, with verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median_high
from typing import Any

import kernels
from benchmarks.measure import duel, limits, verdicts, workloads
from benchmarks.measure.contenders import Contender, Task
from benchmarks.measure.rows import Row, interval_fields
from benchmarks.measure.statistics import Interval
from benchmarks.measure.timing import FLOOR
from benchmarks.measure.workloads import Workload

TRAIN_ITERATIONS = 3000
"""A part of so many iterations is timed, and the time of one told."""


@dataclass(frozen=True)
class Question:
    """What is asked: this operation of this network."""

    workload: Workload
    operation: str
    dtype: str = "float64"
    threads: int = 1

    def task(self) -> Task:
        """What each contender is to do."""
        return Task(
            sizes=self.workload.sizes,
            operation=self.operation,
            rows=self.workload.rows,
            dtype=self.dtype,
            threads=self.threads,
            iterations=TRAIN_ITERATIONS if self.operation == "train" else 1,
            alpha=self.workload.alpha,
        )

    def row(self, quantity: str, kernel: str, **fields: object) -> Row:
        """A row about this question."""
        return Row(
            quantity=quantity,
            workload=self.workload.name,
            operation=self.operation,
            kernel=kernel,
            dtype=self.dtype,
            rows=None if self.operation == "forward" else self.workload.rows,
            iterations=1 if self.operation == "train" else None,
            threads=self.threads,
            **fields,  # type: ignore[arg-type]
        )


def question(
    sizes: tuple[int, ...], batch: int | None, operation: str, dtype: str, threads: int
) -> Question:
    """The question that the command's options ask; with a batch, forward means forward_batch.

    Raises ValueError for an operation there is not.
    """
    if operation not in ("forward", "gradient", "train"):
        raise ValueError(f"--operation is forward, gradient or train, got {operation!r}")
    if operation == "forward" and batch is not None:
        operation = "forward_batch"
    return Question(workloads.of_sizes(sizes, batch), operation, dtype, threads)


def entrants(names: Sequence[str] | None, peers: bool) -> list[Contender]:
    """The contenders: the kernels named, or every rung and, if wanted, every peer.

    Raises ValueError for a name there is not.
    """
    if names is None:
        names = kernels.names() if peers else kernels.LADDER
    for name in set(names) - set(kernels.names()):
        kernels.find(name)  # which says what there is
    return [Contender(name) for name in dict.fromkeys(names)]


def sit(
    asked: Question,
    who: Sequence[Contender],
    seconds: float,
    rounds: int,
    progress: duel.Progress,
    **early: Any,
) -> duel.Sitting:
    """A sitting of these contenders and the floor; `early` is how it or they may end early."""
    return duel.sit(asked.task(), [*who, Contender(FLOOR)], seconds, rounds, progress, **early)


def comparisons(sitting: duel.Sitting) -> int:
    """How many pairs a verdict on a sitting is one of.

    The fastest is found by the same times, so all pairs count of those that stayed to the end.
    """
    stayed = [
        label
        for label, logs in sitting.logs.items()
        if label != FLOOR and len(logs) == sitting.rounds
    ]
    return max(1, len(stayed) * (len(stayed) - 1) // 2)


def ranked(sitting: duel.Sitting) -> list[str]:
    """The contenders that have a time, the fastest first."""
    timed = (label for label in sitting.logs if label != FLOOR)
    return sorted(timed, key=lambda label: sitting.time_ns(label).value)


def times(asked: Question, sitting: duel.Sitting, found: limits.Limits) -> Iterator[Row]:
    """A time for each contender that has one, the fastest first."""
    floor = sitting.time_ns(FLOOR).value if FLOOR in sitting.logs else 0.0
    limit = floor + limits.limit_ns(
        found, asked.workload, asked.operation, asked.dtype, asked.threads
    )
    for label in ranked(sitting):
        facts = sitting.facts[label]
        builds = [one["build_seconds"] + one["first_seconds"] for one in facts]
        loss = facts[0].get("other_loss")
        yield asked.row(
            "time",
            label,
            **interval_fields(sitting.time_ns(label), "ns"),
            floor_ns=floor,
            limit_ns=limit,
            samples=sitting.samples[label],
            processes=len(sitting.logs[label]),
            build_seconds=builds[0],
            rebuild_seconds=median_high(builds[1:] or builds),
            error=None if loss else max(one["error"] for one in facts),
            packages=facts[0].get("packages"),
            reason=f"minimises {loss}" if loss else None,
            extrapolated_from=facts[0]["extrapolated_from"],
        )


def impossible(asked: Question, sitting: duel.Sitting, found: limits.Limits) -> frozenset[str]:
    """Who has a time below the limit."""
    timed = times(asked, sitting, found)
    return frozenset(str(row.kernel) for row in timed if verdicts.is_below_limit(asdict(row)))


def settled(
    asked: Question,
    sitting: duel.Sitting,
    found: limits.Limits,
    measure: Callable[[], limits.Limits],
) -> limits.Limits:
    """The limits, measured once more if a time is below them: something may have disturbed them."""
    return limits.better(found, measure()) if impossible(asked, sitting, found) else found


def rows(asked: Question, sitting: duel.Sitting, found: limits.Limits) -> Iterator[Row]:
    """A time and a ratio to the fastest for each, and a reason for those that have none.

    A time below the limit has no ratio, and is not the fastest.
    """
    timed = list(times(asked, sitting, found))
    possible = [row for row in timed if not verdicts.is_below_limit(asdict(row))]
    fastest = next((str(row.kernel) for row in possible if row.reason is None), "")
    pairs = comparisons(sitting)
    for row in timed:
        yield row
        if not fastest or row not in possible:
            continue
        label = str(row.kernel)
        against = sitting.ratio(label, fastest, pairs)
        yield asked.row(
            "ratio",
            label,
            **interval_fields(Interval(1.0, 1.0, 1.0) if label == fastest else against),
            against=fastest,
            verdict=None if label == fastest else duel.verdict(against),
            processes=len(sitting.logs[label]),
        )
    for label, (state, reason) in sitting.failures.items():
        yield asked.row("time", label, state=state, reason=reason)
