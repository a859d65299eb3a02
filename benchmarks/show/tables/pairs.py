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
from typing import TYPE_CHECKING

from benchmarks.measure import frames, verdicts
from benchmarks.measure.frames import Record
from benchmarks.measure.statistics import Interval
from benchmarks.show.tables import ranks

if TYPE_CHECKING:
    import pandas as pd

Ratios = Mapping[str, Record]
"""The stored ratios of one question on one machine, by their kernels."""
OPPOSITE, APART, OVERLAPPING = "opposite", "the ratio differs", "intervals overlap"
"""The kinds of difference, the plainest first."""
KINDS = (OPPOSITE, APART, OVERLAPPING)


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
    ratios = {machine: counted(frame) for machine, frame in answer.items()}
    kernels = dict.fromkeys(kernel for one in ratios.values() for kernel in one)
    question = frames.first(next(iter(answer.values())))
    for first, second in combinations(kernels, 2):
        known = {machine: ratio(one, first, second) for machine, one in ratios.items()}
        there = {machine: one for machine, one in known.items() if one is not None}
        if len(there) > 1:
            yield Pair(question, first, second, there)


def counted(frame: pd.DataFrame) -> dict[str, Record]:
    """The ratios of one question whose times count and are of this very task."""
    same = set(frames.values(ranks.comparable(frame)["kernel"]))
    return {kernel: one for kernel, one in verdicts.ratios(frame).items() if kernel in same}


def ratio(ratios: Ratios, first: str, second: str) -> Interval | None:
    """The ratio of the first one's time to the second's; None if nothing relates them."""
    one, other = ratios.get(first), ratios.get(second)
    if one is None or other is None or one["against"] != other["against"]:
        return None
    value = one["value"] / other["value"]
    ends = [record[end] for record in (one, other) for end in ("low", "high")]
    if any(end is None or end <= 0 for end in ends):
        return Interval(value, math.nan, math.nan)
    return Interval(value, one["low"] / other["high"], one["high"] / other["low"])
