"""Comparison of two stored runs: which times became faster or slower.

Runs are taken at different times, so their ratio varies by more than their intervals show: memory
was laid out differently, the machine was warmer. A difference counts only beyond a *margin*, and
the verdicts of one comparison are corrected for their number (Holm): of twenty comparisons of equal
runs, not of twenty rows, one finds a difference. A row without one is "no difference" where its
interval is narrow enough (`measure.verdicts`), and "too uncertain" where it is not; a time below
the limit gets no other verdict.

Times of different machines are not compared. The identity of a machine is every column of
`fields.MACHINE`, because each of them changes the speed of the same instructions: processor, vector
instructions, cores and memory do so obviously; a microcode update can slow down instructions (by
half, for gathers), and so can the kernel's mitigations and scheduler. A column that one of the runs
does not know is no difference, and is named. Differences in versions and thread settings are named
but not refused: their effect is what a comparison may be made for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.measure import fields, frames, stored, verdicts
from benchmarks.measure.frames import Record
from benchmarks.measure.statistics import LEVEL, Interval, student

if TYPE_CHECKING:
    import pandas as pd

MARGIN = 0.05
VAGUE = 50.0
"""Standard error of a logarithm above which an interval says nothing."""
QUESTION = [*frames.QUESTION, "kernel"]
"""The columns in which two rows must agree for their times to be compared."""
NAMED = (*fields.VERSIONS, "thread_settings", "packages")
"""The columns whose differences are named but not refused."""


class DifferentRunsError(ValueError):
    """Two runs that must not be compared: other machines, or other timings."""


@dataclass(frozen=True)
class Change:
    """A row of both runs, with the ratio of its new time to its old one."""

    old: Record
    new: Record
    ratio: Interval
    verdict: str

    @property
    def name(self) -> str:
        """The task that was timed, as `specialized forward 3-3-1`."""
        return name(self.old)


def name(row: Record) -> str:
    """The task of a row, without float64 and one thread: `jitted gradient 3-3-1 x 32 float32`."""
    parts = [row["kernel"], row["operation"], frames.network(row)]
    parts += [f"x {row['rows']}"] if row["rows"] else []
    parts += [f"{n} iteration{'s' if n > 1 else ''}"] if (n := row["iterations"]) else []
    parts += [row["dtype"]] if row["dtype"] != "float64" else []
    parts += [f"{row['threads']} threads"] if row["threads"] not in (None, 1) else []
    return " ".join(map(str, parts))


def read(run: str | Path) -> pd.DataFrame:
    """The times of a run, given as `stored.load` takes it.

    Raises OSError if a file cannot be read, ValueError if there is no such run, if a file is
    damaged, or if the run has no times.
    """
    found = frames.timed(stored.load(run))
    if found.empty:
        raise ValueError(f"{run} has no times")
    return found


def compare(
    old: pd.DataFrame, new: pd.DataFrame, margin: float = MARGIN, anyway: bool = False
) -> list[Change]:
    """The changes of the rows that both runs have, the greatest first.

    Parameters: the times of both runs as `read` gives them; the relative difference that counts as
    none; whether to compare runs of different machines, and those with timings of their own.

    Raises DifferentRunsError, unless `anyway`, for runs of different machines and for timings
    that are in one run only; in any case if the runs have no timing in common.
    """
    if not 0 <= margin < math.inf:
        raise ValueError(f"a margin is 0 or more, got {margin}")
    both = last_rows(old).merge(
        last_rows(new), "outer", QUESTION, suffixes=("_old", "_new"), indicator="side"
    )
    common = both[both["side"] == "both"]
    pairs = list(
        zip(
            frames.records(old.iloc[common["row_old"].astype(int)]),
            frames.records(new.iloc[common["row_new"].astype(int)]),
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
        Change(*pair, ratio, verdict(*pair, ratio, flag, margin))
        for pair, (ratio, _), flag in zip(pairs, found, significant, strict=True)
    ]
    return sorted(changes, key=lambda one: -abs(math.log(one.ratio.value)))


def last_rows(run: pd.DataFrame) -> pd.DataFrame:
    """The tasks of a run, each with the number of its last row in the column `row`."""
    asked = run[QUESTION].reset_index(drop=True).drop_duplicates(keep="last")
    return asked.assign(row=asked.index)


def refuse_different(pairs: list[tuple[Record, Record]], unshared: pd.DataFrame) -> None:
    """Raise DifferentRunsError if the machines of a pair differ, or a timing is in one run only."""
    for old, new in pairs:
        for field in fields.MACHINE:
            if differs(old[field], new[field]):
                raise DifferentRunsError(
                    f"the runs are of different machines: for {name(old)} {field} is "
                    f"{old[field]!r} and {new[field]!r} (--anyway compares them all the same)"
                )
    if not unshared.empty:
        example = min(map(name, frames.records(unshared[QUESTION])))
        count = len(unshared)
        are, left = ("timing is", "it") if count == 1 else ("timings are", "them")
        raise DifferentRunsError(
            f"{count} {are} in one run only, for example {example} (--anyway leaves {left} out)"
        )


def is_known(value: Any) -> bool:
    """False for the value of a column that a run does not know."""
    return value is not None and value != fields.UNKNOWN


def differs(old: Any, new: Any) -> bool:
    """True if both values are known, and not the same."""
    return is_known(old) and is_known(new) and bool(old != new)


def unknown(runs: Mapping[str, pd.DataFrame]) -> dict[str, list[str]]:
    """The columns of `fields.MACHINE` that a run does not know, by the run's name.

    Runs that know all of them are left out.
    """
    found = {
        run: [name for name in fields.MACHINE if not all(map(is_known, frames.values(frame[name])))]
        for run, frame in runs.items()
    }
    return {run: names for run, names in found.items() if names}


def different_settings(changes: Sequence[Change]) -> dict[str, list[str]]:
    """The columns of `NAMED` that differ, each with the old and the new values that do."""
    found: dict[str, list[str]] = {}
    for name in NAMED:
        pairs = [(one.old[name], one.new[name]) for one in changes]
        pairs = [pair for pair in pairs if differs(*pair)]
        if pairs:
            sides = (dict.fromkeys(map(str, side)) for side in zip(*pairs, strict=True))
            found[name] = [", ".join(value or "none" for value in side) for side in sides]
    return found


def different_tasks(changes: Sequence[Change]) -> Iterator[str]:
    """A line for each time that is of another task than the time it is compared with.

    One was extrapolated and the other was not, or a library minimised a loss of its own.
    """
    for one in changes:
        for column, what in (("extrapolated_from", "was extrapolated from "), ("reason", "")):
            told = {"old": one.old[column] or "", "new": one.new[column] or ""}
            for side, text in told.items():
                if text and not all(told.values()):
                    yield f"{one.name}: only the {side} time {what}{text}"


def difference(old: Record, new: Record, margin: float) -> tuple[Interval, float]:
    """The ratio new / old with its 95 % interval, and the p-value of a change beyond the margin.

    Both are from Welch's t-test on logarithms. SciPy's `ttest_ind_from_stats` gives neither the
    interval nor its degrees of freedom, and cannot take times with unlimited degrees of freedom.
    """
    from scipy import stats

    log = math.log(new["median_ns"]) - math.log(old["median_ns"])
    errors = [standard_error(row) for row in (old, new)]
    total = math.hypot(*(error for error, _ in errors))
    if not 0 < total < VAGUE:  # an interval is missing or says nothing
        return Interval(math.exp(log), math.nan, math.nan), 1.0
    spread = sum(error**4 / degrees for error, degrees in errors)  # Welch and Satterthwaite
    freedom = total**4 / spread if spread else math.inf
    ends = stats.t.interval(LEVEL, freedom, loc=log, scale=total)
    with np.errstate(over="ignore"):
        ratio = Interval(*(float(np.exp(end)) for end in (log, *ends)))
    beyond = max(0.0, abs(log) - math.log1p(margin))
    return ratio, float(min(1.0, 2 * stats.t.sf(beyond / total, freedom)))


def standard_error(row: Record) -> tuple[float, float]:
    """The standard error of the logarithm of a row's time, and its degrees of freedom.

    They follow from the row's interval; both are infinite where there is none.
    """
    if not row["low_ns"] or not row["high_ns"]:
        return math.inf, math.inf
    degrees = row["processes"] - 1 if (row["processes"] or 0) > 1 else math.inf
    width = math.log(row["high_ns"]) - math.log(row["low_ns"])
    return width / 2 / student((1 + LEVEL) / 2, degrees), degrees


def holm(chances: list[float]) -> list[bool]:
    """Flags of the p-values that are significant at 5 % together: Holm's step-down procedure.

    Source: S. Holm, "A simple sequentially rejective multiple test procedure", 1979.
    """
    order = sorted(range(len(chances)), key=lambda k: chances[k])
    result = [False] * len(chances)
    for rank, k in enumerate(order):
        if chances[k] > (1 - LEVEL) / (len(chances) - rank):
            break
        result[k] = True
    return result


def verdict(old: Record, new: Record, ratio: Interval, significant: bool, margin: float) -> str:
    """The verdict on a row; `significant` is what `holm` says of its difference."""
    if verdicts.is_below_limit(old) or verdicts.is_below_limit(new):
        return verdicts.BELOW
    if significant:
        return verdicts.SLOWER if ratio.value > 1 else verdicts.FASTER
    within = max(verdicts.MATTERS, 1 + margin)
    narrow = verdicts.has_interval(*ratio[1:]) and ratio.high <= within and ratio.low * within >= 1
    return verdicts.EQUAL if narrow else verdicts.UNCERTAIN
