"""The self-test's table."""

from __future__ import annotations

from benchmarks.measure import frames
from benchmarks.show.tables import (
    selftest_table,
)
from tests.benchmarks.show.tables.records import time


def test_a_self_test_without_duels_says_so() -> None:
    assert selftest_table.title(frames.frame([time("looped", 5.0)])) == "No duel was held"
