"""Every kernel on every workload: one sample forward and back, a batch, gradients, training.

Each benchmark is compiled, warmed up and checked by the gate before its clock starts. A job that
would take minutes is timed in part and scaled up; its name then ends in "extrapolated", and its
`extra_info` names the part.

pytest-benchmark times the calls, not `measure.timing`, since people know its options, its table and
its way of comparing runs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import kernels
from benchmarks.measure import portion, timing
from benchmarks.measure.question import Question
from benchmarks.measure.workloads import WORKLOADS, Workload
from kernels.proof import gate

LONG_SECONDS = 0.1
"""Longer calls are timed for a fixed number of rounds instead of a fixed duration."""
ROUNDS = 3
WHOLE_SECONDS = {"forward": 0.2, "forward_batch": 0.2, "gradient": 0.2, "train": 20.0}
"""The longest job of each operation that is timed whole."""
SMOKE_SECONDS = 0.02
"""The longest job that is timed whole where every benchmark runs once, as a test."""
LENIENT = pytest.mark.filterwarnings("ignore")
"""Mark that ignores the warnings of a peer's library about its own deprecated parts."""


def every_kernel(operation: str) -> pytest.MarkDecorator:
    """Parametrize over every workload and every installed kernel that offers the operation."""
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
    """Make a plan, choose the part to time, check it at the gate, and time it.

    The operation is over all samples of the workload, or with `one_sample` over the first.
    """
    plan = kernels.plan(workload.network, kernel)
    X, Y = (array[: 1 if one_sample else None] for array in workload.samples)
    counted = replace(workload, rows=len(X))
    iterations = workload.iterations if operation == "train" else 1
    whole = WHOLE_SECONDS[operation] if benchmark.enabled else SMOKE_SECONDS
    limits = (whole, min(whole, 0.2))
    part = portion.choose(plan, operation, X, Y, iterations, workload.alpha, *limits)
    rows = max(2, part.rows)
    error = gate.check(plan, operation, X[:rows], Y[:rows])
    asked = Question(
        workload.sizes,
        operation,
        counted.samples_of(operation),
        dtype=plan.dtype.name,
        threads=plan.threads,
        iterations=iterations,
    )
    group = f"{operation} of one sample" if one_sample else operation
    benchmark.group = f"{group} {workload.name}"
    benchmark.extra_info.update(
        {
            **asked.columns(),
            "kernel": kernel,
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
    """Time the part, and let pytest-benchmark report the time of the whole job."""
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
    """Time a builtin function that does nothing, with the arguments of a forward pass."""
    plan = kernels.plan(workload.network, "looped")
    call = portion.make_call(plan, "forward", *workload.samples, 1, workload.alpha)
    benchmark.group = f"forward {workload.name}"
    assert benchmark(timing.floor(call.arguments).function, *call.arguments) is None


@pytest.mark.benchmark(max_time=0.3)
@every_kernel("forward")
def test_forward(benchmark: Any, kernel: str, workload: Workload) -> None:
    """Time the forward pass of one sample."""
    measure(benchmark, kernel, workload, "forward")


@pytest.mark.benchmark(max_time=0.3)
@every_kernel("forward_batch")
def test_forward_batch(benchmark: Any, kernel: str, workload: Workload) -> None:
    """Time the forward pass of all samples of the workload."""
    measure(benchmark, kernel, workload, "forward_batch")


@pytest.mark.benchmark(max_time=0.1)
@every_kernel("gradient")
def test_gradient_of_one_sample(benchmark: Any, kernel: str, workload: Workload) -> None:
    """Time cost and gradient of one sample."""
    measure(benchmark, kernel, workload, "gradient", one_sample=True)


@pytest.mark.benchmark(max_time=0.3)
@every_kernel("gradient")
def test_gradient(benchmark: Any, kernel: str, workload: Workload) -> None:
    """Time cost and gradient over all samples of the workload."""
    measure(benchmark, kernel, workload, "gradient")


@pytest.mark.benchmark(max_time=0.3)
@every_kernel("train")
def test_train(benchmark: Any, kernel: str, workload: Workload) -> None:
    """Time the workload's whole training."""
    measure(benchmark, kernel, workload, "train")
