"""The article's algorithm, step for step, and its published figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kernels
from benchmarks.article import digits
from benchmarks.article.figures import FIGURES
from benchmarks.article.statements import STATEMENTS
from kernels import descent


def article_training(
    network: kernels.Network, X: Any, Y: Any, iterations: int, alpha: float
) -> tuple[Any, Any, list[float], list[float]]:
    """The algorithm of §4.9 as the article states it: dictionaries, samples one by one."""
    L = len(network.sizes)
    W = {l + 1: network.W[l].copy() for l in range(L - 1)}
    b = {l + 1: network.b[l].copy() for l in range(L - 1)}
    costs, errors = [], []
    for _ in range(iterations):
        tri_W = {l: np.zeros_like(W[l]) for l in W}
        tri_b = {l: np.zeros_like(b[l]) for l in b}
        cost = error = 0.0
        for x, y in zip(X, Y, strict=True):
            h, z = {1: x}, {}
            for l in range(1, L):
                z[l + 1] = W[l] @ h[l] + b[l]
                h[l + 1] = 1 / (1 + np.exp(-z[l + 1]))
            slope = {l: h[l] * (1 - h[l]) for l in z}
            delta = {L: -(y - h[L]) * slope[L]}
            cost += 0.5 * np.sum((y - h[L]) ** 2)
            error += float(np.linalg.norm(y - h[L]))
            for l in range(L - 1, 0, -1):
                if l > 1:
                    delta[l] = (W[l].T @ delta[l + 1]) * slope[l]
                tri_W[l] += np.outer(delta[l + 1], h[l])
                tri_b[l] += delta[l + 1]
        m = len(X)
        for l in W:
            W[l] -= alpha * tri_W[l] / m
            b[l] -= alpha * tri_b[l] / m
        costs.append(cost / m)
        errors.append(error / m)
    return W, b, costs, errors


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_training_equals_the_articles_algorithm(rung: str) -> None:
    data = digits.split(0)
    X, Y = data.X_train[:12], data.Y_train[:12]
    network = kernels.Network.random(digits.SIZES, seed=0)
    W, b, costs, errors = article_training(network, X, Y, iterations=8, alpha=digits.ALPHA)
    found = kernels.plan(network, rung).train(X, Y, 8, digits.ALPHA)
    assert np.allclose(found.cost, costs, rtol=1e-13, atol=0)
    assert np.allclose(found.error, errors, rtol=1e-13, atol=0)
    for l in W:
        assert np.allclose(found.network.W[l - 1], W[l], rtol=1e-12, atol=1e-14)
        assert np.allclose(found.network.b[l - 1], b[l], rtol=1e-12, atol=1e-14)


def test_the_whole_experiment_reaches_the_articles_accuracy() -> None:
    data = digits.split(0)
    network = kernels.Network.random(digits.SIZES, seed=0)
    result = kernels.plan(network, "batched").train(
        data.X_train, data.Y_train, digits.ITERATIONS, digits.ALPHA
    )
    outputs = kernels.plan(result.network, "batched").forward_batch(data.X_test)
    assert digits.accuracy_percent(outputs, data.labels_test) >= 80
    assert result.error[-1] < 0.5
    assert result.error[0] > 2
    assert (np.diff(result.cost[100:]) < 1e-4).all()


def test_the_data_are_as_described() -> None:
    data = digits.split(0)
    assert data.X_train.shape == (digits.TRAINING_ROWS, 64)
    assert data.Y_train.sum(axis=1).tolist() == [1.0] * digits.TRAINING_ROWS
    assert len(data.X_test) == len(data.labels_test) == 1797 - digits.TRAINING_ROWS


@pytest.mark.parametrize("jit", [False, True])
def test_descent_gives_the_articles_minimum(jit: bool) -> None:
    found = descent.descend(jit=jit)
    assert f"{found.x:.6f}" == "2.249965"
    assert found.steps == 70


@pytest.mark.parametrize("jit", [False, True])
def test_descent_ends_with_a_clear_error(jit: bool) -> None:
    with pytest.raises(descent.DescentError, match="diverged"):
        descent.descend(step=1.0, jit=jit)
    with pytest.raises(descent.DescentError, match="no rest after 5 steps"):
        descent.descend(max_steps=5, jit=jit)
    with pytest.raises(ValueError, match="precision must be positive"):
        descent.descend(precision=0, jit=jit)
    with pytest.raises(ValueError, match="finite"):
        descent.descend(start=float("nan"), jit=jit)
    with pytest.raises(TypeError, match="real number"):
        descent.descend(step="fast", jit=jit)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 1"):
        descent.descend(max_steps=0, jit=jit)


def test_descent_takes_any_derivative() -> None:
    found = descent.descend(lambda x: 2 * (x - 3), start=0.0, step=0.1, precision=1e-9)
    assert found.x == pytest.approx(3, abs=1e-7)
    with pytest.raises(descent.DescentError, match="diverged"):
        descent.descend(lambda x: x**400, start=1e3)


def test_diverging_training_is_returned_with_a_warning() -> None:
    network = kernels.Network.random((2, 2), seed=0)
    plan = kernels.plan(network, "batched")
    with pytest.warns(RuntimeWarning, match="not finite from iteration 0"):
        result = plan.train([[np.nan, 1.0]], [[0.0, 1.0]], 3, 0.25)
    assert np.isnan(result.cost).all()
    assert np.isnan(result.network.theta).any()


def test_every_figure_and_statement_has_its_own_key() -> None:
    keys = [figure.key for figure in FIGURES] + [statement.key for statement in STATEMENTS]
    assert len(set(keys)) == len(keys)
