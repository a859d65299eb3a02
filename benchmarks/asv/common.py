"""What the benchmark classes share: parameters, and a plan that is right before it is timed."""

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
SAMPLES = 10
PATIENCE = float(os.environ.get("MLP_LADDER_PATIENCE", "3"))
"""Seconds that all samples together may wait for quiet moments."""
LOOP_SECONDS = 2e-4


def planned(kernel: str, network: str) -> Plan:
    """The plan for a named workload; a rung this commit does not have yet is skipped."""
    if kernel not in kernels.LADDER:
        raise NotImplementedError(f"no rung {kernel} in this commit")
    return kernels.plan(workloads.named(network).network, kernel)


@functools.cache
def quiet() -> Quiet:
    """One for the process; strict, since asv takes the median of all samples there are."""
    return Quiet(tolerance=1.1)


@functools.cache
def prepared(operation: str, kernel: str, network: str, rows: int = ROWS) -> Callable[[], float]:
    """A loop of calls, warm and through the gate, that returns the seconds a sample took in them.

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
    timer = portion.make_call(plan, operation, X, Y, iterations=1, alpha=0.25).timer()
    calls = timing.calls_per_sample(timer, LOOP_SECONDS)
    samples = calls * (1 if operation == "forward" else rows)
    return lambda: timer.timeit(calls) / samples


class Operation:
    """One operation of every rung on every network.

    asv repeats `setup` before every sample and then times a single call: too little for a call
    of a microsecond, and cold. So a sample is a loop, taken at a quiet moment, and the clock that
    asv reads before and after it is one that the benchmark moves on by what the loop tells.
    """

    params = (list(workloads.RUNGS), [workload.name for workload in workloads.WORKLOADS])
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
        """Take a sample; what it does not wait, the next one may."""
        start = time.perf_counter()
        self.patience += PATIENCE / SAMPLES
        self.clock += quiet().sample(self.loop, self.patience)[0]
        self.patience -= time.perf_counter() - start
