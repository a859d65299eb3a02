"""Rankings of every rung and peer on one network, with ratios, verdicts and limits.

`python -m benchmarks ladder` measures one for each network, with `--crossover` one for each value
of an axis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from statistics import median_high
from typing import Any

import kernels
from benchmarks.measure import choices, duel, limits, verdicts, workloads
from benchmarks.measure.contenders import Contender, interpreters
from benchmarks.measure.networks import Asked
from benchmarks.measure.question import Question
from benchmarks.measure.rows import Row, interval_fields
from benchmarks.measure.statistics import Interval
from benchmarks.measure.stepping import Stepping
from benchmarks.measure.timing import FLOOR

OPERATIONS = ("forward", "gradient", "train")
"""Choices of the option --operation; with a batch, forward means forward_batch."""


def question(
    network: Asked,
    batch: int | None,
    operation: str,
    dtype: str = "float64",
    threads: int = 1,
    stepping: Stepping | None = None,
) -> Question:
    """The question that the command's options ask about a network.

    Raises ValueError for options that make no sense.
    """
    choices.check("--operation", operation, OPERATIONS)
    sizes, activations, loss = network.named
    if operation == "forward" and batch is not None:
        operation = "forward_batch"
    workload = workloads.of_sizes(sizes, None, activations)
    return Question(
        sizes,
        operation,
        batch or (1 if operation == "forward" else workload.rows),
        activations,
        loss or "",
        dtype,
        threads,
        alpha=workload.alpha,
        weights=network.weights,
        stepping=stepping,
        file=network.file,
    )


def contenders(names: Sequence[str] | None, peers: bool) -> list[Contender]:
    """The kernels named, or every rung and, if wanted, every peer and plug-in.

    Raises ValueError for an unknown name.
    """
    if names is None:
        names = kernels.names() if peers else kernels.LADDER
    for name in set(names) - set(kernels.names()):
        kernels.find(name)  # raises, and says which there are
    return [Contender(name) for name in dict.fromkeys(names)]


def installed(contenders: Sequence[Contender]) -> list[Contender]:
    """The contenders that some Python here can run."""
    return [one for one in contenders if interpreters().get(one.kernel)]


def sit(
    asked: Question,
    contenders: Sequence[Contender],
    seconds: float,
    rounds: int,
    progress: duel.Progress,
    **early: Any,
) -> duel.Sitting:
    """A sitting of these contenders and the floor; `early`: `enough` and `beaten` of `duel.sit`."""
    return duel.sit(asked, [*contenders, Contender(FLOOR)], seconds, rounds, progress, **early)


def comparisons(sitting: duel.Sitting) -> int:
    """The number of comparisons for which a verdict on a sitting is corrected.

    Which contender is the fastest follows from the same times, so every pair of those that were not
    dropped counts.
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
    """Rows of the times, the fastest first."""
    floor = sitting.time_ns(FLOOR).value if FLOOR in sitting.logs else 0.0
    limit = floor + limits.limit_ns(found, asked)
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
            error=max((one["error"] for one in facts if one["error"] is not None), default=None),
            packages=facts[0].get("packages"),
            form=facts[0].get("form"),
            reason=f"minimises {loss}" if loss else None,
            extrapolated_from=facts[0]["extrapolated_from"],
        )


def below_limit(asked: Question, sitting: duel.Sitting, found: limits.Limits) -> frozenset[str]:
    """The contenders with a time below the limit."""
    timed = times(asked, sitting, found)
    return frozenset(str(row.kernel) for row in timed if verdicts.is_below_limit(asdict(row)))


def confirmed(
    asked: Question,
    sitting: duel.Sitting,
    found: limits.Limits,
    measure: Callable[[], limits.Limits],
) -> limits.Limits:
    """The limits, measured again if a time is below them, since a disturbance lowers them too.

    Ctrl-C meanwhile interrupts the sitting, which is then complete.
    """
    if not below_limit(asked, sitting, found):
        return found
    try:
        return limits.better(found, measure())
    except KeyboardInterrupt:
        sitting.interrupted = True
        return found


def rows(asked: Question, sitting: duel.Sitting, found: limits.Limits) -> Iterator[Row]:
    """Rows of each contender: its time and its ratio to the fastest, or why it has no time.

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
