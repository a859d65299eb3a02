"""Names of networks: each means one network for ever, and each network has one name."""

from __future__ import annotations

import pytest

from benchmarks.measure import workloads
from benchmarks.measure.question import Question
from benchmarks.measure.sizes import parse_network, parse_sizes
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.losses import LOSSES

RELU = ("relu", "relu", "softmax")


@pytest.mark.parametrize(
    ("text", "sizes", "activations", "loss"),
    [
        ("3-3-1", (3, 3, 1), None, None),
        ("3-3-1-log", (3, 3, 1), None, "log"),
        ("24-64-64-4-relu-softmax", (24, 64, 64, 4), RELU, None),
        ("24-64-64-4-relu-softmax-log", (24, 64, 64, 4), RELU, "log"),
        ("24-8-2-tanh-identity", (24, 8, 2), ("tanh", "identity"), None),
        ("4-3-2-1-relu-tanh-identity", (4, 3, 2, 1), ("relu", "tanh", "identity"), None),
        ("4-3-2-2-relu-tanh-softmax-log", (4, 3, 2, 2), ("relu", "tanh", "softmax"), "log"),
        ("3-1-identity", (3, 1), ("identity",), None),
        ("3-1-softmax-log", (3, 1), ("softmax",), "log"),
    ],
)
def test_a_name_always_means_the_same_network(
    text: str, sizes: tuple[int, ...], activations: tuple[str, ...] | None, loss: str | None
) -> None:
    """This list may grow, but no line of it may change: rows of many years bear these names."""
    assert parse_network(text) == (sizes, activations, loss)
    assert workloads.name_of(sizes, activations, loss) == text
    asked = Question(sizes, "gradient", 4, activations, loss or "")
    assert asked.name == text
    assert asked.loss == (loss or "squared")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("24-64-64-4-relu-relu-softmax", "24-64-64-4-relu-softmax"),
        ("24-64-64-4-relu-softmax-squared", "24-64-64-4-relu-softmax"),
        ("3-3-1-logistic-logistic", "3-3-1"),
        ("3-3-1-logistic-logistic-log", "3-3-1-log"),
        ("3-3-1-squared", "3-3-1"),
    ],
)
def test_a_network_has_one_name_whoever_writes_out_what_follows(text: str, name: str) -> None:
    assert parse_network(text) == parse_network(name)
    assert workloads.name_of(*parse_network(text)) == name


def test_names_can_be_told_apart() -> None:
    """No activation has the name of a loss, and none has a hyphen or begins with a digit."""
    assert not set(ACTIVATIONS) & set(LOSSES)
    for name in (*ACTIVATIONS, *LOSSES):
        assert name.isidentifier()
        assert name == name.lower()


@pytest.mark.parametrize(
    "text", ["", "3", "3-x", "3-3-1-relu", "3-1-relu-logistic", "3-3-1-softmax-softmax", "relu-3-1",
             "3-3-1-relu-softmax-4", "3-3-1-nope-softmax", "3--1", "3-3-1-log-log", "3-log",
             "3-3-1-log-relu-softmax", "3-3-1-tanh-identity-log", "3-3-1-re_lu-softmax",
             "3_0-3-1", "+3-3-1", "\uff13-3-1", "3-3x-1"],
)  # fmt: skip
def test_a_network_that_cannot_be_read_is_explained(text: str) -> None:
    with pytest.raises(ValueError, match="networks are written like 3-3-1 or 24-64-4-relu"):
        parse_network(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("24-x", "'x' is neither .* nor an activation; .* logistic, .* loss .* squared, "),
        ("24-4-re_lu", "'re_lu' is neither .*: is relu meant"),
        ("24-4-softmax-cross_entropy", "'cross_entropy' is neither .*: that is called log here"),
        ("24-4-3-log-relu", "; log is a loss, which comes last; activations are"),
        ("24-4-identity-log", "log-loss needs .*softmax"),
        ("24-4-sigmoid", "'sigmoid' is neither .*: that is called logistic here"),
        ("24-relu", r"sizes must name two layers or more, got \(24,\)"),
        ("24-4x", "'4x' is no number of nodes"),
    ],
)
def test_what_cannot_be_read_of_a_network_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_network(text)


@pytest.mark.parametrize(
    "text", ["3-0-1", "3-x", "", "3", "3--1", "-3-1", "3.5-1",
             "3_0-3-1", "+3-3-1", " 3-1", "\uff13-3-1", "\u00b3-3-1"],
)  # fmt: skip
def test_wrong_sizes_are_explained(text: str) -> None:
    with pytest.raises(ValueError, match="sizes are written like 3-3-1"):
        parse_sizes(text)
