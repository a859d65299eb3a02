"""The table of fits, from stored rows: scikit-learn's time and that of the compiled estimator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmarks.measure import frames, verdicts
from benchmarks.measure.fits import FITS, SCIKIT
from benchmarks.measure.frames import Record
from benchmarks.show.tables import numbers, ranks, serving_table

if TYPE_CHECKING:
    import pandas as pd

TITLE = "Fits of MLPClassifier"
HEADINGS = (
    "what is fitted",
    "",
    "time",
    "times as fast as scikit-learn",
    "accuracy on the training data (search: best mean score)",
    "largest difference of weights (search: of scores)",
)


def lines(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Two lines of each task that has times, scikit-learn's first."""
    return [line for group in frames.questions(frame) for line in of_task(group)]


def of_task(group: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """The lines of one task."""
    ratios = verdicts.ratios(group)
    accuracies = {
        one["kernel"]: one["value"]
        for one in frames.records(group[group["quantity"] == "accuracy_percent"])
    }
    times = frames.records(ranks.measured(group))
    for one in sorted(times, key=lambda record: record["kernel"] != SCIKIT):
        accuracy = accuracies.get(one["kernel"])
        yield (
            what(one),
            one["kernel"],
            numbers.time_interval_of(one),
            serving_table.faster(ratios.get(one["kernel"])),
            "–" if accuracy is None else f"{accuracy:.1f} %",
            "–" if one["error"] is None else f"{one['error']:.1g}",
        )


def what(one: Record) -> str:
    """What was fitted, in words."""
    name = str(one["workload"])
    return FITS[name].what if name in FITS else name
