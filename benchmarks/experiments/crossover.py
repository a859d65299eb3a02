"""Crossovers: where the fastest kernel changes as an axis varies (batch, width or threads).

All contenders are measured on a coarse grid. A value has a *winner* where the fastest differs
significantly from all others. Between two neighbouring values with different winners, these two
alone are measured, at ever closer values, until the interval is known in which neither is
significantly faster: that is the interval of the crossing. A contender that takes twice as long as
the fastest is dropped after a round; a sitting ends once its fastest is the winner.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from benchmarks.experiments import ladder
from benchmarks.measure import choices, duel, verdicts
from benchmarks.measure.contenders import Contender
from benchmarks.measure.question import Question
from benchmarks.measure.rows import Row

AXES = ("batch", "width", "threads")
BATCHES = (1, 4, 16, 64, 256, 1024, 4096)
WIDTHS = (4, 16, 64, 256, 1024)
CLOSE = 1.1
"""The largest ratio of two values between which no other is measured."""
LEAST_ROUNDS = 3
"""The fewest rounds of a sitting that ends early."""
BEATEN = 2.0
"""Contenders this many times slower than the fastest are dropped; the two fastest never are."""

Measure = Callable[[Question, Sequence[Contender]], duel.Sitting]


class Point(NamedTuple):
    """The sitting at one value of the axis."""

    value: int
    sitting: duel.Sitting

    @property
    def ranking(self) -> list[str]:
        """The contenders with a time that is not below the limit, the fastest first."""
        return [one for one in ladder.ranked(self.sitting) if one not in self.sitting.below_limit]

    @property
    def rivals(self) -> dict[str, str]:
        """Verdicts on the contenders that were not dropped and are not significantly slower."""
        first, *others = self.ranking or [""]
        pairs = ladder.comparisons(self.sitting)
        judged = {
            other: duel.verdict(self.sitting.ratio(other, first, pairs))
            for other in others
            if len(self.sitting.logs[other]) == self.sitting.rounds
        }
        return {other: one for other, one in judged.items() if one != verdicts.SLOWER}

    @property
    def winner(self) -> str | None:
        """The fastest, if it differs significantly from all others."""
        ranking = self.ranking
        return ranking[0] if ranking and not self.rivals else None


@dataclass(frozen=True)
class Crossing:
    """A change of the winner: `before` is faster up to `low`, `after` from `high` on.

    At about `value` their times are equal.
    """

    before: str
    after: str
    value: float
    low: int
    high: int


def grid(axis: str, asked: Question) -> tuple[int, ...]:
    """The coarse grid of an axis.

    Raises ValueError for an unknown axis, or one on which the question cannot vary.
    """
    choices.check("--crossover", axis, AXES)
    if axis == "batch":
        return BATCHES
    if axis == "width":
        if len(asked.sizes) < 3:
            raise ValueError("--crossover width needs a network with a hidden layer")
        if asked.weights is not None:
            raise ValueError("--crossover width varies the sizes, which a file of weights fixes")
        return WIDTHS
    cores = os.cpu_count() or 1
    if cores < 2:
        raise ValueError("--crossover threads needs more than one core")
    return tuple(range(1, cores + 1))


def at(axis: str, value: int, asked: Question) -> Question:
    """The question at another value of the axis; width is that of the widest hidden layer."""
    if axis == "threads":
        return replace(asked, threads=value)
    if axis == "batch":
        operation = "forward_batch" if asked.operation == "forward" else asked.operation
        return replace(asked, rows=value, operation=operation)
    first, *hidden, last = asked.sizes
    scaled = [max(1, round(width * value / max(hidden))) for width in hidden]
    return replace(asked, sizes=(first, *scaled, last))


def is_clear(sitting: duel.Sitting) -> bool:
    """True if the fastest differs significantly from every contender that was not dropped."""
    return sitting.rounds >= LEAST_ROUNDS and Point(0, sitting).winner is not None


def beaten(sitting: duel.Sitting) -> list[str]:
    """The contenders to drop: all but the two fastest that are slower by `BEATEN`."""
    first, _, *others = [*ladder.ranked(sitting), "", ""]
    return [one for one in others if one and sitting.ratio(one, first).value > BEATEN]


def faster(sitting: duel.Sitting, one: str, other: str) -> bool:
    """True if `one` is significantly faster than `other`."""
    pairs = ladder.comparisons(sitting)
    return duel.verdict(sitting.ratio(one, other, pairs)) == verdicts.FASTER


def coarse(
    axis: str, asked: Question, contenders: Sequence[Contender], measure: Measure
) -> Iterator[Point]:
    """The points of the grid."""
    for value in grid(axis, asked):
        yield Point(value, measure(at(axis, value, asked), contenders))


def crossings(
    axis: str, asked: Question, points: Sequence[Point], measure: Measure
) -> Iterator[Crossing]:
    """Each change of the winner from one point of the grid that has one to the next."""
    for left, right in pairwise(point for point in points if point.winner):
        pair = (str(left.winner), str(right.winner))
        both = [point for point in points if set(pair) <= set(point.ranking)]
        if left.winner != right.winner and left in both and right in both:
            between = [point for point in both if left.value <= point.value <= right.value]
            yield narrow(axis, asked, pair, between, measure)


def narrow(
    axis: str, asked: Question, pair: tuple[str, str], points: Sequence[Point], measure: Measure
) -> Crossing:
    """Close in on where the winner of the first point stops being faster than that of the last."""
    before, after = pair
    contenders = [Contender(before), Contender(after)]
    known = {point.value: point.sitting for point in points}
    first, last = points[0].value, points[-1].value

    def ends() -> tuple[int, int]:
        """The last value at which `before` is significantly faster, the first for `after`."""
        wins = [v for v in known if v == first or faster(known[v], before, after)]
        losses = [v for v in known if v == last or faster(known[v], after, before)]
        low = max(v for v in wins if v != last)
        return low, min(v for v in losses if v > low)

    def widest() -> tuple[int, int] | None:
        """The widest gap next to an end of the interval; None if all are narrow."""
        low, high = ends()
        inner = [v for v in sorted(known) if low <= v <= high]
        gaps = [pair for pair in pairwise(inner) if low in pair or high in pair]
        gaps = [(a, b) for a, b in gaps if b - a > 1 and b / a > CLOSE]
        return max(gaps, key=lambda gap: gap[1] / gap[0], default=None)

    while gap := widest():
        middle = min(max(round(math.sqrt(gap[0] * gap[1])), gap[0] + 1), gap[1] - 1)
        sitting = measure(at(axis, middle, asked), contenders)
        if not set(pair) <= set(Point(middle, sitting).ranking):
            break
        known[middle] = sitting
    low, high = ends()
    return Crossing(before, after, meeting_point(known, before, after), low, high)


def meeting_point(known: dict[int, duel.Sitting], before: str, after: str) -> float:
    """The value at which the ratio is 1, interpolated linearly in logarithms."""
    values = sorted(known)
    logs = [math.log(known[v].ratio(before, after).value) for v in values]
    for (a, b), (x, y) in zip(pairwise(values), pairwise(logs), strict=True):
        if x <= 0 <= y and x != y:
            return math.exp(math.log(a) + (math.log(b) - math.log(a)) * x / (x - y))
    return float(values[-1])


def row(axis: str, asked: Question, crossing: Crossing) -> Row:
    """The row of a crossing: from `value` on `kernel` is faster than `against`."""
    found = asked.row(f"crossover_{axis}", crossing.after, against=crossing.before)
    return replace(found, value=crossing.value, low=float(crossing.low), high=float(crossing.high))


def sentence(axis: str, crossing: Crossing) -> str:
    """A sentence on a crossing: from where on which kernel is faster."""
    return (
        f"From about {crossing.value:.0f} {UNITS[axis]} on [{crossing.low}, {crossing.high}] "
        f"{crossing.after} is faster than {crossing.before}."
    )


def conclusion(axis: str, points: Sequence[Point], found: Sequence[Crossing]) -> Iterator[str]:
    """Sentences on all points: which kernel wins, from which value on, and where none does."""
    timed = [point for point in points if point.ranking]
    decided = [point for point in timed if point.winner]
    for crossing in found:
        yield sentence(axis, crossing)
    winners = list(dict.fromkeys(str(point.winner) for point in decided))
    if len(winners) == 1:
        where = "everywhere" if len(decided) == len(timed) else f"at {values(decided)}"
        yield f"{winners[0]} is the fastest {where}."
    elif len(winners) > 1 and not found:
        named = "; ".join(f"{point.winner} at {point.value}" for point in decided)
        yield f"The fastest: {named}. Where that changes was not measured."
    for verdict, advice in ((verdicts.EQUAL, ""), (verdicts.UNCERTAIN, f": {MORE}")):
        doubtful = [point for point in timed if doubt(point) == verdict]
        if doubtful:
            yield f"At {values(doubtful)} {DOUBTS[verdict]}{advice}."


UNITS = {"batch": "samples a batch", "width": "nodes", "threads": "threads"}
MORE = "measure again with more --rounds, on an idle machine"
DOUBTS = {
    verdicts.EQUAL: "there is no difference between the fastest",
    verdicts.UNCERTAIN: "it is too uncertain which is the fastest",
}


def doubt(point: Point) -> str | None:
    """The verdict on a point's rivals that leaves it without a winner; None if it has one."""
    found = set(point.rivals.values())
    if not found:
        return None
    return verdicts.EQUAL if found == {verdicts.EQUAL} else verdicts.UNCERTAIN


def values(points: Sequence[Point]) -> str:
    """The values of points, as `1, 4, 16`."""
    return ", ".join(str(point.value) for point in points)


def measurer(
    seconds: float, rounds: int, progress: Callable[[Question, str, int], object]
) -> Measure:
    """A function that sits for a question, and ends early where the winner is clear."""

    def measure(asked: Question, contenders: Sequence[Contender]) -> duel.Sitting:
        return ladder.sit(
            asked,
            contenders,
            seconds * len(contenders),
            rounds,
            lambda what, done: progress(asked, what, done),
            enough=is_clear,
            beaten=beaten,
        )

    return measure
