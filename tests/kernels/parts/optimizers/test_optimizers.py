"""Optimizers: their settings, and their steps beside those of other libraries."""

from __future__ import annotations

import pickle
from typing import Any, cast

import numpy as np
import pytest
from sklearn.neural_network import _stochastic_optimizers as sklearn_optimizers

import kernels
from kernels import SGD, Adam, AdamW
from kernels.parts.optimizer import Optimizer
from kernels.parts.optimizers import OPTIMIZERS

STEPS, COUNT = 40, 17


def gradients() -> Any:
    """Derivatives of many sizes, some tiny, some 0."""
    generator = np.random.default_rng(3)
    found = generator.standard_normal((STEPS, COUNT)) * 10.0 ** generator.integers(-12, 3, COUNT)
    found[:, 0] = 0
    return found


def moved(optimizer: Optimizer, learning_rates: Any = None) -> Any:
    """theta after each step from 1, 1, ... on."""
    theta, slots = np.ones(COUNT), np.zeros((optimizer.slots, COUNT))
    found = []
    for t, g in enumerate(gradients(), 1):
        rate = optimizer.learning_rate if learning_rates is None else learning_rates[t - 1]
        optimizer.move(theta, g, slots, optimizer.rates(t, 1, rate)[0])
        found.append(theta.copy())
    return np.array(found)


def moved_by_sklearn(kind: Any, options: dict[str, Any], learning_rates: Any = None) -> Any:
    theta = np.ones(COUNT)
    theirs = kind([theta], learning_rate_init=options.pop("rate"), **options)
    found = []
    for k, g in enumerate(gradients()):
        if learning_rates is not None:
            theirs.learning_rate_init = theirs.learning_rate = learning_rates[k]
        theirs.update_params([theta], [g])
        found.append(theta.copy())
    return np.array(found)


@pytest.mark.parametrize(
    ("ours", "kind", "options"),
    [
        (SGD(0.1), "SGD", {"momentum": 0.0, "nesterov": False}),
        (SGD(0.1, 0.9), "SGD", {"momentum": 0.9, "nesterov": False}),
        (SGD(0.1, 0.9, nesterov=True), "SGD", {"momentum": 0.9, "nesterov": True}),
        (Adam(0.01), "Adam", {}),
        (Adam(0.01, 0.7, 0.9, 1e-4), "Adam", {"beta_1": 0.7, "beta_2": 0.9, "epsilon": 1e-4}),
    ],
)
@pytest.mark.parametrize("changing", [False, True])
def test_steps_are_scikit_learns(
    ours: Optimizer, kind: str, options: dict[str, Any], changing: bool
) -> None:
    """Also where the learning rate changes from step to step."""
    rates = np.geomspace(0.1, 0.001, STEPS) if changing else None
    theirs = getattr(sklearn_optimizers, f"{kind}Optimizer")
    expected = moved_by_sklearn(theirs, {"rate": ours.learning_rate, **options}, rates)
    np.testing.assert_allclose(moved(ours, rates), expected, rtol=1e-13)


@pytest.mark.parametrize(
    ("ours", "name", "options"),
    [
        (SGD(0.1, 0.9), "SGD", {"lr": 0.1, "momentum": 0.9}),
        (SGD(0.1, 0.9, nesterov=True), "SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
        (Adam(0.01, epsilon_after_correction=True), "Adam", {"lr": 0.01}),
        (AdamW(0.01, weight_decay=0.1), "AdamW", {"lr": 0.01, "weight_decay": 0.1}),
    ],
)
def test_steps_are_pytorchs(ours: Optimizer, name: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    theta = torch.ones(COUNT, dtype=torch.float64, requires_grad=True)
    theirs = getattr(torch.optim, name)([theta], **options)
    for g, expected in zip(gradients(), moved(ours), strict=True):
        theta.grad = torch.from_numpy(g)
        theirs.step()
        np.testing.assert_allclose(theta.detach().numpy(), expected, rtol=1e-12)


def test_where_epsilon_is_added_matters_for_tiny_derivatives() -> None:
    before, after = (moved(Adam(0.01, epsilon_after_correction=late))[0] for late in (False, True))
    assert np.abs(before - after).max() > 1e-3
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(before, after, rtol=1e-4)


def test_all_are_public_and_known_by_name() -> None:
    assert list(OPTIMIZERS) == ["sgd", "adam", "adamw"]
    for kind in OPTIMIZERS.values():
        assert getattr(kernels, kind.__name__) is kind
        one = kind(learning_rate=0.5)
        assert pickle.loads(pickle.dumps(one)) == one
        assert one.name in str(one)
        assert "learning_rate=0.5" in repr(one)


def test_defaults_are_those_of_other_libraries() -> None:
    assert Adam() == Adam(1e-3, 0.9, 0.999, 1e-8, epsilon_after_correction=False)
    assert AdamW() == AdamW(1e-3, 0.9, 0.999, 1e-8, True, weight_decay=1e-2)
    assert SGD(0.1) == SGD(0.1, momentum=0.0, nesterov=False)


def test_rates_of_many_steps_are_those_of_each() -> None:
    for one in (SGD(0.1, 0.5), Adam(), AdamW(0.1, epsilon_after_correction=False)):
        whole = one.rates(5, 7, 0.3)
        apart = np.vstack([one.rates(5 + k, 1, 0.3) for k in range(7)])
        np.testing.assert_allclose(whole, apart, rtol=1e-15)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SGD(-0.1), ValueError, "learning_rate must be at least 0, got -0.1"),
        (lambda: SGD(cast("Any", "fast")), TypeError, "learning_rate must be a real number"),
        (lambda: SGD(0.1, momentum=1.0), ValueError, "momentum must be at least 0 and below 1"),
        (lambda: Adam(float("nan")), ValueError, "learning_rate must be finite"),
        (lambda: Adam(beta_1=1.0), ValueError, "beta_1"),
        (lambda: Adam(beta_2=-0.1), ValueError, "beta_2"),
        (lambda: Adam(epsilon=0.0), ValueError, "epsilon must be above 0"),
        (lambda: AdamW(weight_decay=-1.0), ValueError, "weight_decay must be at least 0"),
    ],
)
def test_wrong_settings_are_refused(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()
