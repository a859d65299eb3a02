"""`kernels.plan`: arguments it accepts and refuses, operations, missing packages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kernels
from kernels.interface import Plan

NETWORK = kernels.Network.random((3, 3, 1), seed=0)


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((NETWORK, "nope"), ValueError, "looped, vectorized"),
        ((NETWORK, 3), TypeError, "string"),
        ((NETWORK, int), TypeError, "string"),
        ((NETWORK, "vectorised"), ValueError, "is vectorized meant"),
        ((NETWORK, "looped", "float16"), ValueError, "float64, float32, got float16"),
        ((NETWORK, "looped", "no dtype"), TypeError, "dtype"),
        ((NETWORK, "looped", ">f8"), ValueError, "got float64 in the other byte order"),
        (
            (NETWORK, "looped", "float64", 2),
            kernels.NotOfferedError,
            "threads=2 is not offered by kernel looped, but by vectorized, batched",
        ),
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
    """Forward and gradient of one sample suffice; the defaults add batches and training."""

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


def test_a_kernel_may_offer_a_network_in_one_dtype_alone() -> None:
    class Single(kernels.find("batched")):  # type: ignore[misc]
        name = "single"

        @classmethod
        def offers(cls, what: Any, dtype: str) -> bool:
            right = dtype == "float32" or "elu" not in what.activations
            return right and super().offers(what, dtype)

    network = kernels.Network.centred((3, 4, 1), 0, ("elu", "identity"))
    assert kernels.plan(network, Single, "float32").forward([1, 2, 3]).dtype == "float32"
    assert kernels.plan(NETWORK, Single).dtype == "float64"
    message = (
        r"3-4-1 \(elu, identity\) in float64 is not offered by kernel single, but by .*batched"
    )
    with pytest.raises(kernels.NotOfferedError, match=message):
        kernels.plan(network, Single)


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

    with pytest.raises(kernels.ChangedError, match=r"broken: .*no_such_dependency_anywhere"):
        kernels.plan(NETWORK, Broken)


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_a_plan_may_be_for_some_operations_only(rung: str) -> None:
    network = kernels.Network.random((4, 3, 2), seed=0)
    plan = kernels.plan(network, rung, operations=["forward"])
    assert plan.operations == ("forward",)
    x = [1, 2, 3, 4]
    assert plan.forward(x).shape == (2,)
    with pytest.raises(kernels.NotOfferedError, match="made for forward alone: gradient needs"):
        plan.gradient(x, [0, 1])
    assert kernels.plan(network, rung, operations="train").train(x, [0, 1], 2).cost.size
    with pytest.raises(ValueError, match="'backward'"):
        kernels.plan(network, rung, operations=["backward"])


def test_a_plan_for_what_its_kernel_lacks_is_refused() -> None:
    class Forward(kernels.find("batched")):  # type: ignore[misc]
        operations = ("forward",)

    network = kernels.Network.random((3, 4, 2), seed=0)
    with pytest.raises(kernels.NotOfferedError, match="train is not offered"):
        kernels.plan(network, Forward, operations=["forward", "train"])


def test_a_refused_operation_names_the_kernels_that_offer_it() -> None:
    network = kernels.Network.random((3, 4, 2), seed=0, activations=("relu", "softmax"))
    with pytest.raises(
        kernels.NotOfferedError, match=r"relu, softmax.*, but by looped, vectorized"
    ):
        kernels.plan(network, "scikit-learn")
    for operation in ("gradient", "train"):
        with pytest.raises(kernels.NotOfferedError, match=", but by looped, vectorized, batched"):
            kernels.plan(NETWORK, "scikit-learn", operations=[operation])
        with pytest.raises(kernels.NotOfferedError, match=", but by looped, vectorized, batched"):
            getattr(kernels.plan(NETWORK, "scikit-learn"), operation)([1, 2, 3], [0])

    class Single(kernels.find("looped")):  # type: ignore[misc]
        name = "single"
        dtypes = ("float32",)

    with pytest.raises(
        kernels.NotOfferedError, match=r"dtype float64.*kernel single, but by looped"
    ):
        kernels.plan(NETWORK, Single)


@pytest.mark.parametrize(
    ("activations", "message"),
    [
        (("sigmoid", "logistic"), "got 'sigmoid': that is called logistic here"),
        (("relu", "linear"), "got 'linear': that is called identity here"),
        (("ReLU", "logistic"), "got 'ReLU': that is called relu here"),
        (("tanhh", "logistic"), "got 'tanhh': is tanh meant?"),
        (("gaussian_bump", "logistic"), r"got 'gaussian_bump'$"),
    ],
)
def test_a_misspelt_activation_gets_a_suggestion(
    activations: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        kernels.Network.random((3, 4, 2), activations=activations)


def test_a_misspelt_loss_gets_a_suggestion() -> None:
    with pytest.raises(ValueError, match="got 'mse': that is called squared here"):
        kernels.plan(NETWORK, "batched", loss="mse")


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_a_refused_shape_names_the_operation_that_takes_it(rung: str) -> None:
    plan = kernels.plan(NETWORK, rung)
    with pytest.raises(ValueError, match=r"\(3,\), got \(5, 3\): forward_batch takes samples"):
        plan.forward(np.ones((5, 3)))
    with pytest.raises(ValueError, match=r"\(m, 3\), got \(3,\): forward takes one sample"):
        plan.forward_batch(np.ones(3))
    with pytest.raises(ValueError, match=r"got \(5, 4\)$"):
        plan.forward(np.ones((5, 4)))


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_a_number_as_the_target_of_one_sample_is_what_is_refused(rung: str) -> None:
    plan = kernels.plan(kernels.Network.random((3, 1), seed=0), rung)
    with pytest.raises(ValueError, match=r"Y must have shape \(1,\), got \(\)$"):
        plan.gradient(np.ones(3), 0.5)


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_targets_of_one_output_may_be_a_vector(rung: str) -> None:
    plan = kernels.plan(NETWORK, rung)
    generator = np.random.default_rng(0)
    X, y = generator.random((6, 3)), generator.random(6)
    for given in (y, y.tolist(), y.astype(np.float32)):
        column = np.asarray(given)[:, np.newaxis]
        want, got = plan.gradient(X, column), plan.gradient(X, given)
        assert got.cost == want.cost
        np.testing.assert_array_equal(got.theta, want.theta)
        trained = plan.train(X, given, 3).network
        np.testing.assert_array_equal(trained.theta, plan.train(X, column, 3).network.theta)
    one_row = plan.gradient(X[:1], y[:1])
    np.testing.assert_array_equal(one_row.theta, plan.gradient(X[0], y[:1]).theta)
    with pytest.raises(ValueError, match="as many samples, got 6 and 5"):
        plan.gradient(X, y[:5])
    with pytest.raises(TypeError, match="masked"):
        plan.gradient(X, np.ma.masked_array(y, y > 0.5))
    two_outputs = kernels.plan(kernels.Network.random((3, 2), seed=0), rung)
    with pytest.raises(ValueError, match="shape"):
        two_outputs.gradient(X, y)


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_masked_arrays_are_refused_with_and_without_out(rung: str) -> None:
    plan = kernels.plan(NETWORK, rung)
    x, out = np.ones(3), np.zeros(1)
    masked, masked_out = np.ma.masked_array(x, [False, True, False]), np.ma.zeros(1)
    for arguments in ((masked,), (masked, out), (x, masked_out), (masked, masked_out)):
        with pytest.raises(TypeError, match=r"plain array|NumPy array"):
            plan.forward(*arguments)
