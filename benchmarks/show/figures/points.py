"""Times from stored rows as the points of charts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.measure import frames
from benchmarks.measure.frames import values
from benchmarks.measure.workloads import RUNGS
from benchmarks.show.figures.chart import Axis, Record, Series
from benchmarks.show.tables import ladder_table, numbers

if TYPE_CHECKING:
    import pandas as pd

TIME = Axis("time per call", "log", times=True)
NAMES = Axis(scale="category")


def colour_of(kernel: str) -> int | None:
    """Rungs have colours; peers stay in the background."""
    return RUNGS.index(kernel) if kernel in RUNGS else None


def note(record: Record) -> str:
    """What a point stands for: number, interval, machine, versions."""
    text = numbers.duration_interval(record["median_ns"], record["low_ns"], record["high_ns"])
    about = record["packages"] or f"NumPy {record['numpy']}, Numba {record['numba']}"
    question = ladder_table.short_title(record)
    return f"{question}: {text}; {about}; {record['processor']}, commit {record['commit']}"


def ranking(ranked: pd.DataFrame) -> list[Series]:
    """Times as points, by name: rungs one colour each, peers together; the fastest first."""
    kernel = ranked["kernel"]
    return [
        Series(
            str(name),
            values(group["median_ns"]),
            values(group["kernel"]),
            low=values(group["low_ns"]),
            high=values(group["high_ns"]),
            notes=[f"{r['kernel']}, {note(r)}" for r in frames.records(group)],
            colour=colour_of(str(name)),
        )
        for name, group in ranked.groupby(kernel.where(kernel.isin(RUNGS), "peers"), sort=False)
    ]


def lines(
    frame: pd.DataFrame, x: pd.Series[Any], per: pd.Series[Any] | float = 1.0
) -> list[Series]:
    """Times against x, a line a contender, the rungs first; `per`: what times are divided by."""
    times = ladder_table.times(frame.assign(x=x, per=per)).sort_values("x", kind="stable")
    found = [
        Series(
            str(kernel),
            values(group["x"]),
            values(group["median_ns"] / group["per"]),
            "line",
            low=values(group["low_ns"] / group["per"]),
            high=values(group["high_ns"] / group["per"]),
            notes=[note(r) for r in frames.records(group)],
            colour=colour_of(str(kernel)),
        )
        for kernel, group in times.groupby("kernel")
    ]
    return sorted(found, key=lambda one: len(RUNGS) if one.colour is None else one.colour)


def untimed(frame: pd.DataFrame) -> list[str]:
    """The contenders that have no time, and why."""
    return [
        f"{r['kernel']} on {r['workload']} ({ladder_table.reason(r)})"
        for r in frames.records(frames.untimed(frame))
    ]
