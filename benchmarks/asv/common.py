"""The base class of asv's timings: its parameters, and calls that are checked before timing."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable

import kernels
from benchmarks.measure import portion, timing, workloads
from benchmarks.measure.quiet import Quiet
from kernels import Plan

from .installed import gate

ROWS = 32
STEPS = 20
"""Steps of Adam in a call, beside which the checks of its arguments vanish."""
SAMPLES = 10
PATIENCE = float(os.environ.get("MLP_LADDER_PATIENCE", "3"))
"""Seconds that all samples together may wait for quiet moments."""
SAMPLE_SECONDS = timing.SAMPLE_SECONDS / 5
"""Shorter than other samples: asv takes the median of all ten, so each must fit into a quiet
moment."""


def planned(kernel: str, network: str) -> Plan:
    """The plan for a named workload.

    Raises NotImplementedError, which asv takes as a skip, for a rung that this commit lacks, and
    for a network with activations that it lacks, or that the rung does not offer in it.
    """
    if kernel not in kernels.LADDER:
        raise NotImplementedError(f"no rung {kernel} in this commit")
    workload = workloads.named(network)
    try:
        made = workload.network
    except (TypeError, ValueError) as error:  # its networks know no, or not these activations
        raise NotImplementedError(f"no network {network} in this commit") from error
    try:
        return kernels.plan(made, kernel)
    except kernels.NotOfferedError as error:
        raise NotImplementedError(f"{kernel} has no {network} in this commit") from error


@functools.cache
def quiet() -> Quiet:
    """The process's detector of quiet moments; strict, since asv takes the median of samples."""
    return Quiet(tolerance=1.1)


@functools.cache
def prepared(operation: str, kernel: str, network: str, rows: int = ROWS) -> Callable[[], float]:
    """A function that times calls, warm and through the gate: seconds per sample of the batch.

    The call is over `rows` samples, or one where a rung is a Python loop over them; `forward` takes
    one.
    """
    plan = planned(kernel, network)
    if operation not in plan.operations:
        raise NotImplementedError(f"{kernel} does not offer {operation} in this commit")
    if portion.is_one_by_one(plan, operation):
        rows = 1
    X, Y = (array[:rows] for array in workloads.named(network).samples)
    gate.check(plan, operation, X, Y)
    call = portion.make_call(plan, operation, X, Y, iterations=1, alpha=0.25, gradient_out=False)
    loop = timing.Loop(call, SAMPLE_SECONDS)
    samples = 1 if operation == "forward" else rows
    return lambda: loop.sample() / samples


@functools.cache
def of_adam(kernel: str, network: str) -> Callable[[], float]:
    """As `prepared`: seconds per sample of steps of Adam, each over `rows` samples."""
    plan = planned(kernel, network)
    if not hasattr(plan, "trainer"):
        raise NotImplementedError("no optimizers in this commit")
    rows = 1 if portion.is_one_by_one(plan, "gradient") else ROWS
    X, Y = (array[:rows] for array in workloads.named(network).samples)
    optimizer = kernels.Adam()
    gate.check_batches(plan, optimizer, rows, 0.0, X, Y)
    train = functools.partial(plan.train, optimizer=optimizer)
    loop = timing.Loop(timing.Call(train, (X, Y, STEPS)), SAMPLE_SECONDS)
    return lambda: loop.sample() / STEPS / rows


class Operation:
    """One operation of every rung on every network.

    asv repeats `setup` before each sample and then times a single call, which is cold and too short
    for a clock if it takes a microsecond. So a sample is a `timing.Loop`, taken at a quiet moment,
    and the clock that asv reads before and after it is moved on by the time that the loop returns.
    """

    params = (list(workloads.RUNGS), [workload.name for workload in workloads.REPEATED])
    param_names = ("kernel", "network")
    operation = ""
    number = 1
    rounds = 1
    repeat = (SAMPLES, SAMPLES, 60.0)
    warmup_time = 0
    clock = 0.0
    patience = 0.0

    def timer(self) -> float:
        return self.clock

    def setup(self, kernel: str, network: str) -> None:
        self.loop = prepared(self.operation, kernel, network)

    def measure(self) -> None:
        """Take a sample; patience that it does not use is added to that of the next."""
        start = time.perf_counter()
        self.patience += PATIENCE / SAMPLES
        self.clock += quiet().sample(self.loop, self.patience)[0]
        self.patience -= time.perf_counter() - start
