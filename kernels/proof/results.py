"""Contract checks: any number of samples, large inputs, NaN and infinity."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

import numpy as np

import kernels
from kernels.interface import Plan
from kernels.network import Network, parameter_count
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.architecture import Architecture
from kernels.parts.losses import LOSSES
from kernels.proof import cases, effort, gate, reference
from kernels.proof.cases import Case
from kernels.proof.samples import Samples, Twin
from kernels.proof.tools import Checks, require, samples
from kernels.support.checks import Array

CHECKS = Checks()

ARTICLE = ((3, 3, 1), (3, 3, 3, 1), (64, 30, 10), (100, 100, 50, 10))
"""The article's networks, with our sizes where it gives none: 3-3-3-1, and 30 hidden nodes."""
ODD = (
    (1, 1), (1, 9), (5, 1, 1, 3), (7, 13, 29, 5), (17, 129, 31, 5), (400, 2), (2, 400),
    (24, 64, 64, 4), (2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6, 5, 4, 3),
)  # fmt: skip
"""Sizes prone to errors: single nodes, partly filled vectors, wide next to narrow, many layers."""


def others() -> list[Architecture]:
    """Networks in which every activation occurs, hidden and as output, and every loss."""
    hidden, last = [name for name, f in ACTIVATIONS.items() if f.hidden], ends()
    return [
        Architecture((5, 9, 4), (hidden[k % len(hidden)], output), loss)
        for k in range(max(len(hidden), len(last)))
        for output, loss in [last[(k + 1) % len(last)]]
    ]


def offered(kernel: type[Plan], dtype: str, known: Iterable[Architecture]) -> list[Architecture]:
    """Those of the known networks that a kernel offers in this dtype."""
    return [what for what in known if kernel.offers(what, dtype)]


def ends() -> list[tuple[str, str]]:
    """Every output activation with every loss that goes with it."""
    return [
        (name, loss.name)
        for loss in LOSSES.values()
        for name, f in ACTIVATIONS.items()
        if f.output and loss.goes_with(name)
    ]


EXAMPLE = Network(
    weights=[[[0.2] * 3, [0.4] * 3, [0.6] * 3], [[0.5] * 3]], biases=[[0.8] * 3, [0.2]]
)
EXAMPLE_INPUT = (1.5, 2.0, 3.0)
EXAMPLE_OUTPUT = 0.8354556612475647
"""The article's worked example (§3.1), whose output it gives as 0.8354 (§3.2).

Parameters and input are ours, chosen to give that output: our copy of the article has lost its own.
"""

COUNTS = (*range(1, 34), *range(38, 44), *range(78, 84), *range(118, 123), 161, 200, 241, 400)
"""Numbers of samples just below, at and above multiples of 4, 8, 16, 40 and 80, group sizes."""
EVERY = 170
"""Number of samples up to which every one is tried: two of the widest groups and some more."""
THOUSANDS = 2 * 4096 + 5
"""A number of samples larger than any block that a kernel cuts batches into, with a remainder."""

EXTREMES = (-1e30, -1000.0, 1000.0, 1e30)
"""Factors of inputs in [0, 1) that make them large; no sum of them is beyond float32."""


def gate_count(kernel: type[Plan], sizes: tuple[int, ...]) -> int:
    """Number of samples for the gate: a group of 80, the widest, and a remainder.

    Where samples are cheap, there are two such groups.
    """
    return effort.samples(kernel, sizes, 187 if parameter_count(sizes) < 1000 else 93)


