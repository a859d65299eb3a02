"""The reference and its error bounds with every activation and loss."""

from __future__ import annotations

import itertools
import math
from typing import Any

import mpmath
import numpy as np
import pytest

import kernels
from kernels.parts.architecture import Architecture
from kernels.proof import bounds as conditioning
from kernels.proof import reference
from tests.kernels.architectures import DEEP, SHAPES, data, network


@pytest.mark.parametrize("what", [*SHAPES, DEEP], ids=str)
def test_the_reference_agrees_with_autograd(what: Architecture) -> None:
    autograd = pytest.importorskip("autograd")
    anp = pytest.importorskip("autograd.numpy")
    normal = pytest.importorskip("autograd.scipy.stats").norm
    functions = {
        "logistic": lambda z: 1 / (1 + anp.exp(-z)),
        "tanh": anp.tanh,
        "relu": lambda z: anp.maximum(z, 0.0),
        "identity": lambda z: z,
        "softmax": lambda z: anp.exp(z) / anp.sum(anp.exp(z), axis=1, keepdims=True),
        "elu": lambda z: anp.where(z > 0, z, anp.expm1(z)),
        "leaky_relu": lambda z: anp.where(z > 0, z, 0.01 * z),
        "softplus": lambda z: anp.logaddexp(0.0, z),
        "exp": anp.exp,
        "silu": lambda z: z / (1 + anp.exp(-z)),
        "gelu": lambda z: z * normal.cdf(z),
        "gelu_tanh": lambda z: z / 2 * (
            1 + anp.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))
        ),
    }  # fmt: skip
    for name in what.activations:
        if name not in functions:
            pytest.skip(f"{name} is not written for autograd here")
    X, Y = data(what)

    def cost(theta: Any) -> Any:
        h, start = X, 0
        for name, (n, rows) in zip(what.activations, itertools.pairwise(what.sizes), strict=True):
            middle, end = start + rows * n, start + rows * (n + 1)
            W = anp.reshape(theta[start:middle], (rows, n))
            h = functions[name](anp.dot(h, W.T) + theta[middle:end])
            start = end
        if what.loss == "squared":
            return anp.sum((Y - h) ** 2) / (2 * len(X))
        if what.loss == "poisson":
            return anp.sum(h - Y * anp.log(h) + Y * anp.log(Y) - Y) / len(X)
        terms = Y * anp.log(h)
        if what.activations[-1] == "logistic":
            terms = terms + (1 - Y) * anp.log(1 - h)
        return -anp.sum(terms) / len(X)

    theta = network(what).theta
    ours = reference.gradient(what, theta, X, Y)
    assert float(ours.cost) == pytest.approx(cost(theta), rel=1e-13)
    theirs = autograd.grad(cost)(theta)
    assert np.abs(ours.theta - theirs).max() <= 1e-13 * np.linalg.norm(theirs)
    norm = float(np.sqrt((ours.theta**2).sum()))
    directions = np.eye(theta.size)[:: max(1, theta.size // 20)]
    for direction in directions:
        slope = reference.slope_along(what, theta, X, Y, direction)
        assert abs(float(ours.theta @ direction) - slope) <= 1e-15 * norm


@pytest.mark.parametrize("what", SHAPES[:3] + SHAPES[-2:], ids=str)
def test_the_reference_gives_the_same_with_mpmath(
    what: Architecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, Y = data(what)
    theta = network(what).theta
    expected = reference.gradient(what, theta, X, Y)
    monkeypatch.setattr(reference, "ARITHMETIC", reference.mpmath_numbers())
    found = reference.gradient(what, theta, X, Y)
    assert isinstance(found.cost, mpmath.ctx_mp_python._mpf)
    difference = (found.theta - expected.theta.astype(float)).astype(float)
    assert np.abs(difference).max() < 1e-15 * max(1.0, float(abs(expected.theta).max()))
    assert float(found.cost) == pytest.approx(float(expected.cost), rel=1e-15)


@pytest.mark.parametrize("what", [*SHAPES, DEEP], ids=str)
def test_error_bounds_hold_and_are_not_empty(what: Architecture) -> None:
    X, Y = data(what)
    plan = kernels.plan(network(what), "batched", loss=what.loss)
    limits = conditioning.bounds(what, plan.network.theta, X, Y, plan.dtype)
    true = reference.gradient(what, plan.network.theta, X, Y)
    outputs = plan.forward_batch(X) - reference.forward(what, plan.network.theta, X)
    found = plan.gradient(X, Y)
    assert (np.abs(outputs) <= limits.outputs).all()
    assert (np.abs(found.theta - true.theta) <= limits.theta).all()
    assert abs(found.cost - true.cost) <= limits.cost
    assert (limits.outputs < 1e-12 * np.maximum(1.0, np.abs(plan.forward_batch(X)))).all()
    assert limits.theta.max() < 1e-10 * max(1.0, float(abs(true.theta).max()))
    assert limits.cost < 1e-11 * max(1.0, float(true.cost))
