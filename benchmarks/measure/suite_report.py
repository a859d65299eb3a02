"""pytest-benchmark's JSON as rows: one row for each benchmark of a kernel."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import rows, statistics
from benchmarks.measure.frames import Record
from benchmarks.measure.statistics import Interval

NEEDED = ("workload", "operation", "kernel", "dtype", "threads")
KNOWN_LATER = ("iterations", "error", "build_seconds", "extrapolated_from", "loss", "weights")
"""Fields that files of earlier versions may lack; they are then None."""


def records(path: Path, report: Record) -> Iterator[Record]:
    """The rows of a report that was read from `path`.

    Raises ValueError naming the benchmark that is damaged.
    """
    machine, benchmarks = report.get("machine_info"), report["benchmarks"]
    if not isinstance(machine, dict) or not isinstance(benchmarks, list):
        raise ValueError(f"{path} is not pytest-benchmark's JSON")
    for number, one in enumerate(benchmarks):
        try:
            if "kernel" in one["extra_info"]:  # not the floor
                yield rows.checked(machine | row(one["extra_info"], one["stats"]))
        except KeyError as error:
            raise ValueError(f"{path}: benchmark {number} has no {error}") from None
        except (ValueError, TypeError, ArithmeticError) as error:
            raise ValueError(f"{path}: benchmark {number} is not a result: {error}") from None


def row(info: Record, summary: Record) -> Record:
    """The row of one benchmark; without samples its interval is from the quartiles."""
    if summary.get("data"):
        interval = statistics.median(np.array(summary["data"], float))
    elif summary["rounds"] < 1:
        raise ValueError("it has no rounds")
    else:
        half = 1.96 * 1.253 * summary["iqr"] / 1.349 / math.sqrt(summary["rounds"])
        middle = summary["median"]
        interval = Interval(middle, max(middle - half, middle / 1e3), middle + half)
    return {
        **{key: info[key] for key in NEEDED},
        **{key: info.get(key) for key in KNOWN_LATER},
        "quantity": "time",
        "rows": None if info["operation"] == "forward" else info["samples"],
        **rows.interval_fields(Interval(*(1e9 * end for end in interval)), "ns"),
    }
