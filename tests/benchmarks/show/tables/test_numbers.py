"""Durations, ratios, intervals and counts as tables write them."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.measure import frames
from benchmarks.show.tables import (
    article_table,
    numbers,
)
from tests.benchmarks.show.tables.records import record


@pytest.mark.parametrize(
    ("ns", "low", "high", "text"),
    [
        (24831.0, 24700.0, 25000.0, "24.8 µs"),
        (24831.0, 22000.0, 27000.0, "25 µs"),
        (24831.0, None, None, "25 µs"),
        (999.6, 999.0, 1000.2, "1000 ns"),
        (5.6e6, 4.0e6, 8.0e6, "5.6 ms"),
        (180e9, None, None, "3.0 min"),
        (None, None, None, "–"),
    ],
)
def test_durations_show_what_the_interval_supports(ns: Any, low: Any, high: Any, text: str) -> None:
    assert numbers.duration(ns, low, high) == text


def test_intervals_and_ratios() -> None:
    assert numbers.duration_interval(24831.0, 24600.0, 25100.0) == "24.8 [24.6, 25.1] µs"
    assert numbers.mean_deviation(24831.0, 410.0) == "24.8 µs ± 410 ns"
    assert numbers.ratio(16.2) == "16×"
    assert numbers.ratio(487.6) == "488×"
    assert numbers.ratio(0.0039) == "0.0039×"


def test_counts_have_a_plural() -> None:
    assert numbers.count(1, "thread") == "1 thread"
    assert numbers.count(0, "thread") == "0 threads"
    assert numbers.are(1, "row") == "1 row is"
    assert numbers.are(2, "row") == "2 rows are"
    about = record(quantity="output") | {"cores": 1}
    assert ", 1 core)" in article_table.machine(frames.frame([about]))
    assert (
        numbers.over_seeds(1.5, 1, 2, 2, places=".2f", unit="s") == "1.50 s (1.00 … 2.00, 2 seeds)"
    )
    assert numbers.interval(2.0, 1.9, 2.1) == "2.00 [1.90, 2.10]"
    assert numbers.interval(2.0, float("nan"), float("nan")) == "2.00"
