"""What became faster or slower between two stored runs.

Runs are taken at different times, so between them lies more than their intervals know: how memory
happened to lie, how warm the machine was. A difference counts only beyond a *margin*, and the
verdicts of one comparison are corrected for how many there are (Holm), so that in one of twenty
comparisons of equal runs, not in one of twenty rows, something is said to differ. Of the others
"no difference" is said where the interval is narrow enough for it (`measure.verdicts`), and "too
uncertain" where it is not; of a time below the limit nothing is said but that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.measure import frames, stored, verdicts
from benchmarks.measure.frames import Record
from benchmarks.measure.statistics import LEVEL, Interval, student
from benchmarks.show.tables import numbers

if TYPE_CHECKING:
    import pandas as pd

MARGIN = 0.05
VAGUE = 50.0
"""The logarithm of what an interval's ends are apart, from which on it is none."""
QUESTION = [*frames.QUESTION, "kernel"]
"""The columns that two rows must agree in for their times to be compared."""
MACHINE = ("processor", "vector_instructions", "cores")
"""What must be the same of the two rows, unless they are to be compared anyway."""


class DifferentRunsError(ValueError):
    """Two runs that should not be compared."""


@dataclass(frozen=True)
class Change:
    """One row of both runs: how many times as long it takes in the new one."""

    old: Record
    new: Record
    ratio: Interval
    verdict: str

    @property
    def name(self) -> str:
        """`specialized forward 3-3-1`, with what is not as usual."""
        return name(self.old)


def name(row: Record) -> str:
    """What was timed: `jitted gradient 3-3-1 x 32 float32`; usual are float64 and one thread."""
    parts = [row["kernel"], row["operation"], row["workload"]]
    parts += [f"x {row['rows']}"] if row["rows"] else []
    parts += [numbers.count(row["iterations"], "iteration")] if row["iterations"] else []
    parts += [row["dtype"]] if row["dtype"] != "float64" else []
    parts += [f"{row['threads']} threads"] if row["threads"] not in (None, 1) else []
    return " ".join(map(str, parts))


def read(run: str | Path) -> pd.DataFrame:
    """The times of a run: the name of a reference run, or a file that `stored.load` reads.

    Raises OSError if the file cannot be read, ValueError if it is no run or has no times.
    """
    found = frames.timed(stored.load(run))
    if found.empty:
        raise ValueError(f"{run} has no times")
    return found


def compare(
    old: pd.DataFrame, new: pd.DataFrame, margin: float = MARGIN, anyway: bool = False
) -> list[Change]:
    """The rows that both runs have, the greatest change first.

    Raises DifferentRunsError, unless `anyway`, for runs of different machines and for timings
    that are in one run only; in any case if the runs have no timing in common.
    """
    if not 0 <= margin < math.inf:
        raise ValueError(f"a margin is 0 or more, got {margin}")
    both = places(old).merge(
        places(new), "outer", QUESTION, suffixes=("_old", "_new"), indicator="side"
    )
    common = both[both["side"] == "both"]
    pairs = list(
        zip(
            frames.records(old.iloc[common["place_old"].astype(int)]),
            frames.records(new.iloc[common["place_new"].astype(int)]),
            strict=True,
        )
    )
    if not anyway:
        refuse_different(pairs, both[both["side"] != "both"])
    if not pairs:
        raise DifferentRunsError("the runs have no timing in common")
    found = [difference(*pair, margin) for pair in pairs]
    significant = holm([p for _, p in found])
    changes = [
        Change(*pair, ratio, verdict(*pair, ratio, told, margin))
        for pair, (ratio, _), told in zip(pairs, found, significant, strict=True)
    ]
    return sorted(changes, key=lambda one: -abs(math.log(one.ratio.value)))


def places(run: pd.DataFrame) -> pd.DataFrame:
    """What was asked, and in which row of the run its last answer is; none of its other columns."""
    asked = run[QUESTION].reset_index(drop=True).drop_duplicates(keep="last")
    return asked.assign(place=asked.index)


def refuse_different(pairs: list[tuple[Record, Record]], unshared: pd.DataFrame) -> None:
    """Raise DifferentRunsError if the machines of a pair differ, or a timing is in one run only."""
    for old, new in pairs:
        for field in MACHINE:
            if old[field] != new[field]:
                raise DifferentRunsError(
                    f"the runs are of different machines: for {name(old)} {field} is "
                    f"{old[field]!r} and {new[field]!r} (--anyway compares them all the same)"
                )
    if not unshared.empty:
        example = min(map(name, frames.records(unshared[QUESTION])))
        left = "it" if len(unshared) == 1 else "them"
        raise DifferentRunsError(
            f"{numbers.are(len(unshared), 'timing')} in one run only, for example {example} "
            f"(--anyway leaves {left} out)"
        )


def difference(old: Record, new: Record, margin: float) -> tuple[Interval, float]:
    """The ratio new / old with its 95 % interval; how likely so much is by chance alone."""
    from scipy import stats

    log = math.log(new["median_ns"]) - math.log(old["median_ns"])
    errors = [standard_error(row) for row in (old, new)]
    total = math.hypot(*(error for error, _ in errors))
    if not 0 < total < VAGUE:  # an interval lacks, or might as well: nothing can be said
        return Interval(math.exp(log), math.nan, math.nan), 1.0
    spread = sum(error**4 / degrees for error, degrees in errors)  # Welch and Satterthwaite
    freedom = total**4 / spread if spread else math.inf
    half = student((1 + LEVEL) / 2, freedom) * total
    with np.errstate(over="ignore"):
        ratio = Interval(*(float(np.exp(end)) for end in (log, log - half, log + half)))
    beyond = max(0.0, abs(log) - math.log1p(margin))
    return ratio, float(min(1.0, 2 * stats.t.sf(beyond / total, freedom)))


def standard_error(row: Record) -> tuple[float, float]:
    """Of the logarithm of a row's time, from its interval; with its degrees of freedom.

    Infinite where there is no interval.
    """
    if not row["low_ns"] or not row["high_ns"]:
        return math.inf, math.inf
    degrees = row["processes"] - 1 if (row["processes"] or 0) > 1 else math.inf
    width = math.log(row["high_ns"]) - math.log(row["low_ns"])
    return width / 2 / student((1 + LEVEL) / 2, degrees), degrees


def holm(chances: list[float]) -> list[bool]:
    """Which of these are significant together: Holm's step-down procedure at 5 %."""
    order = sorted(range(len(chances)), key=lambda k: chances[k])
    result = [False] * len(chances)
    for rank, k in enumerate(order):
        if chances[k] > (1 - LEVEL) / (len(chances) - rank):
            break
        result[k] = True
    return result


def verdict(old: Record, new: Record, ratio: Interval, told: bool, margin: float) -> str:
    """What is said of a row: `told` if its difference counts among all."""
    if verdicts.is_below_limit(old) or verdicts.is_below_limit(new):
        return verdicts.BELOW
    if told:
        return verdicts.SLOWER if ratio.value > 1 else verdicts.FASTER
    within = max(verdicts.MATTERS, 1 + margin)
    narrow = verdicts.has_interval(*ratio[1:]) and ratio.high <= within and ratio.low * within >= 1
    return verdicts.EQUAL if narrow else verdicts.UNCERTAIN
