"""Serving as a table, from stored rows: the time of one row and of many, against scikit-learn's."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import verdicts
from benchmarks.report import ladder_table, numbers

Record = dict[str, Any]
HEADINGS = ("", "rows", "time per call", "times as fast as scikit-learn", "largest error", "build")


def title(records: list[Record]) -> str:
    """What was served."""
    return str(next((r["workload"] for r in records if r["state"] == "ok"), "Nothing was served"))


def lines(records: list[Record]) -> list[tuple[str, ...]]:
    """A line a contender and number of rows, the fastest first; then who has no time, and why."""
    timed = sorted(ladder_table.measured(records), key=lambda one: one["rows"] or 1)
    ratios = {
        count: verdicts.ratios(r for r in records if r["rows"] == count)
        for count in {one["rows"] for one in timed}
    }
    found = [
        (
            one["kernel"],
            str(one["rows"]),
            time(one),
            faster(ratios[one["rows"]].get(one["kernel"])),
            "–" if one["error"] is None else f"{one['error']:.1g}",
            numbers.seconds(one["build_seconds"]),
        )
        for one in timed
    ]
    untimed = [r for r in records if r["quantity"] == "time" and r["state"] != "ok"]
    blank = ("",) * (len(HEADINGS) - 3)
    return found + [
        (str(r["kernel"]), str(r["rows"]), ladder_table.reason(r), *blank) for r in untimed
    ]


def time(record: Record) -> str:
    """`1.05 [1.04, 1.06] µs`."""
    text = numbers.duration_interval(record["median_ns"], record["low_ns"], record["high_ns"])
    return f"{text} ({verdicts.BELOW})" if verdicts.is_below_limit(record) else text


def faster(ratio: verdicts.Record | None) -> str:
    """`58 [57, 60]`, with the verdict where scikit-learn is not told to be slower or faster."""
    if ratio is None:
        return ""
    text, verdict = ladder_table.ratio_text(ratio), verdicts.of_row(ratio)
    return f"{text}, {verdict}" if verdict in (verdicts.EQUAL, verdicts.UNCERTAIN) else text
