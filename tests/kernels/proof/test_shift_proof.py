"""The reference, its error bounds and the gate take a network's shift into account."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network
from kernels.interface import Plan
from kernels.parts.architecture import Architecture
from kernels.proof import bounds as conditioning
from kernels.proof import gate, reference
from kernels.support.checks import DTYPES
from tests.kernels.shifts import KELVIN, NEAR_ONE, SECONDS, samples, shifted


def test_architectures_tell_whether_there_is_a_shift() -> None:
    what = shifted((5, 9, 3), KELVIN).architecture
    assert what == Architecture((5, 9, 3), ("logistic", "logistic"), shifted=True)
    assert str(what) == "5-9-3, shifted"
    assert Architecture.from_key(what.key) == what
    plain = what._replace(shifted=False)
    assert what.key == f"{plain.key} shifted"
    assert Architecture.from_key(plain.key) == plain
    assert what.is_article


def test_the_reference_subtracts_the_shift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long double and mpmath subtract it, in every function of the reference."""
    network = shifted((5, 9, 3), SECONDS)
    X, Y = samples(network, 4)
    what, theta, shift = network.architecture, network.theta, network.shift
    assert shift is not None
    wide = np.asarray(X, np.longdouble) - shift
    direction = np.random.default_rng(0).choice([-1.0, 1.0], theta.size)
    for arithmetic in (reference.long_double(), reference.mpmath_numbers()):
        monkeypatch.setattr(reference, "ARITHMETIC", arithmetic)
        found = reference.gradient(what, theta, X, Y, shift)
        true = reference.gradient(network.sizes, theta, wide.astype(float), Y)
        np.testing.assert_allclose(found.theta.astype(float), true.theta.astype(float), atol=1e-15)
        slope = reference.slope_along(what, theta, X, Y, direction, shift)
        assert slope == pytest.approx(float(found.theta @ direction), rel=1e-13)
    monkeypatch.undo()
    for call in (
        lambda: reference.forward(what, theta, X),
        lambda: reference.gradient(what, theta, X, Y),
        lambda: reference.train(what, theta, X, Y, 1, 0.1),
        lambda: reference.slope_along(what, theta, X, Y, direction),
        lambda: conditioning.bounds(what, theta, X, Y, np.dtype(float)),
    ):
        with pytest.raises(ValueError, match="has a shift"):
            call()


@pytest.mark.parametrize("dtype", DTYPES)
def test_bounds_count_the_rounding_of_the_subtraction(dtype: str) -> None:
    """Little else is rounded in this network: its outputs are x - shift."""
    shift = SECONDS / 7 * np.arange(1, 201)
    network = Network([np.eye(200)], [np.zeros(200)], ("identity",), shift)
    X = np.random.default_rng(0).random((5, 200)) * 1e3
    kind = np.dtype(dtype)
    limits = conditioning.bounds(network.architecture, network.theta, X, None, kind, shift).outputs
    true = reference.forward(network.architecture, network.theta, X, shift)
    error = np.abs((X - shift).astype(dtype) - true)
    assert (error <= limits).all()
    plain = Architecture(network.sizes, network.activations)
    exact = conditioning.bounds(plain, network.theta, true.astype(float), None, kind).outputs
    assert (limits > exact).all()
    assert (limits < 2 * exact).all()


def wrong(name: str) -> type[Plan]:
    """Return the kernel `batched` with one fault."""
    right: Any = kernels.find("batched")

    class Wrong(right):  # type: ignore[misc]
        def forward_batch(self, X: Any, out: Any = None) -> Any:
            if name == "ignores it":
                X = np.asarray(X) + self.network.shift
            if name == "subtracts it twice":
                X = np.asarray(X) - self.network.shift
            if name == "subtracts only the first":
                X = X + np.where(np.arange(self.sizes[0]) > 0, self.network.shift, 0)
            if name == "converts before it subtracts":
                X = np.asarray(X, np.float32).astype(np.float64)
            return super().forward_batch(X, out)

        def batch_gradient(self, parameters: Any, X: Any, Y: Any, out: Any) -> Any:
            result = super().batch_gradient(parameters, X, Y, out)
            if name == "forgets it in the gradient":
                first = out[: self.sizes[0] * self.sizes[1]].reshape(self.sizes[1], -1)
                first += np.outer(out[first.size :][: self.sizes[1]], self.network.shift)
            return result

    return Wrong


FAULTS = [
    ("ignores it", "forward_batch"),
    ("subtracts it twice", "forward_batch"),
    ("subtracts only the first", "forward_batch"),
    ("converts before it subtracts", "forward_batch"),
    ("forgets it in the gradient", "gradient"),
    ("forgets it in the gradient", "train"),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "operation"), FAULTS)
def test_the_gate_catches_wrong_kernels(name: str, operation: str, dtype: str) -> None:
    for scale in (NEAR_ONE, SECONDS):
        if name == "converts before it subtracts" and scale == NEAR_ONE:
            continue  # nothing is lost
        plan = kernels.plan(shifted((5, 9, 3), scale), wrong(name), dtype)
        with pytest.raises(gate.GateError):
            gate.check(plan, operation, *samples(plan.network, 9))


@pytest.mark.parametrize("operation", kernels.OPERATIONS)
def test_the_kernel_that_wrong_kernels_derive_from_passes(operation: str) -> None:
    plan = kernels.plan(shifted((5, 9, 3), SECONDS), wrong("in nothing"), "float32")
    gate.check(plan, operation, *samples(plan.network, 9))
