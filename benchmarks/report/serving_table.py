"""Serving as a table, from stored rows: the time of one row and of many, against scikit-learn's."""

from __future__ import annotations

from typing import Any

from benchmarks.report import ladder_table, numbers

Record = dict[str, Any]
HEADINGS = ("", "rows", "time per call", "times as fast as scikit-learn", "largest error", "build")


def title(records: list[Record]) -> str:
    """What was served."""
    return str(next(r["workload"] for r in records if r["state"] == "ok"))


def lines(records: list[Record]) -> list[tuple[str, ...]]:
    """A line a contender and number of rows, the fastest first; then who has no time, and why."""
    ratios = {(r["kernel"], r["rows"]): r for r in records if r["quantity"] == "ratio"}
    timed = [r for r in records if r["quantity"] == "time" and r["state"] == "ok"]
    found = [
        (
            one["kernel"],
            str(one["rows"]),
            numbers.duration_interval(one["median_ns"], one["low_ns"], one["high_ns"]),
            faster(ratios.get((one["kernel"], one["rows"]))),
            f"{one['error']:.1g}",
            numbers.duration(one["build_seconds"] * 1e9),
        )
        for one in sorted(timed, key=lambda one: (one["rows"], one["median_ns"]))
    ]
    untimed = [r for r in records if r["quantity"] == "time" and r["state"] != "ok"]
    blank = ("",) * (len(HEADINGS) - 3)
    return found + [(r["kernel"], str(r["rows"]), ladder_table.reason(r), *blank) for r in untimed]


def faster(ratio: Record | None) -> str:
    """`58 [57, 60]`."""
    if ratio is None:
        return ""
    ends = (float("nan") if ratio[end] is None else ratio[end] for end in ("low", "high"))
    return numbers.interval(ratio["value"], *ends)
