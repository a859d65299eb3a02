"""Parts of the pages of results."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import (
    frames,
)
from benchmarks.measure.workloads import KNOWN
from benchmarks.show.pages import result_pages
from tests.benchmarks.show.tables.records import record


def test_accuracies_of_both_precisions_are_told_with_their_range() -> None:
    def runs(dtype: str, *values: float) -> list[dict[str, Any]]:
        return [record(quantity="accuracy_percent", dtype=dtype, value=value) for value in values]

    both = [*runs("float32", 86.0, 90.0), *runs("float64", 85.0, 88.0, 89.0)]
    text = result_pages.accuracy(frames.frame(both))
    assert "float64 88.0 % (85.0 … 89.0, 3 seeds)" in text
    assert "float32 88.0 % (86.0 … 90.0, 2 seeds)" in text
    one = result_pages.accuracy(frames.frame([*runs("float32", 86.0), *runs("float64", 85.0)]))
    assert "float64 85.0 % (1 seed), float32 86.0 % (1 seed)" in one


def test_a_ranking_that_was_never_measured_says_so() -> None:
    assert result_pages.ranking(frames.frame([])).startswith("Not measured yet")


def test_the_networks_that_people_know_are_listed_with_their_sources() -> None:
    text = result_pages.known(frames.frame([]))
    assert "- 16-64-32-32-5-relu-softmax: The jet tagger of hls4ml" in text
    assert len(text.splitlines()) == len(KNOWN)
