"""What the benchmark classes share: parameters, and a plan that is right before it is timed."""

from __future__ import annotations

from typing import Any

import kernels
from benchmarks import portion, workloads
from kernels import Plan, gate

ROWS_BY_SAMPLE = 2
"""How many samples of a batch are timed for a kernel that goes sample by sample in Python."""


def planned(kernel: str, network: str) -> Plan:
    """The plan for a named workload; a rung this commit does not have yet is skipped."""
    if kernel not in kernels.LADDER:
        raise NotImplementedError(f"no rung {kernel} in this commit")
    return kernels.plan(workloads.named(network).network, kernel)


class Operation:
    """One operation of every rung on every network: `setup` leaves it compiled, warm and right."""

    params = (list(workloads.RUNGS), [workload.name for workload in workloads.WORKLOADS])
    param_names = ("kernel", "network")
    operation = ""
    rounds = 2
    sample_time = 0.01
    repeat = (3, 20, 0.4)
    warmup_time = 0.05

    def setup(self, kernel: str, network: str) -> None:
        if not self.operation:
            raise NotImplementedError
        plan = planned(kernel, network)
        X, Y = workloads.named(network).samples
        if kernel in ("looped", "vectorized") or self.operation == "forward":
            X, Y = X[:ROWS_BY_SAMPLE], Y[:ROWS_BY_SAMPLE]
        gate.check(plan, self.operation, X, Y)
        call = portion.make_call(plan, self.operation, X, Y, iterations=1, alpha=0.25)
        self.function: Any = call.function
        self.arguments = call.arguments
        portion.run(call)
