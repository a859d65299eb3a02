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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import fields, rows, statistics, verdicts
from benchmarks.measure.statistics import LEVEL, Interval, student

MARGIN = 0.05
VAGUE = 50.0
"""The logarithm of what an interval's ends are apart, from which on it is none."""
QUESTION = ("workload", "operation", "kernel", "dtype", "threads", "rows", "iterations")
"""What must be the same of two rows for their times to be compared."""
MACHINE = ("processor", "vector_instructions", "cores")
"""What must be the same of two runs."""

Record = dict[str, Any]
Key = tuple[Any, ...]


class DifferentRunsError(ValueError):
    """Two runs that should not be compared."""


@dataclass(frozen=True)
class Change:
    """One row of both runs: how many times as long it takes in the new one."""

    key: Key
    old: Record
    new: Record
    ratio: Interval
    verdict: str

    @property
    def name(self) -> str:
        """`specialized forward 3-3-1`, with what is not as usual."""
        found = dict(zip(QUESTION, self.key, strict=True))
        parts = [found["kernel"], found["operation"], found["workload"]]
        parts += [f"x {found['rows']}"] if found["rows"] else []
        parts += [found["dtype"]] if found["dtype"] != "float64" else []
        parts += [f"{found['threads']} threads"] if found["threads"] not in (None, 1) else []
        return " ".join(map(str, parts))


def read(path: Path) -> list[Record]:
    """The times of a run: rows of any command, or pytest-benchmark's JSON.

    Raises OSError if the file cannot be read, ValueError if it is neither or has no times.
    """
    try:
        whole = fields.parse(rows.text_of(path))
    except ValueError:
        whole = None  # not one object: a line a row
    if isinstance(whole, dict) and "benchmarks" in whole:
        found = list(from_pytest_benchmark(path, whole))
    else:
        found = [r for r in rows.read(path) if r["quantity"] == "time" and r["state"] == "ok"]
    if not found:
        raise ValueError(f"{path} has no times")
    return found


def from_pytest_benchmark(path: Path, report: dict[str, Any]) -> Iterator[Record]:
    """Its benchmarks as rows; ValueError that names the one that is none."""
    machine, benchmarks = report.get("machine_info"), report["benchmarks"]
    if not isinstance(machine, dict) or not isinstance(benchmarks, list):
        raise ValueError(f"{path} is not pytest-benchmark's JSON")
    for number, one in enumerate(benchmarks):
        try:
            if "kernel" in one["extra_info"]:  # not the floor
                yield rows.checked(machine | benchmark_row(one["extra_info"], one["stats"]))
        except KeyError as error:
            raise ValueError(f"{path}: benchmark {number} has no {error}") from None
        except (ValueError, TypeError, ArithmeticError) as error:
            raise ValueError(f"{path}: benchmark {number} is not a result: {error}") from None


def benchmark_row(info: Record, summary: Record) -> Record:
    """A benchmark as a row; without all samples the interval is from the quartiles."""
    if summary.get("data"):
        interval = statistics.median(np.array(summary["data"], float))
    elif summary["rounds"] < 1:
        raise ValueError("it has no rounds")
    else:
        half = 1.96 * 1.253 * summary["iqr"] / 1.349 / math.sqrt(summary["rounds"])
        middle = summary["median"]
        interval = Interval(middle, max(middle - half, middle / 1e3), middle + half)
    return {
        **{key: info[key] for key in ("workload", "operation", "kernel", "dtype", "threads")},
        "quantity": "time",
        "rows": None if info["operation"] == "forward" else info["samples"],
        **rows.interval_fields(Interval(*(1e9 * end for end in interval)), "ns"),
    }


def compare(
    old: list[Record], new: list[Record], margin: float = MARGIN, anyway: bool = False
) -> list[Change]:
    """The rows that both runs have, the greatest change first.

    Raises DifferentRunsError for runs of different machines or questions, unless `anyway`; in
    any case if they have no question in common.
    """
    if not 0 <= margin < math.inf:
        raise ValueError(f"a margin is 0 or more, got {margin}")
    before, after = ({key_of(row): row for row in run} for run in (old, new))
    common = [key for key in before if key in after]
    if not anyway:
        refuse_different(old[0], new[0], before.keys() ^ after.keys())
    if not common:
        raise DifferentRunsError("the runs have no question in common")
    found = [difference(before[key], after[key], margin) for key in common]
    significant = holm([p for _, p in found])
    changes = [
        Change(
            key,
            before[key],
            after[key],
            ratio,
            verdict(before[key], after[key], ratio, told, margin),
        )
        for key, (ratio, _), told in zip(common, found, significant, strict=True)
    ]
    return sorted(changes, key=lambda one: -abs(math.log(one.ratio.value)))


def key_of(row: Record) -> Key:
    """Which question a row answers."""
    return tuple(row.get(name) for name in QUESTION)


def refuse_different(old: Record, new: Record, unshared: Iterable[Key]) -> None:
    """Raise DifferentRunsError if machines or questions differ."""
    for name in MACHINE:
        if old.get(name) != new.get(name):
            raise DifferentRunsError(
                f"the runs are of different machines: {name} is {old.get(name)!r} and "
                f"{new.get(name)!r} (--anyway compares them all the same)"
            )
    lost = sorted(" ".join(map(str, key[:3])) for key in unshared)
    if lost:
        raise DifferentRunsError(
            f"{len(lost)} questions are in one run only, as {lost[0]} (--anyway leaves them out)"
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
