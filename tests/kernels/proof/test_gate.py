"""The gate lets right kernels through and catches every kernel that is wrong on purpose."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import kernels
from benchmarks.measure.workloads import WORKLOADS, Workload
from kernels.interface import OPERATIONS
from kernels.proof import gate
from kernels.proof.guards import Memory
from tests.wrong_kernels import WRONG, Wrong
from tests.wrong_kernels.base import WrongDelta
from tests.wrong_kernels.memory import beside

SAMPLES = 45


def telling(wrong: type[Wrong]) -> Iterator[tuple[Workload, str]]:
    """Return cases that show a fault: all operations on a small network, one on the largest."""
    for operation in wrong.faulty:
        yield next(w for w in WORKLOADS if wrong.applies(w.sizes, operation)), operation
    for operation in wrong.faulty[-1:]:
        if wrong.applies(WORKLOADS[-1].sizes, operation):
            yield WORKLOADS[-1], operation


CASES = [
    pytest.param(wrong, workload, operation, id=f"{wrong.__name__}-{workload.name}-{operation}")
    for wrong in WRONG
    for workload, operation in telling(wrong)
]


def check(kernel: type[kernels.Plan], workload: Workload, operation: str, dtype: str) -> float:
    plan = kernels.plan(workload.network, kernel, dtype)
    X, Y = (array[:SAMPLES] for array in workload.samples)
    return gate.check(plan, operation, X, Y)


@pytest.mark.parametrize(("wrong", "workload", "operation"), CASES)
def test_a_wrong_kernel_is_caught(wrong: type[Wrong], workload: Workload, operation: str) -> None:
    with pytest.raises(gate.GateError):
        check(wrong, workload, operation, wrong.shows_in)


@pytest.mark.parametrize("kernel", [Wrong, WrongDelta])
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.name)
def test_the_kernel_that_wrong_kernels_derive_from_passes(
    kernel: type[Wrong], workload: Workload, operation: str
) -> None:
    assert 0 <= check(kernel, workload, operation, "float64") < 1e-12
    assert 0 <= check(kernel, workload, operation, "float32") < 1e-5


def check_batches(kernel: type[kernels.Plan], batch_size: int = 4) -> float:
    network = kernels.Network.random((5, 4, 3), seed=0)
    plan = kernels.plan(network, kernel, operations="train")
    generator = np.random.default_rng(0)
    X, Y = generator.random((30, 5)), generator.random((30, 3))
    return gate.check_batches(plan, kernels.Adam(0.02), batch_size, 0.5, X, Y)


BATCHES = [wrong for wrong in WRONG if getattr(wrong, "by_gate", False)]


@pytest.mark.parametrize("wrong", BATCHES, ids=lambda wrong: wrong.__name__)
def test_wrong_batches_are_caught(wrong: type[Wrong]) -> None:
    with pytest.raises(gate.GateError, match="batches of 4"):
        check_batches(wrong)


def test_right_batches_pass() -> None:
    for size in (1, 4, 30, 100):
        assert 0 <= check_batches(Wrong, size) < 1e-12


def test_the_gate_leaves_the_plan_its_parameters() -> None:
    network = kernels.Network.random((3, 3, 1), seed=4)
    plan = kernels.plan(network, "vectorized")
    gate.check(plan, "forward", np.array([[1.0, 2.0, 3.0]]), np.array([[1.0]]))
    assert plan.network == network


def test_the_message_says_where_and_by_how_much() -> None:
    wrong = next(w for w in WRONG if "Billion" in w.__name__)
    with pytest.raises(gate.GateError, match=r"IsOffByOneInABillion\.forward, 3-3-1.*off by .*e-"):
        check(wrong, WORKLOADS[0], "forward", "float64")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_arrays_lie_between_guard_zones_and_change_in_place(dtype: str) -> None:
    memory = Memory(np.dtype(dtype))
    one = memory.hand_over("X", np.ones((3, 5)))
    assert memory.hand_over("X", np.zeros((3, 5))) is one
    assert not one.any()
    assert memory.hand_over("Y", np.zeros((3, 5))) is not one
    out = memory.blank("out", (3, 5))
    assert np.isnan(out).all()
    assert out.flags.carray
    out[:] = 1
    memory.check("here")
    for places, name in ((-1, "before X"), (15, "after X")):
        number = beside(one, places)
        assert number is not None
        assert np.isnan(number)
        before, number[:] = number.copy(), 0
        with pytest.raises(gate.GateError, match=f"here: memory {name} was written to"):
            memory.check("here")
        number.view(np.uint8)[:] = before.view(np.uint8)
    memory.check("here")