def counts(kernel: type[Plan], sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Numbers of samples to try; few where each costs a compilation."""
    most = effort.samples(kernel, sizes, max(COUNTS))
    return tuple(m for m in COUNTS[:: 4 if kernel.compiles_shapes else 1] if m <= most)


@CHECKS.add
def worked_example(kernel: type[Plan], dtype: str) -> None:
    """The worked example of §3.1 comes out to the last digit the dtype has."""
    y = kernels.plan(EXAMPLE, kernel, dtype).forward(EXAMPLE_INPUT)
    bound = 1e-15 if dtype == "float64" else 1e-7
    require(y.shape == (1,) and y.dtype == dtype, f"the output is {y!r}")
    require(abs(float(y[0]) - EXAMPLE_OUTPUT) <= bound, f"the output is {float(y[0])!r}")


@CHECKS.add
def agrees_with_the_reference(kernel: type[Plan], dtype: str) -> None:
    """Every operation passes the gate on the article's networks and on odd ones."""
    for sizes in ARTICLE + ODD:
        plan = kernels.plan(Network.random(sizes, seed=1), kernel, dtype)
        X, Y = samples(plan, gate_count(kernel, sizes))
        for operation in kernel.operations:
            gate.check(plan, operation, X, Y)


@CHECKS.add
def takes_every_activation_and_loss(kernel: type[Plan], dtype: str) -> None:
    """Every operation passes the gate on other networks, if the kernel says it takes them."""
    for what in offered(kernel, dtype, others()):
        network = Network.centred(what.sizes, 3, what.activations)
        plan = kernels.plan(network, kernel, dtype, loss=what.loss)
        X, Y = samples(plan, gate_count(kernel, what.sizes))
        for operation in kernel.operations:
            gate.check(plan, operation, X, Y)


@CHECKS.add
def takes_any_number_of_samples(kernel: type[Plan], dtype: str) -> None:
    """No sample of a batch or gradient is left out or swapped, whatever their number."""
    for sizes in ((3, 3, 1), (7, 13, 29, 5)):
        plan = kernels.plan(Network.centred(sizes, seed=1), kernel, dtype)
        for m in counts(kernel, sizes):
            gate.run(plan, batch_and_gradient(plan, Twin(plan, m), m), kernel.name)


def batch_and_gradient(plan: Plan, twin: Twin, m: int) -> list[Case]:
    """A batch of m samples in two orders, and the gradient over them."""
    found = [cases.batch_case(twin, f"{m} samples", pick) for pick in (twin.mixed, twin.blocks)]
    if "gradient" in plan.operations:
        found.append(cases.gradient_case(twin, f"gradient of {m} samples", twin.mixed))
    return found


@CHECKS.add
def skips_no_number_of_samples(kernel: type[Plan], dtype: str) -> None:
    """Every number of samples up to EVERY, and thousands, give right results."""
    plan = kernels.plan(Network.centred((3, 3, 1), seed=1), kernel, dtype)
    every = Samples(plan, *samples(plan, EVERY), usual=EVERY)
    last = effort.samples(kernel, plan.sizes, EVERY)
    for m in range(1, last + 1, 40 if kernel.compiles_shapes else 1):
        pick = np.arange(m)
        asked = [cases.batch_case(every, f"{m} samples", pick)]
        if "gradient" in plan.operations:
            asked.append(cases.gradient_case(every, f"gradient of {m} samples", pick))
        gate.run(plan, asked, kernel.name, guarded=False)
    if effort.samples(kernel, plan.sizes, THOUSANDS) == THOUSANDS:
        gate.run(plan, batch_and_gradient(plan, Twin(plan, THOUSANDS), THOUSANDS), kernel.name)


@CHECKS.add
def passes_extremes_on(kernel: type[Plan], dtype: str) -> None:
    """Saturated sigmoids give no warning; NaN and infinity pass through as IEEE 754 says."""
    for layers in (1, 2):
        network = Network([[[1.0]]] * layers, [[0.0]] * layers)
        plan = kernels.plan(network, kernel, dtype)
        compile_shapes(plan, 2)
        for z in (-1e30, -1000.0, -100.0, 0.0, 100.0, 1000.0, 1e30, np.inf, -np.inf, np.nan):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                y = plan.forward([z])
                batch = plan.forward_batch([[z], [0.0]])
            true = reference.forward(plan.sizes, network.theta, np.array([[z], [0.0]]))
            for got, want in ((y, true[0]), (batch, true)):
                message = f"{layers} layers give {got!r} of {z}, expected {want!r}"
                alike(got, want.astype(np.float64), dtype, message)


@CHECKS.add
def passes_extremes_on_through_every_activation(kernel: type[Plan], dtype: str) -> None:
    """Large inputs give no warning and no NaN; NaN reaches those of its sample."""
    for what in offered(kernel, dtype, others()):
        network = Network.centred(what.sizes, 3, what.activations)
        plan = kernels.plan(network, kernel, dtype, loss=what.loss)
        X, _ = samples(plan, 2 + len(EXTREMES))
        X[2:] *= np.array(EXTREMES, dtype)[:, np.newaxis]
        X[0, 1] = np.nan
        compile_shapes(plan, len(X))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            each = [plan.forward(x) for x in X]
            batch = plan.forward_batch(X)
        with np.errstate(over="ignore"):
            true = reference.forward(what, network.theta, X).astype(dtype)
        scale = np.where(np.isfinite(true), np.abs(true), 1).max(axis=1, keepdims=True)
        bound = np.finfo(dtype).eps ** 0.5 * np.maximum(scale, 1)
        for found in (np.array(each), batch):
            with np.errstate(over="ignore", invalid="ignore"):
                off = found - true
            right = (np.abs(off) <= bound) | (found == true) | (np.isnan(found) & np.isnan(true))
            lost = ~right.all(axis=1)
            require(not lost.any(), f"{what} gives {found[lost]} of {X[lost]}, not {true[lost]}")


def compile_shapes(plan: Plan, m: int) -> None:
    """Call a plan for one sample and for m: a library that compiles may warn of itself then."""
    zeros = np.zeros((m, plan.sizes[0]), plan.dtype)
    plan.forward(zeros[0])
    plan.forward_batch(zeros)


@CHECKS.add
def keeps_samples_apart(kernel: type[Plan], dtype: str) -> None:
    """NaN or infinity in a sample reaches its own outputs and the means, and nothing else."""
    plan = kernels.plan(Network.centred((3, 3, 1), seed=1), kernel, dtype)
    X, Y = samples(plan, 90)
    middle = len(X) // 2
    for value in (np.nan, np.inf):
        spoilt = X.copy()
        spoilt[middle, 1] = value
        true = plan.forward_batch(X)
        true[middle] = reference.forward(plan.sizes, plan.network.theta, spoilt)[middle]
        alike(plan.forward_batch(spoilt), true, dtype, f"{value} in a sample spoils another")
    spoilt[middle, 1] = np.nan
    if "gradient" in plan.operations:
        found = plan.gradient(spoilt, Y)
        require(np.isnan([found.cost, *found.theta]).all(), "NaN is lost from the gradient")
        found = plan.gradient(X, np.where(np.isnan(spoilt[:, 1:2]), np.nan, Y))
        require(np.isnan(found.cost), "NaN in Y is lost from the cost")


def alike(found: Array, true: Array, dtype: str, message: str) -> None:
    """Raise unless two arrays agree to the twin's tolerance, and are NaN in the same places."""
    bound = gate.FORWARD_TOLERANCE[dtype]
    require(np.allclose(found, true, rtol=0, atol=bound, equal_nan=True), message)
