"""Verdicts on intervals: the rules that every table, figure and sentence shares.

A verdict follows from a ratio's interval and from nothing else, so that rows stored long ago are
judged as those of today. Where the interval holds 1, the verdict is "no difference" only if a
difference of `MATTERS` would have been seen, otherwise "too uncertain": nothing is recommended from
such a ratio.

A time *below the limit* is wrong, or the limit is: it is shown and marked, and wins nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import frames
from benchmarks.measure.frames import Record

if TYPE_CHECKING:
    import pandas as pd

FASTER, SLOWER, EQUAL = "faster", "slower", "no difference"
UNCERTAIN, BELOW = "too uncertain", "below the limit"

MATTERS = 1.1
"""The smallest ratio that matters: two times whose ratio is surely smaller count as equal."""
POSSIBLE = 0.95
"""The share of the limit, itself uncertain, that the interval of a possible time must reach."""

Flags = NDArray[np.bool_]


def has_interval(low: float | None, high: float | None) -> bool:
    """True if both ends are numbers."""
    return low is not None and high is not None and math.isfinite(low) and math.isfinite(high)


def of_interval(low: float | None, high: float | None) -> str:
    """The verdict on the contender in the numerator of a ratio with this interval."""
    if low is None or high is None or not has_interval(low, high):
        return UNCERTAIN
    if low > 1:
        return SLOWER
    if high < 1:
        return FASTER
    return EQUAL if high <= MATTERS and low * MATTERS >= 1 else UNCERTAIN


def is_vague(value: float | None, low: float | None, high: float | None) -> bool:
    """True if a time's interval is missing, or an end is off by a factor of more than `MATTERS`."""
    if value is None or low is None or high is None or not has_interval(low, high):
        return True
    return high > value * MATTERS or low * MATTERS < value


def of_row(ratio: Record) -> str:
    """The verdict on a stored ratio."""
    return of_interval(ratio.get("low"), ratio.get("high"))


def is_below_limit(time: Record) -> bool:
    """True if a time is shorter than the machine allows, by more than the limit's uncertainty."""
    median, limit = time.get("median_ns"), time.get("limit_ns")
    if median is None or limit is None:
        return False
    high = time.get("high_ns")
    return bool((median if high is None else high) < POSSIBLE * limit)


def is_extrapolated(time: Record) -> bool:
    """True if a time was scaled up from the part that its row names."""
    return bool(time.get("extrapolated_from"))


def below_limit(records: Iterable[Record]) -> list[str]:
    """The names of the times below their limit, as `jitted forward 3-3-1`."""
    return [name(one) for one in records if is_below_limit(one)]


def is_below(frame: pd.DataFrame) -> Flags:
    """A flag for each row of a frame: True for a time below the limit."""
    times = frame[["median_ns", "high_ns", "limit_ns"]]
    return np.array([is_below_limit(one) for one in frames.records(times)], bool)


def counted(frame: pd.DataFrame) -> pd.DataFrame:
    """The ratios of one question without those of times below the limit."""
    out = frame.loc[is_below(frame), "kernel"]
    wrong = frame["kernel"].isin(out) | frame["against"].isin(out)
    return frame[(frame["quantity"] == "ratio") & ~wrong]


def ratios(frame: pd.DataFrame) -> dict[str, Record]:
    """The ratios of one question that count, by their kernels."""
    return {one["kernel"]: one for one in frames.records(counted(frame))}


def is_fastest(ratio: Record) -> bool:
    """True for the ratio of the fastest to itself."""
    return bool(ratio["against"] == ratio["kernel"])


def rivals(frame: pd.DataFrame) -> dict[str, str]:
    """The kernels that may be as fast as the fastest of a question, with the verdict on each.

    A kernel that was dropped from its sitting for being slow is none of them.
    """
    found = ratios(frame)
    rounds = max((one["processes"] or 0 for one in found.values()), default=0)
    judged = {
        kernel: of_row(one)
        for kernel, one in found.items()
        if not is_fastest(one) and (one["processes"] or 0) >= rounds
    }
    return {kernel: one for kernel, one in judged.items() if one in (EQUAL, UNCERTAIN)}


def is_uncertain(time: Record, ratios: dict[str, Record]) -> bool:
    """True if a time, or its ratio to the fastest, is too vague to recommend anything.

    `ratios` are those of its question. A kernel that was in no sitting is judged by its time alone,
    and so is the fastest if it was the only one there: what else was there is judged beside it.
    """
    ratio = ratios.get(time["kernel"])
    if ratio is None or (is_fastest(ratio) and len(ratios) == 1):
        return is_vague(time["median_ns"], time["low_ns"], time["high_ns"])
    return not is_fastest(ratio) and of_row(ratio) == UNCERTAIN


def name(time: Record) -> str:
    """The task of a row in a few words: `jitted forward 3-3-1`, `c gradient 3-3-1 × 1024`."""
    network = frames.network(time) if time.get("workload") else None
    if network and (time.get("rows") or 1) > 1:
        network += f" × {time['rows']}"
    parts = (time.get("kernel"), time.get("operation"), network)
    return " ".join(str(part) for part in parts if part is not None)
