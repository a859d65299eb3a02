"""How a training steps: from options and stored rows, and back."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.measure import question, stepping
from benchmarks.measure.question import Question
from benchmarks.measure.stepping import Stepping
from kernels import SGD, Adam
from kernels.parts.optimizers import OPTIMIZERS


@pytest.mark.parametrize(
    ("one", "text"),
    [
        (Stepping(), "sgd"),
        (Stepping("adam", 32), "adam, batch 32"),
        (Stepping("adamw", 7, 1e-05, 0.1), "adamw, batch 7, rate 1e-05, l2 0.1"),
    ],
)
def test_text_is_read_back(one: Stepping, text: str) -> None:
    assert str(one) == text
    assert stepping.parse(text) == one


def test_options_make_the_optimizer() -> None:
    assert Stepping("adam").make() == Adam(1e-3)
    assert Stepping("sgd", learning_rate=0.5).make() == SGD(0.5)
    assert {Stepping(name).make().name for name in OPTIMIZERS} == set(OPTIMIZERS)
    assert stepping.asked(optimizer=None, batch_size=None) is None
    assert stepping.asked(optimizer="sgd", batch_size=5) == Stepping("sgd", 5)
    with pytest.raises(ValueError, match="--batch-size needs --optimizer, which is sgd, adam"):
        stepping.asked(optimizer=None, batch_size=5)


def test_steps_of_a_pass() -> None:
    assert [Stepping("sgd", size).steps(10) for size in (None, 1, 3, 10, 99)] == [1, 10, 4, 1, 1]
    assert [Stepping("sgd", size).size(10) for size in (None, 3, 99)] == [10, 3, 10]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"optimizer": "adan"}, "--optimizer is one of sgd, adam, adamw, got 'adan': is adam"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"learning_rate": -1.0}, "learning_rate must be at least 0"),
        ({"l2": -1.0}, "l2 must be at least 0"),
    ],
)
def test_wrong_options_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Stepping(**given)
    with pytest.raises(ValueError, match="told as"):
        stepping.parse("adam, lots 3")


def test_a_batch_has_at_most_the_samples_of_a_pass() -> None:
    Question((3, 3, 1), "train", 10, stepping=Stepping("adam", 10))
    with pytest.raises(ValueError, match="at most the 10 samples of a pass, got 11"):
        Question((3, 3, 1), "train", 10, stepping=Stepping("adam", 11))


def test_questions_keep_it_on_their_way() -> None:
    asked = Question((3, 3, 1), "train", 10, stepping=Stepping("adam", 4))
    assert question.decoded(asked.encoded()) == asked
    assert asked.columns()["training"] == "adam, batch 4"
    record = {**asked.columns(), "iterations": 1}
    assert Question.of_row(record) == asked
    assert Question.of_row({**record, "training": None}).stepping is None
    with pytest.raises(ValueError, match="--optimizer needs --operation train, got gradient"):
        Question((3, 3, 1), "gradient", 10, stepping=Stepping())
