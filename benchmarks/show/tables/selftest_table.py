"""The table of the self-test, from stored rows: which known differences the duels have found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measure import frames
from benchmarks.measure.frames import Record
from benchmarks.show.tables import numbers

if TYPE_CHECKING:
    import pandas as pd

WHAT = {
    "false_positives_percent": "a difference seen between equals",
    "found_percent": "a slow-down of {percent:g} % found",
    "smallest_difference_percent": "found nine times in ten: a difference of",
}
HEADINGS = ("", "duels", "%", "95 % interval")


def lines(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """False positives, share found of each slow-down, and the smallest detectable difference."""
    return [cells(record) for record in frames.records(frame[frame["quantity"].isin(list(WHAT))])]


def title(frame: pd.DataFrame) -> str:
    """Kernel, workload and duration of the duels."""
    duels = frame[(frame["quantity"] == "duel") & (frame["state"] == "ok")]
    if duels.empty:
        return "No duel was held"
    one = frames.first(duels)
    return (
        f"{one['kernel']} against itself and slowed copies, {one['workload']}, {one['operation']}: "
        f"{one['seconds']:g} s of timing and {one['processes']} pairs of processes a duel"
    )


def cells(record: Record) -> tuple[str, ...]:
    """The line of one result."""
    what = WHAT[record["quantity"]].format(percent=record["slower_percent"] or 0)
    interval = "" if record["low"] is None else f"{record['low']:.1f} to {record['high']:.1f}"
    return what, str(record["samples"]), numbers.significant(record["value"], 2), interval
