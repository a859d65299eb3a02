"""The gate lets right kernels through and catches every kernel that is wrong on purpose."""

from __future__ import annotations

import numpy as np
import pytest

import kernels
from benchmarks.workloads import WORKLOADS, Workload
from kernels import gate
from kernels.interface import OPERATIONS
from tests.wrong_kernels import WRONG, Wrong

ROWS = 9
CASES = [
    pytest.param(wrong, workload, operation, id=f"{wrong.__name__}-{workload.name}-{operation}")
    for wrong in WRONG
    for workload in WORKLOADS
    for operation in wrong.faulty
    if wrong.applies(workload.sizes, operation)
]


def check(kernel: type[kernels.Plan], workload: Workload, operation: str) -> float:
    plan = kernels.plan(workload.network, kernel)
    X, Y = (array[:ROWS] for array in workload.samples)
    return gate.check(plan, operation, X, Y)


@pytest.mark.parametrize(("wrong", "workload", "operation"), CASES)
def test_a_wrong_kernel_is_caught(wrong: type[Wrong], workload: Workload, operation: str) -> None:
    with pytest.raises(gate.GateError):
        check(wrong, workload, operation)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_the_kernel_they_spoil_is_right(workload: Workload, operation: str) -> None:
    assert 0 <= check(Wrong, workload, operation) < 1e-12


def test_the_plan_has_its_own_parameters_afterwards() -> None:
    network = kernels.Network.random((3, 3, 1), seed=4)
    plan = kernels.plan(network, "vectorized")
    gate.check(plan, "forward", np.array([[1.0, 2.0, 3.0]]), np.array([[1.0]]))
    assert plan.network == network


def test_the_message_says_where_and_by_how_much() -> None:
    with pytest.raises(gate.GateError, match=r"IsOffByOneInABillion\.forward, 3-3-1.*off by .*e-"):
        check(next(w for w in WRONG if "Billion" in w.__name__), WORKLOADS[0], "forward")
