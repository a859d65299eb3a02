"""The least time that the machine's measured rates allow for an operation."""

from __future__ import annotations

import pytest

from benchmarks.measure import limits, workloads
from tests.benchmarks.made_up import FOUND


def test_the_limit_is_the_larger_of_arithmetic_and_reads() -> None:
    workload = workloads.of_sizes((100, 100, 50, 10))
    arithmetic = 2 * 15500 / 50 + 160 * 2
    assert limits.limit_ns(FOUND, workload, "forward") == pytest.approx(arithmetic)
    slow = FOUND | {limits.bandwidth_key(kib): 1.0 for kib in limits.WORKING_SETS_KIB}
    reads = 8 * (15660 + 110)
    assert limits.limit_ns(slow, workload, "forward") == pytest.approx(reads)
    assert limits.limit_ns(slow, workload, "forward", "float32") == pytest.approx(reads / 2)
    assert limits.limit_ns(FOUND, workload, "forward", threads=2) == pytest.approx(arithmetic / 2)
    assert limits.limit_ns(FOUND, workload, "forward", threads=8) == pytest.approx(arithmetic / 3)
    iteration = limits.limit_ns(FOUND, workload, "train")
    assert iteration == pytest.approx(limits.limit_ns(FOUND, workload, "gradient"))


def test_a_working_set_between_two_is_read_as_fast_as_the_smaller() -> None:
    found = {
        limits.bandwidth_key(kib): 1000.0 / place
        for place, kib in enumerate(limits.WORKING_SETS_KIB, start=1)
    }
    assert limits.bandwidth(found, 1) == 1000
    assert limits.bandwidth(found, 33 * 1024) == 500
    assert limits.bandwidth(found, 1 << 40) == 1000 / len(limits.WORKING_SETS_KIB)
