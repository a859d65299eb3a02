"""Times from stored rows as the points of charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.figures.chart import Axis, Record, Series
from benchmarks.report import ladder_table, numbers
from benchmarks.workloads import RUNGS

Load = Callable[[str], list[Record]]
"""The rows of a reference run; none if it was not measured."""
TIME = Axis("time per call", "log", times=True)
NAMES = Axis(scale="category")


def colour_of(kernel: str) -> int | None:
    """Rungs have colours; peers stay in the background."""
    return RUNGS.index(kernel) if kernel in RUNGS else None


def note(record: Record) -> str:
    """What a point stands for: number, interval, machine, versions."""
    text = numbers.duration_interval(record["median_ns"], record["low_ns"], record["high_ns"])
    about = record["packages"] or f"NumPy {record['numpy']}, Numba {record['numba']}"
    question = ladder_table.short_title([record])
    return f"{question}: {text}; {about}; {record['processor']}, commit {record['commit']}"


def ranking(records: Sequence[Record]) -> list[Series]:
    """Times as points, by name: rungs one colour each, peers together; the fastest first."""
    groups: dict[int | None, list[Record]] = {}
    for record in records:
        groups.setdefault(colour_of(record["kernel"]), []).append(record)
    found = [
        Series(
            "peers" if number is None else RUNGS[number],
            [r["median_ns"] for r in group],
            [r["kernel"] for r in group],
            low=[r["low_ns"] for r in group],
            high=[r["high_ns"] for r in group],
            notes=[f"{r['kernel']}, {note(r)}" for r in group],
            colour=number,
        )
        for number, group in groups.items()
    ]
    return sorted(found, key=lambda one: one.x[0])


def lines(
    records: Sequence[Record],
    x: Callable[[Record], float],
    per: Callable[[Record], float] = lambda _: 1,
) -> list[Series]:
    """Times against x, a line a contender, the rungs first; `per`: what times are divided by."""
    by_kernel: dict[str, list[Record]] = {}
    for record in sorted(ladder_table.times(list(records)), key=x):
        by_kernel.setdefault(record["kernel"], []).append(record)

    def series(kernel: str, group: list[Record]) -> Series:
        median, low, high = (
            [None if r[end] is None else r[end] / per(r) for r in group]
            for end in ("median_ns", "low_ns", "high_ns")
        )
        return Series(
            kernel,
            [x(r) for r in group],
            [value for value in median if value is not None],
            "line",
            low=low,
            high=high,
            notes=[note(r) for r in group],
            colour=colour_of(kernel),
        )

    order = [*RUNGS, *sorted(set(by_kernel) - set(RUNGS))]
    return [series(name, by_kernel[name]) for name in order if name in by_kernel]


def untimed(records: Sequence[Record]) -> list[str]:
    """The contenders that have no time, and why."""
    found = [r for r in records if r["quantity"] == "time" and r["state"] != "ok"]
    return [f"{r['kernel']} on {r['workload']} ({ladder_table.reason(r)})" for r in found]
