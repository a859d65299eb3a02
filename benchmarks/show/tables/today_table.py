"""The article's experiment in several ways: accuracy over seeds and seconds of each, from rows."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks.measure import frames
from benchmarks.show.tables import accuracy, numbers, training_table

if TYPE_CHECKING:
    import pandas as pd

HEADINGS = (
    "network",
    "optimizer",
    "passes over the data",
    "accuracy on the test digits",
    "time of one training",
    "kernel",
)
WAY = ["workload", "training", "iterations", "kernel", "dtype", "threads"]
"""Columns in which the trainings of one way agree."""
ARTICLES = "gradient descent, all samples"
"""The article's way to train."""


def lines(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """A line for each way to train, the fastest last."""
    found = training_table.accuracies(frame)
    groups = [group for _, group in found.groupby(WAY, sort=False, dropna=False)]
    groups.sort(key=lambda group: -median(frames.values(group["seconds"])))
    return [line(group) for group in groups]


def line(group: pd.DataFrame) -> tuple[str, ...]:
    """The line of one way."""
    one, seconds = frames.first(group), median(frames.values(group["seconds"]))
    return (
        str(one["workload"]),
        str(one["training"] or ARTICLES),
        str(one["iterations"]),
        accuracy.cell(frames.values(group["value"])),
        numbers.seconds(seconds),
        str(one["kernel"]),
    )
