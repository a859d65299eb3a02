"""Contract checks: targets and inputs of any magnitude, and shifted networks."""

from __future__ import annotations

import numpy as np

import kernels
from kernels.interface import Plan
from kernels.network import Network
from kernels.parts import architecture
from kernels.parts.architecture import Architecture
from kernels.proof import cases, effort, gate
from kernels.proof.results import offered, others
from kernels.proof.samples import Samples, Twin
from kernels.proof.tools import Checks
from kernels.support.checks import Array

CHECKS = Checks()

COUNT = 29


def targets(what: Architecture, m: int) -> dict[str, Array]:
    """Typical targets (m, s_L) of regression and classification, by description.

    For the log-loss they are probabilities.
    """
    generator = np.random.default_rng(5)
    shape = (m, what.sizes[-1])
    found = {
        "of 0 and 1": generator.integers(0, 2, shape).astype(float),
        "all 0": np.zeros(shape),
        "all 1": np.ones(shape),
        "all equal": np.full(shape, 0.3),
        "one-hot": np.eye(shape[1])[generator.integers(0, shape[1], m)],
    }
    if not what.objective.canonical:
        found["negative and beyond 1"] = generator.normal(0, 5, shape)
    return found


@CHECKS.add
def takes_any_targets(kernel: type[Plan], dtype: str) -> None:
    """Negative and large targets, classes, and targets that are all equal give right results."""
    for what in offered(kernel, dtype, (architecture.of((3, 3, 1)), *others())):
        m = effort.samples(kernel, what.sizes, COUNT)
        network = Network.centred(what.sizes, 3, what.activations)
        plan = kernels.plan(network, kernel, dtype, loss=what.loss)
        X = np.random.default_rng(1).standard_normal((m, what.sizes[0])).astype(dtype)
        asked = []
        for name, Y in targets(what, m).items():
            given, every = Samples(plan, X, Y.astype(dtype)), np.arange(m)
            if "gradient" in plan.operations:
                asked.append(cases.gradient_case(given, f"gradient, targets {name}", every))
            if "train" in plan.operations:
                asked.append(cases.train_case(given, f"training, targets {name}", every, 2, 0.1))
        if asked:
            gate.run(plan, asked, f"{kernel.name}, {what}")


@CHECKS.add
def takes_inputs_of_any_magnitude(kernel: type[Plan], dtype: str) -> None:
    """Large inputs, zeros of both signs and subnormal numbers give right results."""
    X = np.random.default_rng(2).standard_normal((90, 3)) * (1e8, 0.1, 1.0)
    smallest = float(np.finfo(dtype).smallest_subnormal)
    X[3] = X[40:43, 1] = X[50, 2] = 0.0
    X[4] = X[43:45, 0] = -0.0
    X[5] = X[60, 1] = 3 * smallest
    X[61, 2] = -smallest
    W = [np.random.default_rng(3).uniform(-1, 1, (3, 3)) * (1e-8, 50, 2), [[50, -49.5, 3]]]
    network = Network(W, [[0.1, -0.2, 0.3], [0.4]])
    plan = kernels.plan(network, kernel, dtype)
    given = Samples(plan, X.astype(dtype), np.linspace(0, 1, 90)[:, np.newaxis].astype(dtype))
    pick = np.arange(90)
    asked = [cases.forward_case(given, f"sample {row}", row) for row in (0, 3, 4, 5, 40, 44)]
    asked.append(cases.batch_case(given, "all samples", pick))
    if "gradient" in plan.operations:
        asked.append(cases.gradient_case(given, "gradient", pick))
    gate.run(plan, asked, f"{kernel.name}, zeros, small and large numbers")


@CHECKS.add
def subtracts_the_shift(kernel: type[Plan], dtype: str) -> None:
    """Every operation subtracts the network's shift, if it has one."""
    theta = Network.centred((3, 3, 1), seed=1).theta
    network = Network.from_theta((3, 3, 1), theta, shift=[100.0, -3.0, 1e4])
    plan = kernels.plan(network, kernel, dtype)
    m = effort.samples(kernel, plan.sizes, COUNT)
    twin = Twin(plan, m)
    where = f"{kernel.name}, a network with a shift"
    asked = [cases.forward_case(twin, "one sample", row) for row in (0, 1)]
    asked.append(cases.batch_case(twin, f"{m} samples", twin.mixed))
    if "gradient" in plan.operations:
        asked.append(cases.gradient_case(twin, "gradient", twin.mixed))
    if "train" in plan.operations:
        asked.append(cases.train_case(twin, "training", twin.mixed, 3, 0.25))
    gate.run(plan, asked, where)
