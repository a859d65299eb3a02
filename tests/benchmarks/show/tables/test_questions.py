"""Questions in words: titles and headings of tables."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.measure.question import Question
from benchmarks.show.tables import questions
from tests.benchmarks.show.tables.records import record


@pytest.mark.parametrize(
    ("fields", "long", "short"),
    [
        ({"operation": "forward"}, "one sample at a time, float64, 1 thread", "3-3-1"),
        ({"operation": "forward_batch", "rows": 64},
         "a batch of 64 samples, float64, 1 thread", "3-3-1 × 64"),
        ({"operation": "gradient", "rows": 1},
         "the gradient over 1 sample, float64, 1 thread", "3-3-1, gradient"),
        ({"operation": "train", "rows": 9, "dtype": "float32", "threads": 2},
         "training, an iteration over 9 samples, float32, 2 threads",
         "3-3-1 × 9, an iteration of training, float32, 2 threads"),
    ],
)  # fmt: skip
def test_a_rankings_title_says_what_was_measured(
    fields: dict[str, Any], long: str, short: str
) -> None:
    one = record(quantity="time", workload="3-3-1", kernel="k", **fields)
    assert questions.title(one) == f"3-3-1 (logistic), {long}"
    assert questions.short_title(one) == short


@pytest.mark.parametrize(
    ("network", "told"),
    [
        (Question((3, 3, 1), "gradient", 2), "3-3-1 (logistic)"),
        (Question((3, 3, 1), "gradient", 2, loss="log"), "3-3-1-log (logistic)"),
        (Question((5, 4, 3), "gradient", 2, ("relu", "softmax")), "5-4-3-relu-softmax"),
        (Question((5, 4, 3), "gradient", 2, ("relu", "softmax"), "log"), "5-4-3-relu-softmax-log"),
        (Question((5, 3), "forward", 1, ("softmax",), "log"), "5-3-softmax"),
        (Question((3, 1), "forward", 1, weights="0a1b"), "3-1 (logistic, weights 0a1b)"),
        (Question((3, 1), "forward", 1, ("identity",), weights="0a1b"),
         "3-1-identity (weights 0a1b)"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)  # fmt: skip
def test_a_title_names_activations_loss_and_weights(network: Question, told: str) -> None:
    assert questions.network(network.columns()) == told
    assert questions.title(network.columns()).startswith(f"{told}, ")


def test_a_heading_names_everything_but_logistic_layers() -> None:
    asked = Question((3, 1), "gradient", 2, loss="log", weights="0a1b")
    assert questions.short_title(asked.columns()) == "3-1-log (weights 0a1b) × 2, gradient"


def test_what_is_no_network_gets_no_remark() -> None:
    assert questions.network(record(quantity="time", workload="iris: 4-3")) == "iris: 4-3"
