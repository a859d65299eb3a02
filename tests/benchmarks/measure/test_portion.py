"""Work that takes too long is timed in part and scaled, and says so."""

from __future__ import annotations

import re

import pytest

import kernels
from benchmarks.measure import portion, workloads


@pytest.mark.parametrize("operation", ["forward_batch", "gradient", "train"])
@pytest.mark.parametrize("rung", ["looped", "batched"])
def test_a_portion_is_the_whole_or_says_of_what_it_is_a_part(rung: str, operation: str) -> None:
    workload = workloads.named("3-3-1")
    plan = kernels.plan(workload.network, rung)
    X, Y = workload.samples
    iterations = 50 if operation == "train" else 1
    whole = portion.choose(plan, operation, X, Y, iterations, whole_seconds=1e9)
    assert (whole.factor, whole.label) == (1, None)
    part = portion.choose(plan, operation, X, Y, iterations, whole_seconds=0, part_seconds=0)
    assert part.rows == (1 if rung == "looped" else len(X))
    assert part.iterations == 1
    if part.factor > 1:
        assert re.search(r"1 of (50 iter|1024 samples)", str(part.label))
    assert part.factor == len(X) / part.rows * iterations
    portion.run(part.call)


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_results_are_allocated_before_the_clock_starts(rung: str) -> None:
    workload = workloads.named("3-3-1")
    plan = kernels.plan(workload.network, rung)
    X, Y = (array[:4] for array in workload.samples)
    for operation in ("forward", "forward_batch", "gradient"):
        call = portion.make_call(plan, operation, X, Y, 1, 0.25)
        assert portion.run(call) is call.arguments[-1], operation
    call = portion.make_call(plan, "gradient", X, Y, 1, 0.25, gradient_out=False)
    assert portion.run(call) is not portion.run(call)


@pytest.mark.parametrize("operation", ["forward_batch", "gradient", "train"])
def test_only_loops_in_python_are_scaled_up_from_a_few_samples(operation: str) -> None:
    """Rungs 1 and 2, by what they leave to the defaults; no rung that has batches of its own."""
    network = workloads.named("3-3-1").network
    found = [
        portion.is_one_by_one(kernels.plan(network, rung), operation) for rung in kernels.LADDER
    ]
    assert found == [True, True, False, False, False]
