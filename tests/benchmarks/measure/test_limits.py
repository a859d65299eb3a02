"""The least time that the machine's measured rates allow for an operation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.measure import limits
from benchmarks.measure.question import Question
from benchmarks.measure.stepping import Stepping
from tests.benchmarks.made_up import FOUND

TANH = {"tanh_float64_ns": 3.0, "tanh_float32_ns": 2.0}


def test_the_limit_is_the_larger_of_arithmetic_and_reads() -> None:
    asked = Question((100, 100, 50, 10), "forward", 1)
    arithmetic = 2 * 15500 / 50 + 160 * 2
    assert limits.limit_ns(FOUND, asked) == pytest.approx(arithmetic)
    slow = FOUND | {limits.bandwidth_key(kib): 1.0 for kib in limits.WORKING_SETS_KIB}
    reads = 8 * (15660 + 110)
    assert limits.limit_ns(slow, asked) == pytest.approx(reads)
    assert limits.limit_ns(slow, replace(asked, dtype="float32")) == pytest.approx(reads / 2)
    assert limits.limit_ns(FOUND, replace(asked, threads=2)) == pytest.approx(arithmetic / 2)
    assert limits.limit_ns(FOUND, replace(asked, threads=8)) == pytest.approx(arithmetic / 3)
    gradient, train = (Question(asked.sizes, name, 1024) for name in ("gradient", "train"))
    assert limits.limit_ns(FOUND, train) == pytest.approx(limits.limit_ns(FOUND, gradient))


def test_the_limit_is_that_of_the_network_s_own_activations() -> None:
    def added(asked: Question) -> float:
        """Nanoseconds that activations add to the products."""
        free = FOUND | dict.fromkeys(TANH, 0.5) | {"sigmoid_float64_ns": 0.5}
        return limits.limit_ns(FOUND | TANH, asked) - limits.limit_ns(free, asked)

    mixed = Question((24, 64, 32, 4), "forward", 1, ("tanh", "logistic", "identity"))
    assert added(mixed) == pytest.approx(64 * 3 + 32 * 2)
    batch = replace(mixed, operation="forward_batch", rows=7)
    assert added(batch) == pytest.approx(7 * (64 * 3 + 32 * 2))
    assert added(replace(mixed, activations=("identity",) * 3)) == 0


@pytest.mark.parametrize(("ns", "added"), [(0.4, 0.0), (0.5, 0.0), (0.9, 0.0), (1.0, 1.0)])
def test_an_activation_about_as_fast_as_a_copy_is_free(ns: float, added: float) -> None:
    asked = Question((24, 64, 4), "forward", 1, ("relu", "identity"))
    products = 2 * 64 * 28 / 50
    found = FOUND | {"relu_float64_ns": ns}
    assert limits.limit_ns(found, asked) == pytest.approx(products + 64 * added)


def test_the_activations_that_are_needed_are_measured_and_the_copy() -> None:
    asked = [
        Question((3, 3, 1), "forward", 1),
        Question((3, 3, 1), "forward", 1, ("relu", "logistic")),
    ]
    assert limits.needed(asked) == ["logistic", "relu"]
    found = limits.measure(0.001, activations=limits.needed(asked))
    named = {key for key in found if key.endswith("_float32_ns")}
    assert named == {
        f"{one}_float32_ns" for one in ("sigmoid", "relu", "identity", "root", "division")
    }
    for one in asked:
        assert limits.limit_ns(found, one) > 0


@pytest.mark.parametrize("name", limits.RATED)
def test_the_rate_of_every_activation_can_be_measured(name: str) -> None:
    assert 0 < limits.activation_ns(name, "float32", 0.001) < 1e3


def test_the_article_s_activation_keeps_the_name_of_its_stored_rates() -> None:
    assert limits.activation_key("logistic", "float64") == "sigmoid_float64_ns"
    assert limits.activation_key("relu", "float32") == "relu_float32_ns"


def test_a_working_set_between_two_is_read_as_fast_as_the_smaller() -> None:
    found = {
        limits.bandwidth_key(kib): 1000.0 / place
        for place, kib in enumerate(limits.WORKING_SETS_KIB, start=1)
    }
    assert limits.bandwidth(found, 1) == 1000
    assert limits.bandwidth(found, 33 * 1024) == 500
    assert limits.bandwidth(found, 1 << 40) == 1000 / len(limits.WORKING_SETS_KIB)


def test_softmax_is_limited_by_the_rate_of_exp() -> None:
    asked = Question((24, 64, 4), "forward", 1, ("identity", "softmax"))
    assert limits.needed([asked]) == ["exp", "identity"]
    products = 2 * 64 * 28 / 50
    assert limits.limit_ns(FOUND | {"exp_float64_ns": 1.25}, asked) == pytest.approx(
        products + 4 * 1.25
    )


def test_the_limit_of_a_step_counts_its_batch_and_the_optimizer() -> None:
    found = FOUND | {"root_float64_ns": 3.0, "division_float64_ns": 2.0}
    asked = Question((100, 100, 50, 10), "train", 1000)
    whole, parameters = limits.limit_ns(found, asked), 15660
    for stepping, steps, each in (
        (Stepping("sgd", 100), 10, 0.0),
        (Stepping("adam", 100), 10, 5.0),
        (Stepping("adamw", 300), 4, 5.0),
    ):
        limit = limits.limit_ns(found, replace(asked, stepping=stepping))
        assert limit == pytest.approx(whole / steps + each * parameters)
    slow = found | {limits.bandwidth_key(kib): 1e-3 for kib in limits.WORKING_SETS_KIB}
    adam = limits.limit_ns(slow, replace(asked, stepping=Stepping("adam", 1)))
    assert adam == pytest.approx(8 * 1e3 * (110 + 6 * parameters))
