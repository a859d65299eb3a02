"""Networks: how they are made, checked and copied."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from kernels import Network
from kernels.network import parameter_count, parts

SIZES = (4, 3, 2)


def test_parameters_are_views_of_one_vector() -> None:
    network = Network.random(SIZES, seed=1)
    assert network.theta.shape == (parameter_count(SIZES),) == (4 * 3 + 3 + 3 * 2 + 2,)
    assert [w.shape for w in network.W] == [(3, 4), (2, 3)]
    assert [b.shape for b in network.b] == [(3,), (2,)]
    found = parts(network.theta, SIZES)
    assert [part.shape for part in found] == [(3, 4), (3,), (2, 3), (2,)]
    assert all(np.shares_memory(part, network.theta) for part in found)
    assert np.array_equal(np.concatenate([part.ravel() for part in found]), network.theta)
    network.W[1][0, 2] = 42
    assert 42 in network.theta


def test_random_is_seeded_and_uniform() -> None:
    one, same, other = (Network.random((50, 50), seed) for seed in (1, 1, 2))
    assert one == same != other
    assert 0 <= one.theta.min() < 0.01
    assert 0.99 < one.theta.max() < 1


def test_centred_keeps_sigmoids_from_saturating() -> None:
    network = Network.centred((400, 100), seed=1)
    assert abs(network.W[0].mean()) < 0.01
    assert network.W[0].std() == pytest.approx(1 / 20, rel=0.05)


def test_arrays_are_copied() -> None:
    weight = np.ones((2, 3))
    network = Network([weight], [[0, 0]])
    weight[:] = 5
    assert network.W[0].max() == 1


@pytest.mark.parametrize(
    ("weights", "biases", "kind", "message"),
    [
        ([], [], ValueError, "one weight matrix"),
        ([[[1.0]]], [], ValueError, "got 1 and 0"),
        ([[[1.0]]], [[1.0, 2.0]], ValueError, r"biases\[0\] must have shape \(1,\)"),
        ([[[1.0]], [[1.0, 1.0]]], [[1], [1]], ValueError, r"weights\[1\] must have shape"),
        ([[1.0]], [[1.0]], ValueError, r"weights\[0\]"),
        ([[[np.nan]]], [[1.0]], ValueError, "finite"),
        ([[["a"]]], [[1.0]], TypeError, "real numbers"),
        ([[[1j]]], [[1.0]], TypeError, "real numbers"),
        ([np.empty((0, 3))], [[]], ValueError, "layer size"),
    ],
)
def test_wrong_arrays_are_explained(
    weights: Any, biases: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        Network(weights, biases)


@pytest.mark.parametrize(
    ("sizes", "kind"),
    [
        ((3,), ValueError),
        ((3, 0, 1), ValueError),
        ((3, -1), ValueError),
        ("3-3", TypeError),
        ((3, 1.5), TypeError),
        ((3, True), TypeError),
        (3, TypeError),
    ],
)
def test_wrong_sizes_are_explained(sizes: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        Network.random(sizes, seed=0)


SHIFT = [300.0, 1e5, -2.0, 0.0]


def test_the_shift_is_part_of_a_network() -> None:
    given = np.array(SHIFT)
    network = Network.random(SIZES, 1, shift=given)
    given[:] = 7
    assert network.shift is not None
    assert network.shift.tolist() == SHIFT
    assert network.shift.dtype == np.float64
    assert network != Network.random(SIZES, 1)
    assert network != Network.random(SIZES, 1, shift=[*SHIFT[:3], 1.0])
    others = [
        Network(network.W, network.b, shift=SHIFT),
        Network.from_theta(SIZES, network.theta, shift=SHIFT),
        pickle.loads(pickle.dumps(network)),
        copy.copy(network),
        copy.deepcopy(network),
        network.copy(),
    ]
    for other in others:
        assert other == network
        assert other.shift is not None
        with pytest.raises(ValueError, match="read-only"):
            other.shift[0] = 1
        with pytest.raises(ValueError, match="WRITEABLE"):
            other.shift.flags.writeable = True
    assert repr(network) == "<Network 4-3-2, shifted, 23 parameters>"
    for zeros in ([0, 0, 0, 0], None):
        assert Network.random(SIZES, 1, shift=zeros).shift is None


@pytest.mark.parametrize(
    ("shift", "kind", "message"),
    [
        ([1.0, 2.0, 3.0], ValueError, r"shift must have shape \(4,\), got \(3,\)"),
        (1.0, ValueError, r"shift must have shape \(4,\), got \(\)"),
        ([[1.0] * 4], ValueError, "shift must have shape"),
        ([1.0, 2.0, 3.0, np.nan], ValueError, "shift must be finite"),
        ([1.0, 2.0, 3.0, -np.inf], ValueError, "shift must be finite"),
        ([1j] * 4, TypeError, "shift must hold real numbers"),
        (["1"] * 4, TypeError, "shift must hold real numbers"),
        (np.ma.masked_array([1.0] * 4, mask=True), TypeError, "shift must be a plain array"),
    ],
)
def test_wrong_shifts_are_explained(shift: Any, kind: type[Exception], message: str) -> None:
    theta = Network.random(SIZES, seed=1).theta
    makes: list[Callable[[], Network]] = [
        lambda: Network.random(SIZES, shift=shift),
        lambda: Network.centred(SIZES, shift=shift),
        lambda: Network.from_theta(SIZES, theta, shift=shift),
        lambda: Network([np.ones((2, 4))], [[0, 0]], shift=shift),
    ]
    for make in makes:
        with pytest.raises(kind, match=message):
            make()


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda n: n.copy()])
def test_copies_are_independent(duplicate: Any) -> None:
    network = Network.random(SIZES, seed=1)
    other = duplicate(network)
    assert other == network
    other.W[0][0, 0] = -1
    assert other.theta[0] == -1
    if duplicate is not copy.copy:
        assert other != network


def test_pickling_keeps_the_views() -> None:
    network = pickle.loads(pickle.dumps(Network.random(SIZES, seed=1)))
    network.theta[:] = 7
    assert network.W[0].min() == 7
    assert repr(network) == "<Network 4-3-2, 23 parameters>"
