"""A network's shift: every kernel, dtype and operation subtracts it, once and in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kernels
from kernels import Network, contract
from kernels.proof import bounds as conditioning
from kernels.proof import effort, gate, reference
from kernels.support.checks import DTYPES
from kernels.support.inputs import Inputs
from tests.kernels.examples import RELAXED
from tests.kernels.rungs.odd_arguments import Guarded
from tests.kernels.shifts import CLOSE, KELVIN, NEAR_ONE, SECONDS, samples, shifted
from tests.pairwise import pairwise
from tests.rungs import GENERAL

SCALES = (KELVIN, SECONDS)
ARGUMENT_CHECKS = (
    "results are fresh",
    "eight threads share a plan",
    "says what it does not offer",
    "takes what converts",
    "refuses what does not",
    "out must be exact",
)
"""Checks of the contract that a shift, which adds a pass over the samples, might break."""
KERNELS = [name for name in kernels.names() if kernels.is_installed(name)]


@pytest.mark.parametrize(("name", "dtype", "scale"), pairwise(KERNELS, DTYPES, SCALES))
def test_every_kernel_passes_the_gate(name: str, dtype: str, scale: float) -> None:
    for sizes in ((5, 9, 3), (18, 33, 2), (1, 1)):
        plan = kernels.plan(shifted(sizes, scale), name, dtype)
        X, Y = samples(plan.network, effort.samples(type(plan), sizes, 41))
        for operation in plan.operations:
            gate.check(plan, operation, X, Y)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", KERNELS)
def test_float64_samples_are_shifted_before_they_are_rounded(
    name: str, dtype: str, scale: float
) -> None:
    """In float32, a time in seconds since 1970 is rounded to multiples of 128."""
    plan = kernels.plan(shifted((5, 9, 3), scale), name, dtype)
    X, Y = samples(plan.network, 6)
    theta, shift = plan.network.theta.astype(dtype), plan.network.shift
    Y = Y.astype(dtype)
    for rows, targets in ((X, Y), (X[:1], Y[:1])):
        true = reference.gradient(plan.sizes, theta, rows, targets, shift)
        limits = conditioning.bounds(plan.sizes, theta, rows, targets, plan.dtype, shift)
        outputs = reference.forward(plan.sizes, theta, rows, shift)
        found = [plan.forward_batch(rows), np.array([plan.forward(row) for row in rows])]
        found += [plan.forward_batch(rows.tolist()), plan.forward_batch(np.asfortranarray(rows))]
        out = np.full(outputs.shape, np.nan, dtype)
        found += [plan.forward_batch(rows, out), np.array([plan.forward(list(r)) for r in rows])]
        for outcome in found:
            assert outcome.dtype == dtype
            assert (np.abs(outcome - outputs) <= limits.outputs).all()
        if "gradient" in plan.operations:
            gradient = plan.gradient(rows, targets)
            assert (np.abs(gradient.theta - true.theta) <= limits.theta).all()
            assert abs(gradient.cost - float(true.cost)) <= limits.cost
    if "gradient" in plan.operations:
        one = plan.gradient(X[0], Y[0])
        assert (np.abs(one.theta - true.theta) <= limits.theta).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rung", kernels.LADDER)
@RELAXED
@given(
    exponents=st.lists(st.integers(-3, 12), min_size=5, max_size=5),
    spread=st.sampled_from([0.0, 1.0, 100.0]),
    m=st.integers(1, 9),
    seed=st.integers(0, 2**32 - 1),
)
def test_random_shifts_agree_with_the_reference(
    rung: str, dtype: str, exponents: list[int], spread: float, m: int, seed: int
) -> None:
    """Shifts of any size and sign in the columns of one network."""
    generator = np.random.default_rng(seed)
    shift = generator.standard_normal(5) * 10.0 ** np.array(exponents)
    plan = kernels.plan(Network.centred((5, 9, 3), seed, shift=shift), rung, dtype)
    X = shift + spread * generator.standard_normal((m, 5))
    Y = generator.random((m, 3)).astype(dtype)
    theta = plan.network.theta.astype(dtype)
    for rows, targets in ((X, Y), (X[0], Y[0])):
        pair = np.atleast_2d(rows), np.atleast_2d(targets)
        true = reference.gradient(plan.sizes, theta, *pair, shift)
        limits = conditioning.bounds(plan.sizes, theta, *pair, plan.dtype, shift)
        found = plan.gradient(rows, targets)
        assert (np.abs(found.theta - true.theta) <= limits.theta).all()
        assert abs(found.cost - float(true.cost)) <= limits.cost
    outputs = reference.forward(plan.sizes, theta, X, shift)
    bound = conditioning.bounds(plan.sizes, theta, X, None, plan.dtype, shift).outputs
    assert (np.abs(plan.forward_batch(X) - outputs) <= bound).all()
    assert (np.abs(plan.forward(X[0]) - outputs[0]) <= bound[0]).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", KERNELS)
def test_training_and_update_keep_the_shift(name: str, dtype: str) -> None:
    network = shifted((5, 9, 3), KELVIN)
    plan = kernels.plan(network, name, dtype)
    X, Y = samples(network, 6)
    if "train" in plan.operations:
        trained = plan.train(X, Y, 20, 0.25)
        assert trained.network == network.from_theta(
            network.sizes, trained.network.theta, shift=network.shift
        )
        theta, cost, _ = reference.train(
            plan.sizes, network.theta.astype(dtype), X, Y.astype(dtype), 20, 0.25, network.shift
        )
        tight: Any = {"rtol": 0, "atol": 1e-12 if dtype == "float64" else 1e-5}
        np.testing.assert_allclose(trained.network.theta, theta.astype(float), **tight)
        np.testing.assert_allclose(trained.cost, cost.astype(float), **tight)
    other = Network.centred(network.sizes, seed=8, shift=network.shift)
    plan.update(other.theta)
    assert plan.network == other
    again = kernels.plan(other, name, dtype)
    np.testing.assert_array_equal(plan.forward(X[0]), again.forward(X[0]))
    np.testing.assert_array_equal(plan.forward_batch(X), again.forward_batch(X))


@pytest.mark.parametrize("name", GENERAL)
def test_networks_with_other_activations_subtract_the_shift(name: str) -> None:
    network = shifted((5, 9, 4, 3), SECONDS, ("relu", "tanh", "softmax"))
    for dtype in DTYPES:
        plan = kernels.plan(network, name, dtype, loss="log")
        X, Y = samples(network, 41)
        for operation in plan.operations:
            gate.check(plan, operation, X, Y)


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_nan_and_infinity_flow_through(rung: str) -> None:
    network = Network([[[1.0]], [[1.0]]], [[0.0], [0.0]], shift=[-1e308])
    plan = kernels.plan(network, rung, operations=("forward", "forward_batch"))
    with np.errstate(all="raise"):
        for x, z in ((np.nan, np.nan), (np.inf, 1.0), (-np.inf, 0.0), (1.7e308, 1.0)):
            expected = 1 / (1 + np.exp(-z))
            for y in (plan.forward([x]), plan.forward(np.array([x])), *plan.forward_batch([[x]])):
                np.testing.assert_allclose(y, expected, rtol=1e-15)


def test_a_shift_of_zeros_changes_nothing() -> None:
    network = Network.centred((5, 9, 3), seed=1)
    zeros = Network.centred((5, 9, 3), seed=1, shift=np.zeros(5))
    assert zeros == network
    assert zeros.shift is None


@pytest.mark.parametrize(
    ("check", "rung", "dtype"), pairwise(ARGUMENT_CHECKS, kernels.LADDER, DTYPES)
)
def test_shifted_networks_fulfil_the_contract(check: str, rung: str, dtype: str) -> None:
    class Shifted(kernels.find(rung)):  # type: ignore[misc]
        def __init__(self, network: Any, *arguments: Any) -> None:
            if isinstance(network, Network):
                shift = np.arange(1.0, network.sizes[0] + 1)
                network = Network.from_theta(network.sizes, network.theta, shift=shift)
            super().__init__(network, *arguments)

    contract.CHECKS[check](Shifted, dtype)


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_out_may_not_overlap_what_was_passed(rung: str) -> None:
    """Overlap is refused although shifted samples are copies, which `out` cannot overlap."""
    network = shifted((3, 3), NEAR_ONE)
    for dtype in DTYPES:
        plan = kernels.plan(network, rung, dtype)
        memory = np.zeros(6, dtype)
        for x, out in ((memory[:3], memory[2:5]), (memory[:3], memory[:3])):
            with pytest.raises(ValueError, match="overlap"):
                plan.forward(x, out)
        X = memory.reshape(2, 3)
        with pytest.raises(ValueError, match="overlap"):
            plan.forward_batch(X, X)
        assert plan.forward(memory[:3], memory[3:]) is not None


def predict(self: Any, X: Any) -> Any:
    """A method as an estimator has one."""


@pytest.mark.parametrize("dtype", DTYPES)
def test_single_samples_take_the_compiled_path(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from kernels.rungs.specialized import RowKernel

    network = shifted((5, 9, 3), SECONDS)
    plan = kernels.plan(network, "specialized", dtype)
    of_row = RowKernel(network, dtype, 1, ("outputs",)).entry("outputs", print, predict)
    assert of_row is not None
    X, Y = (array.astype(dtype) for array in samples(plan.network, 3))
    true = plan.forward_batch(X)
    several = plan.gradient(X[:1].tolist(), Y[:1].tolist())

    def never(*_: Any) -> Any:
        raise AssertionError("Python prepared the sample")

    monkeypatch.setattr(Inputs, "converted", never)
    np.testing.assert_allclose(plan.forward(X[0]), true[0], **CLOSE[dtype])
    np.testing.assert_allclose(of_row(X[1:2])[0], true[1], **CLOSE[dtype])
    np.testing.assert_allclose(plan.gradient(X[0], Y[0]).theta, several.theta, **CLOSE[dtype])


@pytest.mark.parametrize(
    ("inputs", "dtype"),
    [(1, "float64"), (3, "float64"), (5, "float64"), (17, "float64"),
     (2, "float32"), (4, "float32"), (8, "float32"), (17, "float32")],
)  # fmt: skip
def test_compiled_code_stays_within_its_arrays(inputs: int, dtype: str) -> None:
    """Arrays lie at the edge of protected pages."""

    class WithOutputs(kernels.find("specialized")):  # type: ignore[misc]
        """All entries in one library."""

        extra_entries = ("outputs",)

    network = shifted((inputs, 3), KELVIN)
    plan: Any = kernels.plan(network, WithOutputs, dtype, operations=["forward", "gradient"])
    of_row = plan.entry("outputs", print, predict)
    assert of_row is not None
    X, Y = (array.astype(dtype) for array in samples(network, 1))
    inside, outside = Guarded(), Guarded()
    for at_end in (False, True):
        x = inside.array((inputs,), dtype, at_end)
        out = outside.array((3,), dtype, at_end)
        x[:] = X[0]
        theta = network.theta.astype(dtype)
        true = reference.forward(network.sizes, theta, X, network.shift)[0].astype(float)
        np.testing.assert_allclose(plan.forward(x, out), true, **CLOSE[dtype])
        np.testing.assert_allclose(of_row(x[np.newaxis])[0], true, **CLOSE[dtype])
        slope = reference.gradient(network.sizes, theta, X, Y, network.shift).theta.astype(float)
        norm = np.linalg.norm(slope)
        found = plan.gradient(x, Y[0]).theta
        np.testing.assert_allclose(found / norm, slope / norm, **CLOSE[dtype])
        assert np.array_equal(x, X[0])


def test_compiled_code_serves_every_shift_of_one_architecture() -> None:
    """The shift is data; the code only depends on whether there is one."""
    networks = [*(shifted((5, 9, 3), scale) for scale in SCALES), Network.centred((5, 9, 3), 1)]
    plans: list[Any] = [kernels.plan(one, "specialized", operations="forward") for one in networks]
    *libraries, plain = [plan._library for plan in plans]
    assert len(set(map(id, libraries))) == 1
    assert plain is not libraries[0]


def test_inspect_shows_where_the_shift_is_stored(capsys: pytest.CaptureFixture[str]) -> None:
    plan: Any = kernels.plan(shifted((5, 9, 3), KELVIN), "specialized", operations=["forward"])
    plan.inspect()
    assert "shift, in float64: 5" in capsys.readouterr().out
