"""`kernels.plan` and what it accepts; peers that are missing; BLAS threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import kernels
from kernels import blas, reference
from kernels.checks import Array
from kernels.interface import Plan

NETWORK = kernels.Network.random((3, 3, 1), seed=0)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((NETWORK, "nope"), ValueError, "looped, vectorized"),
        ((NETWORK, 3), TypeError, "string"),
        ((NETWORK, int), TypeError, "string"),
        ((NETWORK, "looped", "float16"), ValueError, "float64, float32"),
        ((NETWORK, "looped", "no dtype"), TypeError, "dtype"),
        ((NETWORK, "looped", ">f8"), ValueError, "float64, float32"),
        ((NETWORK, "looped", "float64", 2), kernels.NotOfferedError, "threads=2 is not offered"),
        ((NETWORK, "looped", "float64", 1.5), TypeError, "threads must be an integer"),
        (((3, 3, 1), "looped"), TypeError, "kernels.Network"),
    ],
)
def test_wrong_arguments_are_explained(
    arguments: tuple[Any, ...], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        kernels.plan(*arguments)


def test_a_kernel_may_be_given_as_a_class() -> None:
    assert kernels.plan(NETWORK, kernels.find("looped")).name == "looped"


def test_the_least_a_kernel_must_supply() -> None:
    """Forward and gradient of one sample; batches and training come from the defaults."""

    class Least(Plan):
        name = "least"

        def sample_forward(self, parameters: Any, x: Any, out: Any) -> None:
            out[:] = x.sum()

        def sample_gradient(self, parameters: Any, x: Any, y: Any, total: Any) -> Any:
            total += 1
            return 2.0, 3.0

    plan = kernels.plan(NETWORK, Least)
    X, Y = np.ones((4, 3)), np.ones((4, 1))
    assert plan.forward_batch(X).tolist() == [[3.0]] * 4
    assert plan.gradient(X, Y).cost == 2
    result = plan.train(X, Y, 2, 0.5)
    assert result.error.tolist() == [3.0, 3.0]
    assert np.allclose(result.network.theta, NETWORK.theta - 1)


def test_a_missing_package_is_reported_as_not_installed() -> None:
    class Missing(kernels.find("scikit-learn")):  # type: ignore[misc]
        name = "missing"
        requires = ("no_such_package_anywhere",)

    assert "not installed" in str(Missing.missing())
    with pytest.raises(kernels.NotInstalledError, match="no_such_package_anywhere is not inst"):
        kernels.plan(NETWORK, Missing)


def test_a_broken_package_is_not_taken_for_a_missing_one(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_package.py").write_text("import no_such_dependency_anywhere")
    monkeypatch.syspath_prepend(tmp_path)

    class Broken(kernels.find("scikit-learn")):  # type: ignore[misc]
        name = "broken"
        requires = ("broken_package",)

    with pytest.raises(ModuleNotFoundError, match="no_such_dependency_anywhere"):
        kernels.plan(NETWORK, Broken)


@pytest.mark.skipif(not blas.libraries(), reason="NumPy's BLAS cannot be controlled")
@pytest.mark.parametrize(("outside", "inside"), [(2, 1), (1, 2), (1, 1)])
def test_threads_reach_blas_and_are_given_back(outside: int, inside: int) -> None:
    seen = []

    class Spy(kernels.find("batched")):  # type: ignore[misc]
        name = "spy"

        def batch_forward(self, parameters: Any, X: Any, out: Any) -> None:
            seen.append({library.num_threads for library in blas.libraries()})
            super().batch_forward(parameters, X, out)

    with threadpool_limits(outside, user_api="blas"):
        plan = kernels.plan(NETWORK, Spy, threads=inside)
        plan.forward([1.0, 2.0, 3.0])
        with pytest.raises(ValueError, match="shape"):
            plan.forward([1.0])
        assert {library.num_threads for library in blas.libraries()} == {outside}
    assert seen == [{inside}]


@pytest.mark.parametrize("sizes", [(4, 3, 2), (3, 3, 1)])
def test_scikit_learn_descends_on_the_log_loss(sizes: tuple[int, ...]) -> None:
    """One step from the plan's own parameters, against central differences of that loss."""
    network = kernels.Network.centred(sizes, seed=1)
    generator = np.random.default_rng(2)
    X = generator.normal(size=(7, sizes[0]))
    Y = (generator.random((7, sizes[-1])) > 0.5).astype(float)

    def log_loss(theta: Array) -> float:
        H = reference.forward(sizes, theta, X)
        return float(-(Y * np.log(H) + (1 - Y) * np.log1p(-H)).sum() / len(X))

    steps = 1e-5 * np.eye(len(network.theta))
    theta = network.theta
    slopes = [(log_loss(theta + one) - log_loss(theta - one)) / 2e-5 for one in steps]
    plan = kernels.plan(network, "scikit-learn")
    found = plan.train_other_loss(X, Y, 1, 0.25)
    np.testing.assert_allclose(found.theta, theta - 0.25 * np.array(slopes), atol=1e-9)
    assert not np.array_equal(plan.train_other_loss(X, Y, 2, 0.25).theta, found.theta)


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_a_plan_may_be_for_some_operations_only(rung: str) -> None:
    network = kernels.Network.random((3, 4, 2), seed=0)
    plan = kernels.plan(network, rung, operations=["forward"])
    assert plan.operations == ("forward",)
    assert plan.forward([1, 2, 3]).shape == (2,)
    with pytest.raises(kernels.NotOfferedError, match="gradient is not offered"):
        plan.gradient([1, 2, 3], [0, 1])
    assert kernels.plan(network, rung, operations="train").train([1, 2, 3], [0, 1], 2).cost.size
    with pytest.raises(ValueError, match="'backward'"):
        kernels.plan(network, rung, operations=["backward"])


def test_a_plan_for_what_its_kernel_lacks_is_refused() -> None:
    class Forward(kernels.find("batched")):  # type: ignore[misc]
        operations = ("forward",)

    network = kernels.Network.random((3, 4, 2), seed=0)
    with pytest.raises(kernels.NotOfferedError, match="train is not offered"):
        kernels.plan(network, Forward, operations=["forward", "train"])
