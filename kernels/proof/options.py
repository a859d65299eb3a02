"""Contract checks: threads, fewer operations, progress and memory layout change no result."""

from __future__ import annotations

from typing import Any

import numpy as np

import kernels
from kernels.interface import Plan
from kernels.network import Network
from kernels.proof import cases, effort, gate
from kernels.proof.samples import Twin
from kernels.proof.tools import Checks, calls, require, samples
from kernels.support.checks import Array

CHECKS = Checks()

SHARED = ((24, 64, 64, 4), 93), ((100, 100, 50, 10), 1100)
"""Sizes and samples with enough work for threads to share: in a training; in a single call."""


def close(found: Any, true: Any, dtype: str) -> bool:
    """True if two results differ by rounding only."""
    tolerance = 1e-10 if dtype == "float64" else 1e-4
    return bool(np.allclose(found, true, rtol=tolerance, atol=tolerance))


@CHECKS.add
def two_threads_give_the_same(kernel: type[Plan], dtype: str) -> None:
    """Two threads give what one gives, on networks large enough for them to share the work."""
    if not kernel.offers_threads(2):
        return
    for sizes, m in SHARED:
        plan = kernels.plan(Network.centred(sizes, seed=1), kernel, dtype, threads=2)
        twin = Twin(plan, effort.samples(kernel, sizes, m))
        asked = [cases.batch_case(twin, "batch", twin.mixed)]
        if "gradient" in plan.operations:
            asked.append(cases.gradient_case(twin, "gradient", twin.mixed))
        if "train" in plan.operations:
            asked.append(cases.train_case(twin, "training", twin.mixed, 2, 0.25))
        gate.run(plan, asked, f"{kernel.name}, threads=2, {'-'.join(map(str, sizes))}")


@CHECKS.add
def computes_the_same_with_fewer_operations(kernel: type[Plan], dtype: str) -> None:
    """A plan made for one operation computes what a plan for all operations computes."""
    network = Network.centred((4, 3, 2), seed=1)
    whole = kernels.plan(network, kernel, dtype)
    X, Y = samples(whole, 9)
    true = {operation: call() for operation, call in calls(whole, X, Y)}
    for wanted in kernel.operations:
        plan = kernels.plan(network, kernel, dtype, operations=[wanted])
        for operation, call in calls(plan, X, Y):
            require(close(call(), true[operation], dtype), f"{operation} differs if asked alone")


@CHECKS.of("train")
def progress_changes_nothing(kernel: type[Plan], dtype: str) -> None:
    """A training with `progress` gives the same results as one without."""
    plan = kernels.plan(Network.centred((3, 3, 1), seed=1), kernel, dtype)
    X, Y = samples(plan, 5)
    for alpha in (0.9, 1e-3):
        alone = plan.train(X, Y, 30, alpha)
        watched = plan.train(X, Y, 30, alpha, progress=lambda *_: None)
        for one in ("cost", "error"):
            require(
                close(getattr(watched, one), getattr(alone, one), dtype), f"{one} is not the same"
            )
        same = close(watched.network.theta, alone.network.theta, dtype)
        require(same, f"theta is not the same with progress, alpha {alpha}")


def spread(array: Array) -> Array:
    """A strided copy: every other row and column of a wider array."""
    wide = np.full((2 * len(array), 2 * array.shape[1] + 1), 7.0, array.dtype)
    wide[::2, 1::2] = array
    return wide[::2, 1::2]


@CHECKS.add
def takes_batches_in_any_layout(kernel: type[Plan], dtype: str) -> None:
    """X and Y may be strided, Y a vector, `out` a slice; no two results share memory."""
    plan = kernels.plan(Network.centred((3, 3, 1), seed=1), kernel, dtype)
    m = effort.samples(kernel, plan.sizes, 60)
    X, Y = samples(plan, m)
    ways = {"spread": (spread(X), spread(Y)), "in reverse order": (X[::-1], Y[::-1])}
    ways |= {"with targets in a vector": (X, Y[:, 0])}
    for operation, call in calls(plan, X, Y):
        true = call()
        kept = true.copy()
        for way, (x, y) in ways.items():
            if way != "in reverse order" or operation in ("gradient", "train"):
                found = dict(calls(plan, x, y))[operation]()
                require(close(found, true, dtype), f"{operation} of a batch {way} differs")
                require(not np.shares_memory(found, true), f"{operation}: results share memory")
        require(np.array_equal(true, kept), f"{operation} of a batch changed an earlier result")
    around = np.full((m + 6, 1), 7.0, dtype)
    plan.forward_batch(X, around[2 : m + 2])
    require(
        close(around[2 : m + 2], plan.forward_batch(X), dtype),
        "an out that is a slice of an array does not hold the result",
    )
    rest = np.delete(around, slice(2, m + 2))
    require((rest == 7).all(), "memory beside out was written to")
