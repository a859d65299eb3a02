"""The reference against independent computations: autograd, scikit-learn, mpmath."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import pytest
from packaging.requirements import Requirement

from benchmarks.measure.environment import ROOT
from kernels import Network
from kernels.contract import ARTICLE, EXAMPLE, EXAMPLE_INPUT, EXAMPLE_OUTPUT, ODD
from kernels.network import views
from kernels.proof import bounds as conditioning
from kernels.proof import reference


def data(sizes: tuple[int, ...], m: int = 5) -> tuple[Any, Any]:
    generator = np.random.default_rng(7)
    return generator.standard_normal((m, sizes[0])), generator.random((m, sizes[-1]))


def test_the_worked_example_in_fifty_digits() -> None:
    """The article's worked example written out term by term in mpmath."""
    with mpmath.workdps(50):

        def f(z: Any) -> Any:
            return 1 / (1 + mpmath.exp(-z))

        x = mpmath.mpf("1.5") + 2 + 3
        h = [f(mpmath.mpf(w) * x + mpmath.mpf("0.8")) for w in ("0.2", "0.4", "0.6")]
        y = f(mpmath.mpf("0.5") * sum(h) + mpmath.mpf("0.2"))
    assert float(y) == EXAMPLE_OUTPUT
    ours = reference.forward(EXAMPLE.sizes, EXAMPLE.theta, np.array([EXAMPLE_INPUT]))
    assert float(ours[0, 0]) == pytest.approx(EXAMPLE_OUTPUT, abs=1e-16)


@pytest.mark.parametrize("sizes", ARTICLE + ODD, ids=str)
def test_gradients_agree_with_autograd(sizes: tuple[int, ...]) -> None:
    autograd = pytest.importorskip("autograd")
    anp = pytest.importorskip("autograd.numpy")
    network = Network.centred(sizes, seed=3)
    X, Y = data(sizes)

    def cost(theta: Any) -> Any:
        h, start = X, 0
        for n, rows in pairwise(sizes):
            middle, end = start + rows * n, start + rows * (n + 1)
            W = anp.reshape(theta[start:middle], (rows, n))
            h = 1 / (1 + anp.exp(-(anp.dot(h, W.T) + theta[middle:end])))
            start = end
        return anp.sum((Y - h) ** 2) / (2 * len(X))

    ours = reference.gradient(sizes, network.theta, X, Y)
    assert float(ours.cost) == pytest.approx(cost(network.theta), rel=1e-13)
    theirs = autograd.grad(cost)(network.theta)
    assert np.abs(ours.theta - theirs).max() <= 1e-13 * np.linalg.norm(theirs)


@pytest.mark.parametrize("sizes", [(3, 3, 1), (2, 1, 4), (2,) * 12], ids=str)
def test_gradients_agree_with_complex_steps_in_every_direction(sizes: tuple[int, ...]) -> None:
    network = Network.centred(sizes, seed=3)
    X, Y = data(sizes)
    ours = reference.gradient(sizes, network.theta, X, Y).theta
    steps = [reference.slope_along(sizes, network.theta, X, Y, e) for e in np.eye(len(ours))]
    norm = float(np.sqrt((ours * ours).sum()))
    assert np.allclose(ours.astype(float), steps, rtol=0, atol=1e-15 * norm)


def test_gradients_agree_with_central_differences() -> None:
    sizes = (4, 3, 2)
    network = Network.centred(sizes, seed=3)
    X, Y = data(sizes)
    ours = reference.gradient(sizes, network.theta, X, Y).theta
    step = 1e-5
    for index in range(len(ours)):
        costs = []
        for sign in (1, -1):
            moved = network.theta.copy()
            moved[index] += sign * step
            costs.append(reference.gradient(sizes, moved, X, Y).cost)
        assert float((costs[0] - costs[1]) / (2 * step)) == pytest.approx(ours[index], abs=1e-9)


def test_forward_agrees_with_scikit_learn() -> None:
    """A multilabel MLPClassifier has logistic outputs, as the article's networks do."""
    from sklearn.neural_network import MLPClassifier

    X, Y = data((6, 3), m=40)
    model = MLPClassifier((5, 4), activation="logistic", max_iter=5, random_state=0)
    with pytest.warns(Warning, match="Maximum iterations"):
        model.fit(X, (Y > 0.5).astype(int))
    network = Network([w.T for w in model.coefs_], model.intercepts_)
    ours = reference.forward(network.sizes, network.theta, X)
    assert np.allclose(ours.astype(float), model.predict_proba(X), rtol=1e-13, atol=0)


