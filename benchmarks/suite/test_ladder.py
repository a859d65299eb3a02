"""Every kernel on every workload: one sample forward and back, a batch, gradients, training.

Before its clock starts each benchmark is compiled, warm and through the gate. A job that would
take minutes is timed in part and scaled up; its name then ends in "extrapolated" and its
`extra_info` says from what.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import kernels
from benchmarks.measure import portion, timing
from benchmarks.measure.workloads import WORKLOADS, Workload
from kernels.proof import gate

LONG_SECONDS = 0.1
"""A call longer than this is timed for a fixed number of rounds, not for a fixed time."""
ROUNDS = 3
WHOLE_SECONDS = {"forward": 0.2, "forward_batch": 0.2, "gradient": 0.2, "train": 20.0}
SMOKE_SECONDS = 0.02
LENIENT = pytest.mark.filterwarnings("ignore")
"""What a peer's library deprecates within itself is no fault of its benchmark."""


def ladder(operation: str) -> pytest.MarkDecorator:
    """Parametrize over every workload and every kernel here that offers the operation."""
    cases = [
        pytest.param(
            name,
            workload,
            id=f"{name}-{workload.name}",
            marks=LENIENT if name in kernels.PEERS else (),
        )
        for workload in WORKLOADS
        for name in kernels.names()
        if not kernels.missing(name) and operation in kernels.find(name).operations
    ]
    return pytest.mark.parametrize(("kernel", "workload"), cases)


def measure(
    benchmark: Any, kernel: str, workload: Workload, operation: str, one_sample: bool = False
) -> None:
    """Plan, choose how much to time, pass the gate, time: over the first sample, or over all."""
    plan = kernels.plan(workload.network, kernel)
    X, Y = (array[: 1 if one_sample else None] for array in workload.samples)
    counted = replace(workload, rows=len(X))
    iterations = workload.iterations if operation == "train" else 1
    whole = WHOLE_SECONDS[operation] if benchmark.enabled else SMOKE_SECONDS
    limits = (whole, min(whole, 0.2))
    part = portion.choose(plan, operation, X, Y, iterations, workload.alpha, *limits)
    rows = max(2, part.rows)
    error = gate.check(plan, operation, X[:rows], Y[:rows])
    asked = f"{operation} of one sample" if one_sample else operation
    benchmark.group = f"{asked} {workload.name}"
    benchmark.extra_info.update(
        {
            "workload": workload.name,
            "operation": operation,
            "kernel": kernel,
            "dtype": plan.dtype.name,
            "threads": plan.threads,
            "iterations": iterations if operation == "train" else None,
            "samples": counted.samples_of(operation),
            "flops": counted.flops(operation),
            "sigmoids": counted.sigmoids() * counted.samples_of(operation),
            "bytes": counted.bytes(operation, plan.dtype.itemsize),
            "error": error,
            "build_seconds": plan.build_seconds,
            "extrapolated_from": part.label,
        }
    )
    run(benchmark, part)


def run(benchmark: Any, part: portion.Portion) -> None:
    """Time the part; what pytest-benchmark then reports is the time of the whole."""
    if part.label:
        benchmark.name += " extrapolated"
    call = part.call
    seconds = timing.stopwatch(lambda: portion.run(call))[0] * 1e-9
    if seconds > LONG_SECONDS:
        benchmark.pedantic(call.function, call.arguments, rounds=ROUNDS)
    else:
        benchmark(call.function, *call.arguments)
    if part.factor != 1 and benchmark.stats is not None:
        data = benchmark.stats.stats.data
        data[:] = [sample * part.factor for sample in data]


@pytest.mark.benchmark(max_time=0.3)
@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: f"floor-{workload.name}")
def test_floor(benchmark: Any, workload: Workload) -> None:
    """What a call with these arguments costs that does nothing."""
    plan = kernels.plan(workload.network, "looped")
    call = portion.make_call(plan, "forward", *workload.samples, 1, workload.alpha)
    benchmark.group = f"forward {workload.name}"
    assert benchmark(timing.floor, *call.arguments) is None


@pytest.mark.benchmark(max_time=0.3)
@ladder("forward")
def test_forward(benchmark: Any, kernel: str, workload: Workload) -> None:
    """One sample."""
    measure(benchmark, kernel, workload, "forward")


@pytest.mark.benchmark(max_time=0.3)
@ladder("forward_batch")
def test_forward_batch(benchmark: Any, kernel: str, workload: Workload) -> None:
    """All samples of the workload."""
    measure(benchmark, kernel, workload, "forward_batch")


@pytest.mark.benchmark(max_time=0.1)
@ladder("gradient")
def test_gradient_of_one_sample(benchmark: Any, kernel: str, workload: Workload) -> None:
    """One sample's backpropagation."""
    measure(benchmark, kernel, workload, "gradient", one_sample=True)


@pytest.mark.benchmark(max_time=0.3)
@ladder("gradient")
def test_gradient(benchmark: Any, kernel: str, workload: Workload) -> None:
    """Cost and gradient over all samples of the workload."""
    measure(benchmark, kernel, workload, "gradient")


@pytest.mark.benchmark(max_time=0.3)
@ladder("train")
def test_train(benchmark: Any, kernel: str, workload: Workload) -> None:
    """The workload's whole training."""
    measure(benchmark, kernel, workload, "train")
