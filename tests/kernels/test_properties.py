"""Random networks, samples and memory layouts on every rung, compared with the reference.

Sizes are random, except for the specialized rung, which compiles each network for a second: its
sizes are drawn from the contract's list. `make test-long` draws more examples.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kernels
from kernels import contract
from kernels.proof import bounds as conditioning
from kernels.proof import reference
from kernels.support.checks import DTYPES
from tests.kernels.examples import RELAXED

RUNGS = pytest.mark.parametrize("rung", kernels.LADDER)
SIZES = st.lists(st.integers(1, 12), min_size=2, max_size=6).map(tuple)
ODD_SIZES = st.sampled_from(contract.ODD)


@st.composite
def problems(draw: Any, rung: str) -> tuple[kernels.Network, Any, Any]:
    """Draw a network whose weights are tiny, usual or huge, with samples and targets."""
    sizes = draw(ODD_SIZES if rung == "specialized" else SIZES)
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    network = kernels.Network.centred(sizes, seed=int(generator.integers(2**32)))
    network.theta[:] *= draw(st.sampled_from([1e-3, 1.0, 1.0, 10.0, 1e4]))
    m = draw(st.integers(1, 12))
    X = generator.standard_normal((m, sizes[0])) * draw(st.sampled_from([0.0, 1.0, 100.0]))
    return network, X, generator.random((m, sizes[-1]))


def layout(array: Any, kind: str) -> Any:
    """Return an array with the same numbers in another memory layout."""
    if kind == "Fortran":
        return np.asfortranarray(array)
    if kind == "strided":
        return np.repeat(array, 2, axis=0)[::2]
    if kind == "reversed":
        return array[::-1].copy()[::-1]
    if kind == "big-endian":
        return array.astype(array.dtype.newbyteorder(">"))
    return array


LAYOUTS = st.sampled_from(["plain", "Fortran", "strided", "reversed", "big-endian"])


@RUNGS
@pytest.mark.parametrize("dtype", DTYPES)
@RELAXED
@given(data=st.data(), kind=LAYOUTS)
def test_forward(rung: str, dtype: str, data: st.DataObject, kind: str) -> None:
    network, X, _ = data.draw(problems(rung))
    plan = kernels.plan(network, rung, dtype)
    X = X.astype(dtype)
    theta = network.theta.astype(dtype)
    true = reference.forward(network.sizes, theta, X)
    bound = conditioning.bounds(network.sizes, theta, X, None, plan.dtype).outputs
    given_X = layout(X, kind)
    assert (np.abs(plan.forward_batch(given_X) - true) <= bound).all()
    assert (np.abs(plan.forward(given_X[0]) - true[0]) <= bound[0]).all()
    out = np.full(true.shape, np.nan, dtype)
    plan.forward_batch(given_X, out)
    assert (np.abs(out - true) <= bound).all()


@RUNGS
@pytest.mark.parametrize("dtype", DTYPES)
@RELAXED
@given(data=st.data(), kind=LAYOUTS)
def test_gradient(rung: str, dtype: str, data: st.DataObject, kind: str) -> None:
    network, X, Y = data.draw(problems(rung))
    plan = kernels.plan(network, rung, dtype)
    X, Y, theta = X.astype(dtype), Y.astype(dtype), network.theta.astype(dtype)
    true = reference.gradient(network.sizes, theta, X, Y)
    limits = conditioning.bounds(network.sizes, theta, X, Y, plan.dtype)
    found = plan.gradient(layout(X, kind), layout(Y, kind))
    assert abs(found.cost - float(true.cost)) <= limits.cost
    assert (np.abs(found.theta - true.theta) <= limits.theta).all()
    parts = [part.ravel() for pair in zip(found.W, found.b, strict=True) for part in pair]
    assert np.array_equal(np.concatenate(parts), found.theta)
    single = plan.gradient(X[0], Y[0])
    assert np.allclose(single.theta, plan.gradient(X[:1], Y[:1]).theta, rtol=1e-6, atol=0)


@pytest.mark.parametrize("rung", kernels.LADDER[1:])
@RELAXED
@given(data=st.data(), iterations=st.integers(0, 8), alpha=st.floats(0, 1))
def test_rungs_train_alike(rung: str, data: st.DataObject, iterations: int, alpha: float) -> None:
    """Few steps on small inputs: gradient descent amplifies rounding errors."""
    network, X, Y = data.draw(problems(rung))
    X = X / max(1.0, np.abs(X).max())
    if np.abs(network.theta).max() > 100:
        network.theta[:] /= 1e4
    one = kernels.plan(network, "looped").train(X, Y, iterations, alpha)
    other = kernels.plan(network, rung).train(X, Y, iterations, alpha)
    scale = 1 + np.abs(one.network.theta).max()
    assert np.allclose(one.network.theta, other.network.theta, rtol=0, atol=1e-10 * scale)
    assert np.allclose(one.cost, other.cost, rtol=1e-9, atol=1e-12)
    assert np.allclose(one.error, other.error, rtol=1e-9, atol=1e-12)


class Large(NamedTuple):
    """A network larger than a core's own caches, samples that fill no vector, and right results."""

    network: kernels.Network
    X: Any
    Y: Any
    outputs: Any
    gradient: reference.Backward
    bounds: conditioning.Bounds


@functools.cache
def large(dtype: str) -> Large:
    """Return the network and its results in extended precision, computed once for all kernels."""
    network = kernels.Network.centred((784, 512, 512, 10), seed=1)
    generator = np.random.default_rng(0)
    X, Y = (generator.random((33, width)).astype(dtype) for width in (784, 10))
    theta = network.theta.astype(dtype)
    outputs = reference.forward(network.sizes, theta, X)
    gradient = reference.gradient(network.sizes, theta, X, Y)
    bounds = conditioning.bounds(network.sizes, theta, X, Y, np.dtype(dtype))
    return Large(network, X, Y, outputs, gradient, bounds)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rung", kernels.LADDER[1:])
def test_a_large_network(rung: str, dtype: str) -> None:
    network, X, Y, outputs, true, bounds = large(dtype)
    plan = kernels.plan(network, rung, dtype)
    assert (np.abs(plan.forward_batch(X) - outputs) <= bounds.outputs).all()
    assert (np.abs(plan.forward(X[0]) - outputs[0]) <= bounds.outputs[0]).all()
    found = plan.gradient(X, Y)
    assert abs(found.cost - float(true.cost)) <= bounds.cost
    assert (np.abs(found.theta - true.theta) <= bounds.theta).all()
    trained = plan.train(X, Y, 1, 0.25)
    assert trained.cost[0] == pytest.approx(found.cost, rel=1e-6)
    step = network.theta.astype(dtype) - 0.25 * found.theta
    rounding = 4 * np.finfo(dtype).eps * np.abs(step)
    assert (np.abs(trained.network.theta - step) <= rounding + bounds.theta).all()
