"""The chain that readers of all libraries fill: folding, order, refusals."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import kernels
from kernels.exchange.chain import Chain, Step, normalization, quotient
from tests.kernels.exchange.networks import exactly, network, outputs

RNG = np.random.default_rng(11)
W, V = RNG.normal(size=(5, 4)), RNG.normal(size=(3, 5))
b, c = RNG.normal(size=5), RNG.normal(size=3)


def steps(n: int) -> list[Step]:
    """A normalization and other steps of n nodes."""
    mean, variance, factor, offset = RNG.normal(size=(4, n))
    return [
        normalization("n", mean, variance**2, 1e-3, factor, offset),
        Step("m", factor=-2.0),
        quotient("q", 1 + offset**2),
        Step("a", offset=mean),
    ]


def applied(several: list[Step], x: Any) -> Any:
    """What steps make of x, in NumPy."""
    for step in several:
        x = (x - step.mean) * step.factor + step.offset
    return x


def test_steps_are_folded_wherever_they_stand() -> None:
    before, between, after = steps(4), steps(5), steps(5)
    chain = Chain("it")
    for step in before:
        chain.affine(step)
    chain.linear(W, None, "first")
    for step in between:
        chain.affine(step)
    chain.activation("tanh", "f")
    for step in after:
        chain.affine(step)
    chain.linear(V, c, "second")
    X = RNG.normal(size=(20, 4))
    h = np.tanh(applied(between, applied(before, X) @ W.T))
    expected = applied(after, h) @ V.T + c
    np.testing.assert_allclose(outputs(chain.network(), X), expected, rtol=1e-11, atol=1e-11)


def test_a_large_mean_becomes_the_shift() -> None:
    mean = np.array([1e9, 0.0, 5.0, -3e7])
    chain = Chain("it")
    chain.affine(normalization("n", mean, np.full(4, 0.25), 0.0, 1.0, 0.0))
    chain.linear(W, b, "first")
    found = chain.network()
    assert found.shift is not None
    np.testing.assert_array_equal(found.shift, mean)
    X = mean + RNG.normal(size=(9, 4))
    expected = ((X - mean) / 0.5) @ W.T + b
    np.testing.assert_allclose(outputs(found, X), expected, rtol=1e-13, atol=1e-13)


def test_a_small_mean_of_known_deviation_is_folded_into_the_bias() -> None:
    chain = Chain("it")
    chain.affine(normalization("n", np.full(4, 2.0), 1.0, 0.0, 1.0, 0.0))
    chain.linear(W, b, "first")
    assert chain.network().shift is None


def test_parameters_without_steps_stay_as_they_are() -> None:
    chain = Chain("it")
    chain.linear(W, b, "first")
    chain.linear(V, c, "second")
    assert chain.network() == kernels.Network((W, V), (b, c), ("identity", "identity"))


@pytest.mark.parametrize("factor", [0.0, [0.0, 1.0, 0.0, 2.0]])
def test_a_factor_of_zero_leaves_no_infinity(factor: Any) -> None:
    chain = Chain("it")
    chain.affine(Step("m", factor=factor, offset=1.5))
    chain.affine(Step("s", mean=0.25))
    chain.linear(W, b, "first")
    X = RNG.normal(size=(3, 4))
    expected = (X * factor + 1.25) @ W.T + b
    np.testing.assert_allclose(outputs(chain.network(), X), expected, rtol=1e-13, atol=1e-13)


LINEAR = "linear", W, b, "layer 0"
RELU = "activation", "relu", "f"
STEP = "affine", Step("n", mean=1.0)


@pytest.mark.parametrize(
    ("calls", "message"),
    [
        ((), "it has no linear layer"),
        ((LINEAR, ("linear", W, b, "it")), "it takes 4 inputs, but the layer before has 5"),
        ((RELU,), "f: expected a linear layer before the first activation"),
        ((LINEAR, RELU, ("activation", "tanh", "g")), "g: an activation can follow a linear layer"),
        ((STEP, LINEAR, RELU, STEP, RELU), "f: an activation can follow a linear layer only"),
        ((LINEAR, RELU, STEP), "n follows the last activation"),
        (
            (LINEAR, ("activation", "softmax", "f"), ("linear", V, c, "layer 2")),
            "f: softmax is for the output layer, but layer 2 follows",
        ),
        ((LINEAR, ("activation", "silu", "f")), "f: silu is for hidden layers"),
        (
            (("affine", Step("n", mean=np.ones(3))), LINEAR),
            "n: expected a number for each of 4 nodes, got shape (3,)",
        ),
        ((LINEAR, ("affine", quotient("n", 0.0))), "n: its parameters must be finite"),
        ((("linear", np.full((2, 2), np.nan), None, "l"),), "NaN or infinity in 4 of 4"),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(calls: Any, message: str) -> None:
    def read() -> None:
        chain = Chain("it")
        for method, *arguments in calls:
            getattr(chain, method)(*arguments)
        chain.network()

    with pytest.raises(ValueError, match=exactly(message)):
        read()


@pytest.mark.parametrize(
    ("method", "package", "argument"),
    [("to_torch", "torch", None), ("to_onnx", "onnx", "n.onnx"), ("from_onnx", "onnx", b"")],
)
def test_a_missing_package_is_named(
    method: str, package: str, argument: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    arguments = () if argument is None else (argument,)
    message = f"Network.{method} needs {package}, which is not installed"
    with pytest.raises(kernels.NotInstalledError, match=exactly(message)):
        getattr(network(("relu", "softmax")), method)(*arguments)


@pytest.mark.parametrize("method", ["from_torch", "from_keras"])
@pytest.mark.parametrize("other", [3, None, "model.pt", dict, np.ones(3)])
def test_objects_of_no_library_are_refused(method: str, other: Any) -> None:
    with pytest.raises(TypeError, match=r"expected a .*, got "):
        getattr(kernels.Network, method)(other)


def test_conversions_are_imported_when_they_are_used() -> None:
    code = "import sys, kernels; print(*(name for name in sys.modules if 'exchange' in name))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["kernels.exchange", "kernels.exchange.methods"]
