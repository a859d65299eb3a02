"""Contract checks: a plan is a snapshot, independent of other plans, copies, threads and calls."""

from __future__ import annotations

import copy
import pickle
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

import kernels
from kernels.interface import OPERATIONS, Plan
from kernels.network import Network
from kernels.proof import cases, gate
from kernels.proof.cases import Case
from kernels.proof.samples import Twin
from kernels.proof.tools import Checks, calls, must_raise, require, samples
from kernels.support import checks
from kernels.support.checks import Array

CHECKS = Checks()
MANY = 150
"""Calls with the same arrays, enough for a kernel that caches results to return a cached one."""


@CHECKS.add
def a_plan_is_a_snapshot(kernel: type[Plan], dtype: str) -> None:
    """Changes of the network reach the plan through `update` only."""
    network = Network.centred((4, 3, 2), seed=1)
    plan = kernels.plan(network, kernel, dtype)
    X, _ = samples(plan, 3)
    before = plan.forward_batch(X).copy()
    network.theta[:] = 0
    same = np.array_equal(plan.forward_batch(X), before)
    require(same, "a change of the network reached the plan")
    plan.update(network.theta)
    require(np.allclose(plan.forward_batch(X), 0.5 * (1 + 0 * before)), "update had no effect")
    require(plan.network == network, "update did not change plan.network")
    beyond = 10 * float(np.finfo(dtype).max) if dtype == "float32" else np.inf
    wrongs: list[Any] = [[1.0], *(np.full(network.theta.size, one) for one in (np.nan, beyond))]
    for wrong in wrongs:
        must_raise(ValueError, plan.update, wrong)
    require(plan.build_seconds > 0, "build_seconds is not positive")


def few_of_each(plan: Plan) -> list[Case]:
    """Calls of every operation with one and with few samples, for the plan's present parameters."""
    found = []
    for operation in plan.operations:
        found += cases.twin_cases(plan, operation, 5)[:3]
    return found


@CHECKS.add
def looks_at_its_input_every_time(kernel: type[Plan], dtype: str) -> None:
    """A change of one input element shows, even after many calls with the same arrays."""
    plan = kernels.plan(Network.centred((3, 3, 1), seed=1), kernel, dtype)
    X, Y = samples(plan, 2)
    out = np.empty((2, 1), dtype)
    repeated: dict[str, Callable[[], Array]] = {
        "forward": lambda: plan.forward(X[0], out[0]),
        "forward_batch": lambda: plan.forward_batch(X, out),
        "gradient": lambda: plan.gradient(X, Y).theta,
        "train": lambda: plan.train(X, Y, 1).network.theta,
    }
    for operation in plan.operations:
        call = repeated[operation]
        for _ in range(MANY):
            call()
        before = call().copy()
        X[0, 1] += 1
        require(
            not np.array_equal(call(), before),
            f"{operation} gave the same again, though its input had changed",
        )


@CHECKS.add
def plans_are_independent(kernel: type[Plan], dtype: str) -> None:
    """Plans of the same sizes, even of equal networks, do not disturb each other."""
    networks = [Network.centred((4, 3, 2), seed) for seed in (1, 2, 1)]
    plans = [kernels.plan(network, kernel, dtype) for network in networks]
    asked = [few_of_each(plan) for plan in plans]
    for turn in (0, 1, 2, 1, 0):
        gate.run(plans[turn], asked[turn], f"{kernel.name}, one of several plans of the same sizes")


@CHECKS.add
def updates_reach_every_operation(kernel: type[Plan], dtype: str) -> None:
    """Every operation uses the latest parameters, however often they change, and change back."""
    plan = kernels.plan(Network.centred((4, 3, 2), seed=1), kernel, dtype)
    for seed in (1, 2, 3, 1):
        theta = Network.centred((4, 3, 2), seed).theta
        plan.update(theta)
        theta[:] = np.nan  # the plan has its own copy
        gate.run(plan, few_of_each(plan), f"{kernel.name}, after an update")


@CHECKS.add
def updates_reach_methods_taken_before(kernel: type[Plan], dtype: str) -> None:
    """`forward = plan.forward` computes with the latest parameters, as `plan.forward` does."""
    plan = kernels.plan(Network.centred((4, 3, 2), seed=1), kernel, dtype)
    X, Y = samples(plan, 3)
    arguments: dict[str, Any] = {"forward": (X[0],), "forward_batch": (X,), "gradient": (X, Y)}
    arguments["train"] = (X, Y, 3)
    names = [*plan.operations, "update"]
    taken = {name: getattr(plan, name) for name in names}
    for seed in (2, 3, 1):
        taken["update"](Network.centred((4, 3, 2), seed).theta)
        for name in plan.operations:
            old, new = (
                numbers(method(*arguments[name])) for method in (taken[name], getattr(plan, name))
            )
            require(np.array_equal(old, new), f"{name}, taken before an update, missed it")


def numbers(result: Any) -> Array:
    """The numbers of a result of any operation."""
    found: Array = getattr(getattr(result, "network", result), "theta", result)
    return found


