"""Pairs of contenders whose verdicts differ between machines.

On each machine a pair's ratio is that of the duel, if one of the two was the fastest there. If both
were compared with a third, it is the quotient of their two ratios. Its interval is the quotient of
the intervals, which holds the true ratio at least as often as each of them: the half widths of two
intervals add up to no less than that of their difference, whatever both have in common.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measure import frames, verdicts
from benchmarks.measure.frames import Record
from benchmarks.measure.serving_question import FIT, PREDICT, SERVE
from benchmarks.measure.statistics import Interval
from benchmarks.show.tables import ranks

if TYPE_CHECKING:
    import pandas as pd

SPEED_UPS = (SERVE, PREDICT, FIT)
"""The operations whose stored ratios are speed-ups over scikit-learn: its time by the kernel's."""
OPPOSITE, APART, OVERLAPPING = "opposite", "the ratio differs", "intervals overlap"
"""The kinds of difference, the plainest first."""
KINDS = (OPPOSITE, APART, OVERLAPPING)


class Against(NamedTuple):
    """A contender's ratio to another one: its time divided by that of `kernel`."""

    kernel: str
    ratio: Interval


@dataclass(frozen=True)
class Pair:
    """Two contenders, with the ratio of the first one's time to the second's on each machine."""

    question: Record
    first: str
    second: str
    ratios: Mapping[str, Interval]
    """The ratio by machine, for the machines that know it."""

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict on the first contender, by machine."""
        return {name: verdicts.of_interval(*one[1:]) for name, one in self.ratios.items()}

    @property
    def kind(self) -> str:
        """One of `KINDS`; empty if no two machines differ in a verdict.

        "too uncertain" differs from nothing. Where the intervals of all machines overlap, another
        verdict may be chance.
        """
        sure = {name: one for name, one in self.verdicts.items() if one != verdicts.UNCERTAIN}
        found = set(sure.values())
        if len(found) < 2:
            return ""
        if {verdicts.FASTER, verdicts.SLOWER} <= found:
            return OPPOSITE
        known = [self.ratios[name] for name in sure]
        is_apart = max(one.low for one in known) > min(one.high for one in known)
        return APART if is_apart else OVERLAPPING

    @property
    def contrast(self) -> float:
        """The greatest of the machines' ratios as a multiple of the least."""
        known = [one.value for one in self.ratios.values()]
        return max(known) / min(known)


def differing(answers: Sequence[Mapping[str, pd.DataFrame]]) -> list[Pair]:
    """The pairs whose verdicts differ between machines, the plainest and greatest first.

    `answers` has for each question the rows of each machine that answers it.
    """
    found = [pair for one in answers for pair in pairs(one) if pair.kind]
    return sorted(found, key=lambda pair: (KINDS.index(pair.kind), -pair.contrast))


def pairs(answer: Mapping[str, pd.DataFrame]) -> Iterator[Pair]:
    """The pairs of contenders of one question whose ratio at least two machines know."""
    found = {machine: ratios(frame) for machine, frame in answer.items()}
    same = {machine: comparable(frame) for machine, frame in answer.items()}
    question = frames.first(next(iter(answer.values())))
    for pair in combinations(dict.fromkeys(kernel for one in found.values() for kernel in one), 2):
        there = {
            machine: known
            for machine, one in found.items()
            if same[machine].issuperset(pair) and (known := ratio(one, *pair)) is not None
        }
        if len(there) > 1:
            yield Pair(question, *pair, there)


def comparable(frame: pd.DataFrame) -> set[str]:
    """The contenders of one question whose times count and are of this very task."""
    return set(frames.values(ranks.comparable(frame)["kernel"]))


def ratios(frame: pd.DataFrame) -> dict[str, Against]:
    """The contenders of one question with their ratios to another one, which is among them."""
    found = {kernel: against(one) for kernel, one in verdicts.ratios(frame).items()}
    others = {one.kernel: Against(one.kernel, Interval(1.0, 1.0, 1.0)) for one in found.values()}
    return found | others


def against(record: Record) -> Against:
    """What a stored ratio says: the ratio of its kernel's time to that of the other kernel."""
    ends = [record["low"], record["high"]]
    if any(end is None or end <= 0 for end in ends):
        ends = [math.nan, math.nan]
    found = Interval(record["value"], *ends)
    if record["operation"] in SPEED_UPS:
        found = quotient(Interval(1.0, 1.0, 1.0), found)
    return Against(str(record["against"]), found)


def ratio(found: Mapping[str, Against], first: str, second: str) -> Interval | None:
    """The ratio of the first one's time to the second's; None if nothing relates them."""
    one, other = found.get(first), found.get(second)
    if one is None or other is None or one.kernel != other.kernel:
        return None
    return quotient(one.ratio, other.ratio)


def quotient(one: Interval, other: Interval) -> Interval:
    """The quotient of two ratios, whose ends are positive or NaN."""
    return Interval(one.value / other.value, one.low / other.high, one.high / other.low)
