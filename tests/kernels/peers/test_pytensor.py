"""PyTensor compiles while a plan is built, not in later calls; its expressions and its batches."""

from __future__ import annotations

import numpy as np
import pytest

import kernels
from kernels.parts.optimizer import Optimizer
from kernels.proof import batches, gate
from tests.kernels.lengths import ONLY_LONG


@pytest.mark.parametrize("name", ["pytensor", "pytensor-safe"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_calls_of_pytensor_compile_nothing_after_building(name: str, dtype: str) -> None:
    """Compiling takes seconds and belongs to the build.

    Numba warns of transposed arrays when it compiles for them; tests turn the warning into an
    exception, so that a call that compiles fails.
    """
    if kernels.missing(name):
        pytest.skip(f"{name}: {kernels.missing(name)}")
    plan = kernels.plan(kernels.Network.centred((4, 3, 2), seed=0), name, dtype)
    X, Y = np.ones((5, 4), dtype), np.ones((5, 2), dtype)
    for array in (X, Y):
        array.flags.writeable = False
    for rows in (slice(None), slice(1), slice(0, 5, 2)):
        plan.forward(X[rows][0])
        plan.forward_batch(X[rows])
        plan.gradient(X[rows], Y[rows])
        plan.train(X[rows], Y[rows], 2, 0.1)
    plan.update(plan.network.theta * 2)
    together = plan.forward_batch(X)
    np.testing.assert_allclose(together[0], plan.forward(X[0]), rtol=1e-6)


@ONLY_LONG
@pytest.mark.parametrize(
    ("activations", "loss"),
    [
        (("relu", "tanh", "softmax"), "log"),
        (("elu", "identity", "logistic"), "log"),
        (("gelu", "exp"), "poisson"),
        (("silu", "gelu_tanh", "leaky_relu", "softplus"), "squared"),
    ],
)
def test_every_activation_and_loss_passes_the_gate(activations: tuple[str, ...], loss: str) -> None:
    """Few hidden activations a network: three take half a minute to compile, ten take minutes."""
    if kernels.missing("pytensor"):
        pytest.skip(f"pytensor: {kernels.missing('pytensor')}")
    sizes = (5, *[6] * (len(activations) - 1), 3)
    network = kernels.Network.centred(sizes, 2, activations)
    plan = kernels.plan(network, "pytensor", loss=loss, operations=["forward", "gradient"])
    generator = np.random.default_rng(4)
    X, Y = generator.standard_normal((9, 5)), np.eye(3)[generator.integers(0, 3, 9)]
    for operation in plan.operations:
        gate.check(plan, operation, X, Y)


@pytest.mark.parametrize("optimizer", [
    kernels.Adam(0.02),
    pytest.param(kernels.AdamW(0.02), marks=ONLY_LONG),
    pytest.param(kernels.SGD(0.1, 0.9, nesterov=True), marks=ONLY_LONG),
], ids=str)  # fmt: skip
def test_a_batch_is_a_step_in_extended_precision(optimizer: Optimizer) -> None:
    if kernels.missing("pytensor"):
        pytest.skip(f"pytensor: {kernels.missing('pytensor')}")
    network = kernels.Network.centred((4, 3, 2), 1, ("relu", "softmax"))
    plan = kernels.plan(network, "pytensor", loss="log", operations=["train"])
    generator = np.random.default_rng(4)
    X, Y = generator.standard_normal((23, 4)), np.eye(2)[generator.integers(0, 2, 23)]
    orders = np.array([generator.permutation(23) for _ in range(batches.PASSES)])
    setting = batches.Setting(optimizer, 7, 0.3)
    expected = batches.trained(plan.architecture, network.theta, X, Y, setting, orders, None)
    found = plan.train(
        X, Y, batches.PASSES, batch_size=7, optimizer=optimizer, l2=0.3, shuffle=orders
    )
    for value, true in zip((found.network.theta, found.cost, found.error), expected, strict=True):
        np.testing.assert_allclose(value, true.astype(float), rtol=0, atol=1e-12)