@CHECKS.add
def notices_one_changed_parameter(kernel: type[Plan], dtype: str) -> None:
    """An update that changes a single parameter has an effect, whichever parameter it is."""
    network = Network.centred((3, 3, 1), seed=1)
    plan, theta = kernels.plan(network, kernel, dtype), network.theta.copy()
    for changed in range(theta.size):
        theta[changed] += 0.5
        plan.update(theta)
        # expected results are computed from plan.network, so it must be right
        taken = np.array_equal(plan.network.theta, theta)
        require(taken, f"an update of theta[{changed}] alone did not change plan.network")
        twin = Twin(plan, 2)
        asked = [
            cases.forward_case(twin, "one sample", 0),
            cases.batch_case(twin, "2 samples", twin.mixed),
        ]
        if "gradient" in plan.operations:
            asked.append(cases.gradient_case(twin, "the gradient of 2 samples", twin.mixed))
        where = f"{kernel.name}, after an update of theta[{changed}] alone"
        gate.run(plan, asked, where, guarded=False)


@CHECKS.add
def copies_are_independent(kernel: type[Plan], dtype: str) -> None:
    """A copy, deep copy or pickle computes the same; an update reaches it and no other plan."""
    plan = kernels.plan(Network.centred((4, 3, 2), seed=3), kernel, dtype)
    plan.update(Network.centred((4, 3, 2), seed=1).theta)  # a copy must have the update, too
    asked = few_of_each(plan)
    copies = {"copy": copy.copy(plan), "deep copy": copy.deepcopy(plan)}
    if getattr(sys.modules.get(kernel.__module__), kernel.__qualname__, None) is kernel:
        copies["pickled copy"] = pickle.loads(pickle.dumps(plan))
    for name, copied in copies.items():
        gate.run(copied, asked, f"{kernel.name}, a {name}")
        copied.update(Network.centred((4, 3, 2), seed=2).theta)
        gate.run(copied, few_of_each(copied), f"{kernel.name}, a {name} after an update")
        gate.run(plan, asked, f"{kernel.name}, after an update of its {name}")


@CHECKS.add
def leaves_the_process_as_it_was(kernel: type[Plan], dtype: str) -> None:
    """NumPy's error handling and random state, and the processor's denormals, stay as they were."""
    tiny = np.array([np.finfo(np.float64).smallest_subnormal])
    handling, state = np.geterr(), str(np.random.get_state())  # noqa: NPY002
    plan = kernels.plan(Network.centred((4, 3, 2), seed=1), kernel, dtype)
    for _, call in calls(plan, *samples(plan, 3)):
        call()
    require(np.geterr() == handling, "np.seterr was called and its effect left behind")
    same = str(np.random.get_state()) == state  # noqa: NPY002
    require(same, "NumPy's global random numbers were drawn from")
    require((tiny * 1.0)[0] > 0, "subnormal numbers became 0 (flush-to-zero was left on)")


@CHECKS.add
def results_are_fresh(kernel: type[Plan], dtype: str) -> None:
    """No result shares memory with another result, with the plan or with the input."""
    plan = kernels.plan(Network.centred((4, 3, 2), seed=1), kernel, dtype)
    X, Y = samples(plan, 3)
    for operation, call in calls(plan, X, Y):
        first, second = call(), call()
        kept = first.copy()
        require(not np.shares_memory(first, second), f"{operation}: two results share memory")
        require(not np.shares_memory(first, X), f"{operation}: the result shares the input")
        second.fill(-1)
        third = call()
        require(np.array_equal(first, kept), f"{operation}: a result changed afterwards")
        require(np.array_equal(third, kept), f"{operation}: the same call gave something else")


@CHECKS.add
def eight_threads_share_a_plan(kernel: type[Plan], dtype: str) -> None:
    """Concurrent calls from eight threads, each with its own data, do not disturb each other."""
    plan = kernels.plan(Network.centred((7, 13, 29, 5), seed=1), kernel, dtype)
    data = [samples(plan, 2 + thread % 3, seed=thread) for thread in range(8)]
    alone = [[call() for _, call in calls(plan, X, Y)] for X, Y in data]

    def work(thread: int) -> None:
        for _ in range(10):
            for (operation, call), want in zip(
                calls(plan, *data[thread]), alone[thread], strict=True
            ):
                require(np.allclose(call(), want, rtol=1e-5, atol=0), f"{operation} was disturbed")

    with ThreadPoolExecutor(len(data)) as pool:
        list(pool.map(work, range(len(data))))


@CHECKS.add
def says_what_it_does_not_offer(kernel: type[Plan], dtype: str) -> None:
    """An operation, dtype or thread count that is not offered is refused with an explanation."""
    network = Network.random((2, 2), seed=0)
    plan = kernels.plan(network, kernel, dtype)
    X, Y = samples(plan, 2)
    for operation in set(OPERATIONS) - set(kernel.operations):
        must_raise(kernels.NotOfferedError, getattr(plan, operation), X, Y)
    if kernel.max_threads is not None:
        too_many = kernel.max_threads + 1
        must_raise(kernels.NotOfferedError, kernels.plan, network, kernel, dtype, too_many)
    for other in set(checks.DTYPES) - set(kernel.dtypes):
        must_raise(kernels.NotOfferedError, kernels.plan, network, kernel, other)
    for wrong in (0, -1):
        must_raise(ValueError, kernels.plan, network, kernel, dtype, wrong)
    must_raise(ValueError, kernels.plan, network, kernel, "float16")
    must_raise(TypeError, kernels.plan, "3-3-1", kernel, dtype)
