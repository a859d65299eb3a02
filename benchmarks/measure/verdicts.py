"""What an interval allows to be said: the rules that every table, figure and sentence shares.

A verdict is read from a ratio's interval and from nothing else, so that rows stored long ago are
judged as those of today. Where the interval holds 1, "no difference" is said only if a difference
of `MATTERS` would have been seen; otherwise the two are "too uncertain" to be told apart or
called equal, and nothing is recommended from them.

A time that lies *below the limit* is wrong, or the limit is: it is shown, marked, and wins nothing.
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
"""A factor that matters: who measured no closer than this has not seen that two are equal."""
POSSIBLE = 0.95
"""An interval that ends under this part of the limit is no measurement of the work asked for."""

Flags = NDArray[np.bool_]


def has_interval(low: float | None, high: float | None) -> bool:
    """True if both ends are numbers."""
    return low is not None and high is not None and math.isfinite(low) and math.isfinite(high)


def of_interval(low: float | None, high: float | None, matters: float = MATTERS) -> str:
    """The verdict on the contender above the line of a ratio with this interval."""
    if low is None or high is None or not has_interval(low, high):
        return UNCERTAIN
    if low > 1:
        return SLOWER
    if high < 1:
        return FASTER
    return EQUAL if high <= matters and low * matters >= 1 else UNCERTAIN


def is_vague(value: float | None, low: float | None, high: float | None) -> bool:
    """True if a time's interval is missing, or an end of it lies further off than what matters."""
    if value is None or low is None or high is None or not has_interval(low, high):
        return True
    return high > value * MATTERS or low * MATTERS < value


def of_row(ratio: Record) -> str:
    """The verdict on a stored ratio."""
    return of_interval(ratio.get("low"), ratio.get("high"))


def is_below_limit(time: Record) -> bool:
    """True if a stored time is shorter than the machine allows, by more than the limit may err."""
    median, limit = time.get("median_ns"), time.get("limit_ns")
    if median is None or limit is None:
        return False
    high = time.get("high_ns")
    return bool((median if high is None else high) < POSSIBLE * limit)


def is_extrapolated(time: Record) -> bool:
    """True if a stored time was scaled up: it says from what. An empty text says nothing."""
    return bool(time.get("extrapolated_from"))


def below_limit(records: Iterable[Record]) -> list[str]:
    """The stored times that are below their limit, as `jitted forward 3-3-1`."""
    return [name(one) for one in records if is_below_limit(one)]


def is_below(frame: pd.DataFrame) -> Flags:
    """Which rows of a frame are times below the limit."""
    times = frame[["median_ns", "high_ns", "limit_ns"]]
    return np.array([is_below_limit(one) for one in frames.records(times)], bool)


def counted(frame: pd.DataFrame) -> pd.DataFrame:
    """The ratios of one question, but for those with a time below the limit."""
    out = frame.loc[is_below(frame), "kernel"]
    wrong = frame["kernel"].isin(out) | frame["against"].isin(out)
    return frame[(frame["quantity"] == "ratio") & ~wrong]


def ratios(frame: pd.DataFrame) -> dict[str, Record]:
    """The ratios that count of one question, by their kernels."""
    return {one["kernel"]: one for one in frames.records(counted(frame))}


def is_fastest(ratio: Record) -> bool:
    """True for the ratio of the fastest to itself."""
    return bool(ratio["against"] == ratio["kernel"])


def rivals(frame: pd.DataFrame) -> dict[str, str]:
    """Who might be as fast as the fastest of a question, with the verdict on each.

    Not those who were out of a sitting before its end, as some are that take twice as long.
    """
    found = ratios(frame)
    rounds = max((one["processes"] or 0 for one in found.values()), default=0)
    judged = {
        kernel: of_row(one)
        for kernel, one in found.items()
        if not is_fastest(one) and (one["processes"] or 0) >= rounds
    }
    return {kernel: one for kernel, one in judged.items() if one in (EQUAL, UNCERTAIN)}


def is_uncertain(time: Record, ratio: Record | None) -> bool:
    """True if nothing can be recommended from a time: its duel, or its own interval, is too vague.

    `ratio` is that to the fastest; the fastest itself, and who was in no duel, has only its time.
    """
    if ratio is None or is_fastest(ratio):
        return is_vague(time["median_ns"], time["low_ns"], time["high_ns"])
    return of_row(ratio) == UNCERTAIN


def name(time: Record) -> str:
    """What a row is about, in short."""
    parts = (time.get(key) for key in ("kernel", "operation", "workload"))
    return " ".join(str(part) for part in parts if part is not None)
