"""The least time that the machine's measured rates allow for an operation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.measure import limits
from benchmarks.measure.question import Question
from tests.benchmarks.made_up import FOUND


def test_the_limit_is_the_larger_of_arithmetic_and_reads() -> None:
    asked = Question((100, 100, 50, 10), "forward", 1)
    arithmetic = 2 * 15500 / 50 + 160 * 2
    assert limits.limit_ns(FOUND, asked) == pytest.approx(arithmetic)
    slow = FOUND | {limits.bandwidth_key(kib): 1.0 for kib in limits.WORKING_SETS_KIB}
    reads = 8 * (15660 + 110)
    assert limits.limit_ns(slow, asked) == pytest.approx(reads)
    assert limits.limit_ns(slow, replace(asked, dtype="float32")) == pytest.approx(reads / 2)
    assert limits.limit_ns(FOUND, replace(asked, threads=2)) == pytest.approx(arithmetic / 2)
    assert limits.limit_ns(FOUND, replace(asked, threads=8)) == pytest.approx(arithmetic / 3)
    gradient, train = (Question(asked.sizes, name, 1024) for name in ("gradient", "train"))
    assert limits.limit_ns(FOUND, train) == pytest.approx(limits.limit_ns(FOUND, gradient))


def test_a_working_set_between_two_is_read_as_fast_as_the_smaller() -> None:
    found = {
        limits.bandwidth_key(kib): 1000.0 / place
        for place, kib in enumerate(limits.WORKING_SETS_KIB, start=1)
    }
    assert limits.bandwidth(found, 1) == 1000
    assert limits.bandwidth(found, 33 * 1024) == 500
    assert limits.bandwidth(found, 1 << 40) == 1000 / len(limits.WORKING_SETS_KIB)
