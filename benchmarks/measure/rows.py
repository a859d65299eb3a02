"""Results as tidy rows: one JSON object a line, one line a measured thing.

A row stands by itself: what was measured, how it came out, and on what machine, with what
versions and threads. `pandas.read_json(path, lines=True)` reads a file. Files are written
completely or not at all.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import files
from benchmarks.measure.environment import ROOT
from benchmarks.measure.statistics import Interval

SCHEMA = 1
LOCAL = ROOT / "results" / "local"


@dataclass(frozen=True)
class Row:
    """One measured thing. Times are per call, in nanoseconds; None is "does not apply"."""

    quantity: str
    """"time", or what `value` is, with its unit: "accuracy_percent", "output", "ratio"."""
    workload: str | None = None
    operation: str | None = None
    kernel: str | None = None
    dtype: str = "float64"
    rows: int | None = None
    """Samples in the batch; None for one sample."""
    iterations: int | None = None
    """Of training."""
    median_ns: float | None = None
    low_ns: float | None = None
    high_ns: float | None = None
    """The median's confidence interval, 95 %."""
    mean_ns: float | None = None
    std_ns: float | None = None
    """Mean and standard deviation of 7 runs, as %timeit reports them."""
    floor_ns: float | None = None
    """What calling a function that does nothing with the same arguments costs."""
    limit_ns: float | None = None
    """The least time the machine's limits allow, the floor included."""
    samples: int | None = None
    processes: int | None = None
    """How many fresh processes the interval is taken over, where it is not over samples."""
    calls_per_sample: int | None = None
    extrapolated_from: str | None = None
    """What was really timed, where the time is scaled up from it."""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    error: float | None = None
    """The largest absolute error against the reference on this very workload."""
    build_seconds: float | None = None
    """The first time, with nothing kept from an earlier process,"""
    rebuild_seconds: float | None = None
    """and with what compilers keep on disk."""
    against: str | None = None
    """Whose time a ratio is in units of."""
    verdict: str | None = None
    """What a ratio's interval says: faster, slower, no difference."""
    state: str = "ok"
    """Or why there is no time: missing, not offered, wrong, crashed, hung, failed."""
    reason: str | None = None
    """Why there is no time; or what must be known of one that is not for quite what was asked."""
    packages: str | None = None
    """What a peer needs, with versions, which may not be those of this row's environment."""
    slower_percent: float | None = None
    """How many more calls a copy made than were counted."""
    seconds: float | None = None
    """Of timing, or of one run where there was only one."""
    figure: str | None = None
    """Which of the article's figures this reproduces."""
    seed: int | None = None
    threads: int | None = None
    """Where it is not the environment's."""


def interval_fields(interval: Interval, unit: str = "") -> dict[str, Any]:
    """An interval as the fields `median_ns, low_ns, high_ns` or `value, low, high`."""
    names = ("median_ns", "low_ns", "high_ns") if unit == "ns" else ("value", "low", "high")
    return dict(zip(names, interval, strict=True))


def write(path: Path, rows: Iterable[Row], environment: dict[str, Any]) -> None:
    """Replace `path` by these rows, each with the environment's columns."""
    lines = []
    for row in rows:
        record = {"schema": SCHEMA} | asdict(row) | environment
        if row.threads is not None:
            record["threads"] = row.threads
        clean = {
            key: None if isinstance(value, float) and not math.isfinite(value) else value
            for key, value in record.items()
        }
        lines.append(json.dumps(clean, ensure_ascii=False, allow_nan=False))
    path.parent.mkdir(parents=True, exist_ok=True)
    files.replace(path, "".join(line + "\n" for line in lines))


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file.

    Raises OSError if it cannot be read, ValueError naming the line that is no row.
    """
    records = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            record = json.loads(line)
            if record["schema"] != SCHEMA:
                raise ValueError(f"schema {record['schema']}, expected {SCHEMA}")
            records.append(record)
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path}, line {number}, is not a result row: {error}") from None
    return records
