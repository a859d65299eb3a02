"""Random orders by compiled code: the same as NumPy's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Adam, Network
from kernels.codegen import permuting
from kernels.support import batches

PLAN = kernels.plan(Network.random((3, 2, 1), seed=0), "specialized")


def permute() -> Callable[..., Any]:
    code = PLAN._code_of_passes(Adam())  # type: ignore[attr-defined]
    found: Callable[..., Any] = code[1]
    return found


@pytest.mark.parametrize("m", [1, 2, 3, 64, 150, 1078, 70_000])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_orders_and_generators_are_those_of_numpy(m: int, count: int) -> None:
    for seed in range(20 if m < 1000 else 2):
        one, other = np.random.default_rng(seed), np.random.default_rng(seed)
        for _ in range(2):
            found = permuting.permutations(permute(), one, count, m)
            expected = [other.permutation(m) for _ in range(count)]
            assert found.dtype == np.int64
            assert found.shape == (count, m)
            np.testing.assert_array_equal(found, np.reshape(expected, (count, m)))
        assert one.random() == other.random()


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_generators_of_every_kind_are_drawn_from(kind: str) -> None:
    one, other = (np.random.Generator(getattr(np.random, kind)(5)) for _ in range(2))
    for m in (7, 100):
        found = permuting.permutations(permute(), one, 3, m)
        np.testing.assert_array_equal(found, [other.permutation(m) for _ in range(3)])
    assert one.integers(1 << 60) == other.integers(1 << 60)


def test_this_numpy_draws_as_compiled_code_does() -> None:
    assert permuting.agrees(permute())


def test_another_algorithm_of_numpy_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def backwards(generator: np.random.Generator, count: int, m: int) -> Any:
        return right(generator, count, m)[:, ::-1]

    right = batches.permutations
    monkeypatch.setattr(batches, "permutations", backwards)
    monkeypatch.setattr(permuting, "KNOWN", {})
    found = permuting.permutations(permute(), np.random.default_rng(3), 2, 9)
    assert not permuting.agrees(permute())
    np.testing.assert_array_equal(found, backwards(np.random.default_rng(3), 2, 9))


@pytest.mark.parametrize("kernel", ["specialized", "jitted", "batched"])
def test_a_seed_and_its_generator_give_the_same_training(kernel: str) -> None:
    generator = np.random.default_rng(1)
    X, Y = generator.random((37, 3)), generator.random((37, 1))
    plan = kernels.plan(Network.random((3, 2, 1), seed=0), kernel)
    options: dict[str, Any] = {"batch_size": 5, "optimizer": Adam(0.1)}
    by_seed = plan.train(X, Y, 9, shuffle=4, **options)
    by_generator = plan.train(X, Y, 9, shuffle=np.random.default_rng(4), **options)
    one_by_one = np.random.default_rng(4)
    orders = np.array([one_by_one.permutation(37) for _ in range(9)])
    by_orders = plan.train(X, Y, 9, shuffle=orders, **options)
    for other in (by_generator, by_orders):
        assert by_seed.network.theta.tobytes() == other.network.theta.tobytes()
