"""Networks to be timed: found by name or made from sizes, with their operation counts."""

from __future__ import annotations

import pytest

from benchmarks.measure import (
    workloads,
)
from benchmarks.measure.sizes import parse_sizes


@pytest.mark.parametrize(
    "text", ["3-0-1", "3-x", "", "3", "3--1", "-3-1", "3.5-1",
             "3_0-3-1", "+3-3-1", " 3-1", "\uff13-3-1", "\u00b3-3-1"],
)  # fmt: skip
def test_wrong_sizes_are_explained(text: str) -> None:
    with pytest.raises(ValueError, match="sizes are written like 3-3-1"):
        parse_sizes(text)


def test_workloads_are_found_by_name() -> None:
    assert workloads.named("64-30-10").rows == 1078
    assert workloads.named("64-30-10").samples[0].shape == (1078, 64)
    with pytest.raises(ValueError, match="3-3-1, 3-3-3-1"):
        workloads.named("1-1")


def test_operation_counts() -> None:
    workload = workloads.named("100-100-50-10")
    assert workload.multiply_adds() == 100 * 100 + 100 * 50 + 50 * 10
    assert workload.flops("forward") == 2 * 15500
    assert workload.flops("gradient") == 2 * 1024 * (3 * 15500 - 10000)
    assert workload.bytes("forward") == 8 * (15660 + 110)


def test_workloads_of_other_sizes_are_made_up() -> None:
    assert workloads.of_sizes((3, 3, 1)) is workloads.WORKLOADS[0]
    other = workloads.of_sizes((5, 2), rows=7)
    X, Y = other.samples
    assert (X.shape, Y.shape) == ((7, 5), (7, 2))
    few = workloads.of_sizes((64, 30, 10), rows=9)
    assert few.samples[0].shape == (9, 64)
