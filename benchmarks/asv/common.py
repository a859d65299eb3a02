"""What the benchmark classes share: parameters, and a plan that is right before it is timed."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from functools import partial

import kernels
from benchmarks import portion, workloads
from benchmarks.measure import timing
from kernels import Plan, gate

BY_SAMPLE = ("looped", "vectorized")
ROWS_BY_SAMPLE = 2
"""How many samples of a batch these rungs, which go sample by sample in Python, are given."""


def planned(kernel: str, network: str) -> Plan:
    """The plan for a named workload; a rung this commit does not have yet is skipped."""
    if kernel not in kernels.LADDER:
        raise NotImplementedError(f"no rung {kernel} in this commit")
    return kernels.plan(workloads.named(network).network, kernel)


@functools.cache
def prepared(operation: str, kernel: str, network: str) -> tuple[Callable[[], float], int]:
    """A loop over many calls of an operation, compiled, warm and through the gate; how many."""
    plan = planned(kernel, network)
    X, Y = workloads.named(network).samples
    if kernel in BY_SAMPLE or operation == "forward":
        X, Y = X[:ROWS_BY_SAMPLE], Y[:ROWS_BY_SAMPLE]
    gate.check(plan, operation, X, Y)
    timer = portion.make_call(plan, operation, X, Y, iterations=1, alpha=0.25).timer()
    calls = timing.calls_per_sample(timer)
    return partial(timer.timeit, calls), calls


class Operation:
    """One operation of every rung on every network.

    asv repeats `setup` before every sample and then times a single call: too little for a call
    of a microsecond, and cold. So what is timed is a loop of a millisecond or more, and the clock
    it is timed with runs slower by the number of calls: a sample is the mean time of one call.
    """

    params = (list(workloads.RUNGS), [workload.name for workload in workloads.WORKLOADS])
    param_names = ("kernel", "network")
    operation = ""
    number = 1
    rounds = 2
    repeat = (5, 50, 0.4)
    warmup_time = 0

    def setup(self, kernel: str, network: str) -> None:
        self.loop, calls = prepared(self.operation, kernel, network)
        self.timer = lambda: time.perf_counter() / calls