def test_mpmath_is_used_where_long_double_is_a_double(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = (4, 3, 2)
    network = Network.centred(sizes, seed=3)
    X, Y = data(sizes)
    expected = reference.gradient(sizes, network.theta, X, Y)
    trained = reference.train(sizes, network.theta, X, Y, 3, 0.25)
    monkeypatch.setattr(reference, "ARITHMETIC", reference.mpmath_numbers())
    found = reference.gradient(sizes, network.theta, X, Y)
    again = reference.train(sizes, network.theta, X, Y, 3, 0.25)
    assert isinstance(found.cost, mpmath.ctx_mp_python._mpf)
    assert abs(float(found.cost - found.cost.context.mpf(float(expected.cost)))) < 1e-16
    assert np.abs((found.theta - expected.theta.astype(float)).astype(float)).max() < 1e-16
    for one, other in zip(trained, again, strict=True):
        assert np.allclose(one.astype(float), other.astype(float), rtol=1e-15, atol=0)
    bounds = conditioning.bounds(sizes, network.theta, X, Y, np.dtype("float64"))
    assert 0 < bounds.theta.max() < 1e-13


def test_mpmath_is_installed_where_it_is_needed() -> None:
    """pyproject.toml requires it where long double is a double; NumPy tells whether it is here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = (Requirement(line) for line in project["dependencies"])
    marker = next(one.marker for one in required if one.name == "mpmath")
    assert marker is not None
    needed = {
        ("win32", "AMD64"): True,
        ("win32", "ARM64"): True,
        ("darwin", "arm64"): True,
        ("darwin", "x86_64"): False,
        ("linux", "x86_64"): False,
        ("linux", "aarch64"): False,  # its long double has 113 bits
    }
    for (system, machine), truth in needed.items():
        assert marker.evaluate({"sys_platform": system, "platform_machine": machine}) == truth
    assert marker.evaluate() or reference.LONG_DOUBLE_IS_WIDER


def test_samples_may_have_multiplicities() -> None:
    sizes = (4, 3, 2)
    theta = Network.centred(sizes, seed=3).theta
    X, Y = data(sizes, 3)
    counts = np.array([3, 0, 2])
    repeated = np.repeat(np.arange(3), counts)
    for one, other in zip(
        reference.gradient(sizes, theta, X, Y, counts=counts),
        reference.gradient(sizes, theta, X[repeated], Y[repeated]),
        strict=True,
    ):
        np.testing.assert_allclose(one.astype(float), other.astype(float), rtol=0, atol=1e-17)
    for one, other in zip(
        reference.train(sizes, theta, X, Y, 3, 0.25, counts=counts),
        reference.train(sizes, theta, X[repeated], Y[repeated], 3, 0.25),
        strict=True,
    ):
        np.testing.assert_allclose(one.astype(float), other.astype(float), rtol=1e-16, atol=0)


@pytest.mark.parametrize("sizes", ARTICLE + ODD, ids=str)
@pytest.mark.parametrize("make", [Network.random, Network.centred])
def test_error_bounds_hold_and_are_not_empty(sizes: tuple[int, ...], make: Any) -> None:
    """A plain float64 computation stays within the bounds, and the bounds are small."""
    network = make(sizes, seed=5)
    X, Y = data(sizes)
    limits = conditioning.bounds(sizes, network.theta, X, Y, np.dtype("float64"))
    true = reference.gradient(sizes, network.theta, X, Y)
    h = [X]
    for W, b in zip(network.W, network.b, strict=True):
        h.append(1 / (1 + np.exp(-(h[-1] @ W.T + b))))
    out_error = np.abs(h[-1] - reference.forward(sizes, network.theta, X)).astype(float)
    assert (out_error <= limits.outputs).all()
    assert limits.outputs.max() < 1e-11
    theta = np.empty_like(network.theta)
    out_W, out_b = views(theta, sizes)
    delta = (h[-1] - Y) * h[-1] * (1 - h[-1]) / len(X)
    for l in range(len(network.W) - 1, -1, -1):
        out_W[l][:], out_b[l][:] = delta.T @ h[l], delta.sum(axis=0)
        delta = (delta @ network.W[l]) * h[l] * (1 - h[l])
    assert (np.abs(theta - true.theta) <= limits.theta).all()
    assert limits.theta.max() < 1e-11
    assert limits.cost < 1e-11
