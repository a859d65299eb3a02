"""Numbers as text, with a unit and no more digits than their interval supports."""

from __future__ import annotations

import math

from benchmarks.measure.frames import Record

UNITS = (
    ("ns", 1.0),
    ("µs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("min", 60e9),
    ("h", 3600e9),
)


def digits(value: float, low: float | None = None, high: float | None = None) -> int:
    """Number of significant digits that the interval supports: 3 if it is within 1 %, else 2.

    Without an interval it is 2.
    """
    if low is None or high is None or (high - low) / 2 > 0.01 * abs(value):
        return 2
    return 3


def significant(value: float, count: int) -> str:
    """A number with `count` significant digits; below 1e-6 and from 1e12 on with an exponent."""
    if value == 0 or not 1e-6 <= abs(value) < 1e12:
        return f"{value:.{count - 1}e}" if value and math.isfinite(value) else f"{value:g}"
    decimals = count - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, decimals)
    return f"{rounded:.{max(0, decimals)}f}"


def unit_of(ns: float) -> tuple[str, float]:
    """The largest unit in which a time is at least 1, with its nanoseconds."""
    chosen = UNITS[0]
    for unit in UNITS:
        if ns >= unit[1]:
            chosen = unit
    return chosen


def duration(ns: float | None, low: float | None = None, high: float | None = None) -> str:
    """A time: `24.8 µs`; a dash for None."""
    if ns is None:
        return "–"
    unit, scale = unit_of(ns)
    return f"{significant(ns / scale, digits(ns, low, high))} {unit}"


def seconds(value: float | None) -> str:
    """A time in seconds with its unit: 0.37 is `370 ms`; a dash for None."""
    return duration(None if value is None else value * 1e9)


def duration_interval(ns: float, low: float | None, high: float | None) -> str:
    """A time with its interval: `24.8 [24.6, 25.1] µs`."""
    if low is None or high is None:
        return duration(ns)
    unit, scale = unit_of(ns)
    count = digits(ns, low, high) + 1  # the interval shows how far to trust one digit more
    value, start, end = (significant(time / scale, count) for time in (ns, low, high))
    return f"{value} [{start}, {end}] {unit}"


def time_of(record: Record) -> str:
    """The time of a row, with the digits that its interval allows: `24.8 µs`."""
    return duration(record["median_ns"], record["low_ns"], record["high_ns"])


def time_interval_of(record: Record) -> str:
    """The time of a row with its interval: `24.8 [24.6, 25.1] µs`."""
    return duration_interval(record["median_ns"], record["low_ns"], record["high_ns"])


def interval(value: float, low: float, high: float) -> str:
    """A number with its interval: `2.31 [2.25, 2.37]`; only `2.31` if the ends are NaN."""
    if math.isnan(low) or math.isnan(high):
        return significant(value, 3)
    return "{} [{}, {}]".format(*(significant(number, 3) for number in (value, low, high)))


def mean_deviation(mean_ns: float | None, std_ns: float | None) -> str:
    """Mean and standard deviation as %timeit prints them: `24.8 µs ± 410 ns`."""
    if mean_ns is None or std_ns is None:
        return "–"
    return f"{duration(mean_ns, mean_ns * 0.995, mean_ns * 1.005)} ± {duration(std_ns)}"


def ratio(value: float) -> str:
    """A ratio: `16×`, with two significant digits, three from 100 on."""
    return f"{significant(value, 3 if value >= 100 else 2)}×"


def whole(number: int) -> str:
    """A whole number: `3000`, `30,000`, with commas from five digits on."""
    return f"{number:,}" if number >= 10_000 else str(number)


def about(number: float) -> str:
    """A large number to two significant digits: `370`, `42,000`."""
    return whole(round(float(significant(number, 2))))


def count(number: int, noun: str) -> str:
    """A number with its noun: `1 thread`, `2 threads`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def are(number: int, noun: str) -> str:
    """A number with its noun and verb: `1 row is`, `2 rows are`."""
    return f"{count(number, noun)} {'is' if number == 1 else 'are'}"


def over_seeds(
    median: float,
    low: float,
    high: float,
    seeds: int,
    remark: str = "",
    places: str = ".1f",
    unit: str = "%",
) -> str:
    """Median and range over seeds: `87.3 % (84.0 … 90.5, 100 seeds; REMARK)`.

    A single seed has neither range nor remark: `86.6 % (1 seed)`. `places` is the format of the
    numbers, which are all in `unit`.
    """
    if seeds == 1:
        return f"{median:{places}} {unit} (1 seed)"
    told = f"{low:{places}} … {high:{places}}, {count(seeds, 'seed')}"
    return f"{median:{places}} {unit} ({told}{'; ' if remark else ''}{remark})"
