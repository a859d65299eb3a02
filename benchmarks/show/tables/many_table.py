"""The table of trainings of many networks, from stored rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks.measure import frames, verdicts
from benchmarks.measure.many import CONTENDERS, MANY, ManyQuestion
from benchmarks.show.tables import numbers, ranks, serving_table

if TYPE_CHECKING:
    import pandas as pd

TITLE = "Trainings of many networks"
HEADINGS = ("what is trained", "how", "time", f"times as long as {MANY}", "largest difference")


def lines(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """A line of each task and contender that has a time, the fastest first."""
    return [line for group in frames.questions(frame) for line in of_task(group)]


def of_task(group: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """The lines of one task."""
    ratios = verdicts.ratios(group)
    for one in sorted(frames.records(ranks.measured(group)), key=lambda one: one["median_ns"]):
        yield (
            f"{ManyQuestion.of_row(one).what}, {numbers.count(one['threads'], 'thread')}",
            CONTENDERS.get(str(one["kernel"]), str(one["kernel"])),
            numbers.time_interval_of(one),
            serving_table.faster(ratios.get(one["kernel"])),
            f"{one['error']:.1g}",
        )
