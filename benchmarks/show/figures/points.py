"""Series of points from stored times, as several charts share them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.measure import frames, machines
from benchmarks.measure.frames import Record, values
from benchmarks.show.drawing.chart import Axis, Series
from benchmarks.show.tables import ladder_table, numbers, questions, ranks
from kernels import LADDER, PEERS

if TYPE_CHECKING:
    import pandas as pd

TIME = Axis("time per call", "log", times=True)
NAMES = Axis(scale="category")
LIMIT = (
    "Limit: the shortest call from Python into compiled code, plus the least time that this "
    "machine's arithmetic or memory needs, whichever is longer."
)
FLOOR = "Floor: that call alone, which computes nothing."
NOT_OFFERED = "not offered"


def colour_of(kernel: str) -> int | None:
    """Colour of a rung; None, the grey of the background, for a peer."""
    return LADDER.index(kernel) if kernel in LADDER else None


def pattern_of(kernel: str) -> int:
    """Index of a peer's dashes and markers."""
    return PEERS.index(kernel) if kernel in PEERS else len(PEERS)


def note(record: Record) -> str:
    """A sentence on a time: question, median and interval, versions, machine, commit."""
    text = numbers.time_interval_of(record)
    about = record["packages"] or f"NumPy {record['numpy']}, Numba {record['numba']}"
    question = questions.short_title(record)
    return f"{question}: {text}; {about}; {machines.described(record)}, commit {record['commit']}"


def ranking(ranked: pd.DataFrame) -> list[Series]:
    """Times as points beside names, fastest first: a series for each rung, one for all peers."""
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
        for name, group in ranked.groupby(kernel.where(kernel.isin(LADDER), "peers"), sort=False)
    ]


def lines(
    frame: pd.DataFrame, x: pd.Series[Any], per: pd.Series[Any] | float = 1.0
) -> list[Series]:
    """Times against x: lines of the contenders, the rungs first.

    `x` has a value for each row of the frame, `per` a divisor of its time.
    """
    times = ranks.times(frame.assign(x=x, per=per)).sort_values("x", kind="stable")
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
            pattern=pattern_of(str(kernel)),
        )
        for kernel, group in times.groupby("kernel")
    ]
    return sorted(found, key=lambda one: len(LADDER) if one.colour is None else one.colour)


def untimed(frame: pd.DataFrame) -> list[str]:
    """Contenders that should have a time but have none, each with the reason."""
    return [
        f"{r['kernel']} on {r['workload']} ({ladder_table.reason(r)})"
        for r in frames.records(frames.untimed(frame))
        if r["state"] != NOT_OFFERED
    ]


def not_offered(frame: pd.DataFrame) -> list[str]:
    """A sentence on the contenders that do not offer what was asked; empty if there are none."""
    rows = frames.untimed(frame)
    names = dict.fromkeys(rows.loc[rows["state"] == NOT_OFFERED, "kernel"])
    return [f"Not offered by {', '.join(names)}."] if names else []
