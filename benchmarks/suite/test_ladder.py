"""Every kernel on every workload: one sample forward and back, a batch, gradients, training.

Each benchmark is compiled, warmed up and checked by the gate before its clock starts. A job that
would take minutes is timed in part and scaled up; its name then ends in "extrapolated", and its
`extra_info` names the part. The options --sizes, --activations, --output, --loss and --network give
other networks instead of the listed ones (`conftest`).

pytest-benchmark times the calls, not `measure.timing`, since people know its options, its table and
its way of comparing runs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

import kernels
from benchmarks.measure import frames, portion, timing, workloads
from benchmarks.measure.networks import Asked
from benchmarks.measure.question import Question
from benchmarks.measure.stepping import Stepping
from kernels import Plan
from kernels.proof import gate

LONG_SECONDS = 0.1
"""Longer calls are timed for a fixed number of rounds instead of a fixed duration."""
ROUNDS = 3
WHOLE_SECONDS = {"forward": 0.2, "forward_batch": 0.2, "gradient": 0.2, "train": 20.0}
"""The longest job of each operation that is timed whole."""
ADAM = Stepping("adam", 32)
SMOKE_SECONDS = 0.02
"""The longest job that is timed whole where every benchmark runs once, as a test."""


def question(network: Asked, operation: str, one_sample: bool = False) -> Question:
    """The question of a benchmark: over all samples of the workload, or over one of them."""
    sizes, activations, loss = network.named
    workload = workloads.of_sizes(sizes, None, activations)
    return Question(
        sizes,
        operation,
        1 if one_sample or operation == "forward" else workload.rows,
        activations,
        loss or "",
        iterations=workload.iterations if operation == "train" else 1,
        alpha=workload.alpha,
        weights=network.weights,
        file=network.file,
    )


def measure(
    benchmark: Any, kernel: str, network: Asked, operation: str, one_sample: bool = False
) -> None:
    """Make a plan, choose the part to time, check it at the gate, and time it.

    The operation is over all samples of the workload, or with `one_sample` over one.
    """
    asked = question(network, operation, one_sample)
    plan = kernels.plan(asked.network, kernel, loss=asked.loss)
    X, Y = asked.samples(plan.network)
    whole = WHOLE_SECONDS[operation] if benchmark.enabled else SMOKE_SECONDS
    limits = (whole, min(whole, 0.2))
    part = portion.choose(plan, operation, X, Y, asked.iterations, asked.alpha, *limits)
    rows = max(2, part.rows)
    error = gate.check(plan, operation, X[:rows], Y[:rows])
    group = f"{operation} of one sample" if one_sample else operation
    describe(benchmark, asked, plan, group, error, part.label)
    run(benchmark, part)


def describe(
    benchmark: Any, asked: Question, plan: Plan, group: str, error: float, part: str | None
) -> None:
    """Name a benchmark's group, and store what it is about."""
    columns, operation = asked.columns(), asked.operation
    benchmark.group = f"{group} {frames.network(columns)}"
    counted, samples = asked.workload, asked.workload.samples_of(operation)
    layers = zip(asked.sizes[1:], asked.architecture.activations, strict=True)
    values = Counter[str]()
    for nodes, name in layers:
        values[name] += nodes * samples
    benchmark.extra_info.update(
        {
            **columns,
            "kernel": plan.name,
            "samples": samples,
            "flops": counted.flops(operation),
            "activations": dict(values),
            "bytes": counted.bytes(operation, plan.dtype.itemsize),
            "error": error,
            "build_seconds": plan.build_seconds,
            "extrapolated_from": part,
        }
    )


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
@pytest.mark.operation("floor")
def test_floor(benchmark: Any, network: Asked) -> None:
    """Time a builtin function that does nothing, with the arguments of a forward pass."""
    asked = question(network, "forward")
    plan = kernels.plan(asked.network, "batched")
    call = portion.make_call(plan, "forward", *asked.samples(plan.network), 1, asked.alpha)
    benchmark.group = f"forward {frames.network(asked.columns())}"
    assert benchmark(timing.floor(call.arguments).function, *call.arguments) is None


@pytest.mark.benchmark(max_time=0.3)
@pytest.mark.operation("forward")
def test_forward(benchmark: Any, kernel: str, network: Asked) -> None:
    """Time the forward pass of one sample."""
    measure(benchmark, kernel, network, "forward")


@pytest.mark.benchmark(max_time=0.3)
@pytest.mark.operation("forward_batch")
def test_forward_batch(benchmark: Any, kernel: str, network: Asked) -> None:
    """Time the forward pass of all samples of the workload."""
    measure(benchmark, kernel, network, "forward_batch")


@pytest.mark.benchmark(max_time=0.1)
@pytest.mark.operation("gradient")
def test_gradient_of_one_sample(benchmark: Any, kernel: str, network: Asked) -> None:
    """Time cost and gradient of one sample."""
    measure(benchmark, kernel, network, "gradient", one_sample=True)


@pytest.mark.benchmark(max_time=0.3)
@pytest.mark.operation("gradient")
def test_gradient(benchmark: Any, kernel: str, network: Asked) -> None:
    """Time cost and gradient over all samples of the workload."""
    measure(benchmark, kernel, network, "gradient")


@pytest.mark.benchmark(max_time=0.3)
@pytest.mark.operation("train")
def test_train(benchmark: Any, kernel: str, network: Asked) -> None:
    """Time the workload's whole training."""
    measure(benchmark, kernel, network, "train")


@pytest.mark.benchmark(max_time=0.3)
@pytest.mark.operation("train")
def test_train_with_adam(benchmark: Any, kernel: str, network: Asked) -> None:
    """Time a step of Adam over 32 samples, in passes over the workload."""
    asked = replace(question(network, "train"), stepping=ADAM, iterations=1)
    plan = kernels.plan(asked.network, kernel, operations="train", loss=asked.loss)
    X, Y = asked.samples(plan.network)
    if portion.is_one_by_one(plan, "gradient"):  # one batch takes as long as others
        X, Y = X[: ADAM.size(len(X))], Y[: ADAM.size(len(X))]
    optimizer = plan.own_form(ADAM.make())
    error = gate.check_batches(plan, optimizer, ADAM.size(len(X)), ADAM.l2, X, Y)
    describe(benchmark, asked, plan, "a step of Adam", error, None)
    train = partial(plan.train, optimizer=optimizer, **ADAM.options())
    ns, _ = timing.stopwatch(partial(train, X, Y, 1))
    passes = max(1, round(SMOKE_SECONDS * 1e9 / ns)) if benchmark.enabled else 1
    benchmark(train, X, Y, passes)
    if benchmark.stats is not None:
        data = benchmark.stats.stats.data
        data[:] = [sample / passes / ADAM.steps(len(X)) for sample in data]
