"""Where the fastest kernel changes as one thing varies: the batch, the width, the threads.

A coarse grid of that thing is measured with all contenders. Between two neighbours with different
winners the two winners alone are measured, at ever closer values, until it is known from where to
where neither is faster: that is the interval of the crossing. Who takes twice as long as the
fastest is out after a round; a sitting ends once its fastest is told from all that are left.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from benchmarks import ladder, workloads
from benchmarks.ladder import Question
from benchmarks.measure import duel
from benchmarks.measure.contenders import Contender
from benchmarks.measure.rows import Row
from benchmarks.measure.timing import FLOOR

AXES = ("batch", "width", "threads")
BATCHES = (1, 4, 16, 64, 256, 1024, 4096)
WIDTHS = (4, 16, 64, 256, 1024)
CLOSE = 1.1
"""Two values this near to each other are not divided any further."""
LEAST_ROUNDS = 3
BEATEN = 2.0
"""Who takes so many times as long as the fastest need not go on, unless second to it."""

Measure = Callable[[Question, Sequence[Contender]], duel.Sitting]


class Point(NamedTuple):
    """What was measured at one value."""

    value: int
    sitting: duel.Sitting

    @property
    def ranking(self) -> list[str]:
        """The contenders that have a time, the fastest first."""
        timed = (one for one in self.sitting.logs if one != FLOOR)
        return sorted(timed, key=lambda one: self.sitting.time_ns(one).value)


@dataclass(frozen=True)
class Crossing:
    """`before` is faster up to `low`, `after` from `high` on; the lines meet at about `value`."""

    before: str
    after: str
    value: float
    low: int
    high: int


def grid(axis: str, asked: Question) -> tuple[int, ...]:
    """The values to begin with.

    Raises ValueError for an axis there is not, or on which nothing could vary.
    """
    if axis == "batch":
        return BATCHES
    if axis == "width":
        if len(asked.workload.sizes) < 3:
            raise ValueError("--crossover width needs a network with a hidden layer")
        return WIDTHS
    if axis == "threads":
        cores = os.cpu_count() or 1
        if cores < 2:
            raise ValueError("--crossover threads needs more than one core")
        return tuple(range(1, cores + 1))
    raise ValueError(f"--crossover is {', '.join(AXES)}, got {axis!r}")


def at(axis: str, value: int, asked: Question) -> Question:
    """The same question with another value; a width is that of the widest hidden layer."""
    sizes, rows = asked.workload.sizes, asked.workload.rows
    if axis == "threads":
        return replace(asked, threads=value)
    if axis == "batch":
        operation = "forward_batch" if asked.operation == "forward" else asked.operation
        return replace(asked, workload=workloads.of_sizes(sizes, value), operation=operation)
    first, *hidden, last = sizes
    scaled = [max(1, round(width * value / max(hidden))) for width in hidden]
    # as many samples as before, also where the sizes happen to be those of a known workload
    return replace(asked, workload=workloads.of_sizes((first, *scaled, last), rows))


def is_clear(sitting: duel.Sitting) -> bool:
    """Whether the fastest is told from every other contender that is still there."""
    first, *others = Point(0, sitting).ranking or [""]
    rounds = sitting.rounds
    left = [other for other in others if len(sitting.logs[other]) == rounds]
    return rounds >= LEAST_ROUNDS and all(
        faster(sitting, first, other, len(others)) for other in left
    )


def beaten(sitting: duel.Sitting) -> list[str]:
    """Those so much slower than the fastest that they cannot be it."""
    first, _, *others = [*Point(0, sitting).ranking, "", ""]
    return [one for one in others if one and sitting.ratio(one, first).value > BEATEN]


def faster(sitting: duel.Sitting, one: str, other: str, comparisons: int = 1) -> bool:
    """Whether one is told to be faster than the other."""
    return duel.verdict(sitting.ratio(one, other, comparisons)) == duel.FASTER


def coarse(
    axis: str, asked: Question, who: Sequence[Contender], measure: Measure
) -> Iterator[Point]:
    """The points of the grid."""
    for value in grid(axis, asked):
        yield Point(value, measure(at(axis, value, asked), who))


def crossings(
    axis: str, asked: Question, points: Sequence[Point], measure: Measure
) -> Iterator[Crossing]:
    """Each change of the winner from one point of the grid to the next."""
    ranked = [point for point in points if point.ranking]
    for left, right in pairwise(ranked):
        winners = {left.ranking[0], right.ranking[0]}
        if len(winners) == 2 and all(winners <= set(point.ranking) for point in (left, right)):
            yield narrow(axis, asked, left, right, measure)


def narrow(axis: str, asked: Question, left: Point, right: Point, measure: Measure) -> Crossing:
    """Close in on where the winner of `left` stops being faster than that of `right`."""
    before, after = left.ranking[0], right.ranking[0]
    pair = [Contender(before), Contender(after)]
    known = {left.value: left.sitting, right.value: right.sitting}

    def ends() -> tuple[int, int]:
        """The last value at which `before` is told to be faster, the first for `after`."""
        told = sorted(known)
        wins = [v for v in told if faster(known[v], before, after)]
        losses = [v for v in told if faster(known[v], after, before)]
        low = max(wins, default=told[0])
        return low, min((v for v in losses if v > low), default=told[-1])

    def widest() -> tuple[int, int] | None:
        """The gap next to an end, within which the interval may yet shrink."""
        low, high = ends()
        inner = [v for v in sorted(known) if low <= v <= high]
        gaps = [pair for pair in pairwise(inner) if low in pair or high in pair]
        gaps = [(a, b) for a, b in gaps if b - a > 1 and b / a > CLOSE]
        return max(gaps, key=lambda gap: gap[1] / gap[0], default=None)

    while gap := widest():
        middle = min(max(round(math.sqrt(gap[0] * gap[1])), gap[0] + 1), gap[1] - 1)
        sitting = measure(at(axis, middle, asked), pair)
        if not all(label in sitting.logs for label in (before, after)):
            break
        known[middle] = sitting
    low, high = ends()
    return Crossing(before, after, meeting_point(known, before, after), low, high)


def meeting_point(known: dict[int, duel.Sitting], before: str, after: str) -> float:
    """Where the ratio passes 1, between measured values on a line in logarithms."""
    values = sorted(known)
    logs = [math.log(known[v].ratio(before, after).value) for v in values]
    for (a, b), (x, y) in zip(pairwise(values), pairwise(logs), strict=True):
        if x <= 0 <= y and x != y:
            return math.exp(math.log(a) + (math.log(b) - math.log(a)) * x / (x - y))
    return float(values[-1])


def row(axis: str, asked: Question, crossing: Crossing) -> Row:
    """A crossing as a row: from `value` on `kernel` is faster than `against`."""
    found = asked.row(f"crossover_{axis}", crossing.after, against=crossing.before)
    return replace(found, value=crossing.value, low=float(crossing.low), high=float(crossing.high))


def sentence(axis: str, crossing: Crossing) -> str:
    """What a crossing says."""
    what = {"batch": "samples a batch", "width": "nodes", "threads": "threads"}[axis]
    return (
        f"From about {crossing.value:.0f} {what} on [{crossing.low}, {crossing.high}] "
        f"{crossing.after} is faster than {crossing.before}."
    )


def measurer(
    seconds: float, rounds: int, progress: Callable[[Question, str, int], object]
) -> Measure:
    """A sitting for each question, ended early where its winner is clear."""

    def measure(asked: Question, who: Sequence[Contender]) -> duel.Sitting:
        return ladder.sit(
            asked,
            who,
            seconds * len(who),
            rounds,
            lambda what, done: progress(asked, what, done),
            enough=is_clear,
            beaten=beaten,
        )

    return measure
