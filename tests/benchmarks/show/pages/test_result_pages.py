"""Parts of the pages of results."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import (
    frames,
)
from benchmarks.measure.workloads import KNOWN
from benchmarks.show.pages import result_pages
from tests.benchmarks.show.tables.records import ranked, record


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


def test_c_is_compared_with_the_last_rung_whichever_is_faster() -> None:
    asked = {"build_seconds": 0.3}
    slower = ranked({"specialized": 1000.0, "c": 1500.0}, workload="3-3-1")
    faster = ranked({"c": 1000.0, "specialized": 2000.0})
    text = result_pages.in_c(frames.frame([row | asked for row in slower + faster]))
    assert "1.50 µs at 3-3-1 (1.5× as long as `specialized`)" in text
    assert "1.00 µs at 100-100-50-10 (0.50× as long as `specialized`)" in text
    assert text.endswith("Its build takes up to 300 ms, that of `specialized` up to 300 ms.")
    for kernel in ("c", "specialized"):
        rows = [row for row in slower if row["kernel"] != kernel]
        assert result_pages.in_c(frames.frame(rows)).endswith("Not measured.")
