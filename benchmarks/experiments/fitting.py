"""Fits of scikit-learn's own MLPs and of the compiled ones, in duels.

`benchmarks.measure.fits` has what is fitted.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.experiments import serving
from benchmarks.measure import duel
from benchmarks.measure.rows import Row
from benchmarks.measure.serving_question import FitQuestion


def rows(asked: FitQuestion, sitting: duel.Sitting) -> Iterator[Row]:
    """Rows of each contender: its time, its speed-up over scikit-learn, and its accuracy."""
    yield from serving.rows(asked, sitting)
    for label in sitting.logs:
        found = sitting.facts[label][0]["accuracy_percent"]
        yield asked.row("accuracy_percent", label, value=found)
