"""A question comes back unchanged from the pipe to a worker and from a stored row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from benchmarks.measure import question, rows, serving, worker, workloads
from benchmarks.measure.contenders import Contender, Process
from benchmarks.measure.many import ManyQuestion
from benchmarks.measure.question import COLUMNS, AnyQuestion, Question
from benchmarks.measure.serving_question import (
    DATA,
    FitQuestion,
    PipelineQuestion,
    ServingQuestion,
    losses,
)
from tests.running import run

RELU = ("relu", "relu", "softmax")
QUESTIONS: list[AnyQuestion] = [
    Question((3, 3, 1), "forward", 1),
    Question((64, 30, 10), "forward_batch", 1078, dtype="float32", threads=2),
    Question((3, 4, 2), "gradient", 1),
    Question((3, 4, 2), "train", 7, iterations=30),
    Question((24, 64, 64, 4), "gradient", 32, RELU, "log"),
    Question((5, 4, 3, 2), "train", 32, ("relu", "tanh", "identity")),
    Question((3, 1), "forward", 1, ("identity",)),
    Question((3, 2, 1), "gradient", 8, ("logistic", "logistic"), "log"),
    Question((5, 4, 3), "train", 8, ("relu", "identity"), weights="0a1b2c3d4e5f", file="x.npz"),
    Question((3, 1), "forward", 1, weights="0a1b2c3d4e5f"),
    ServingQuestion("iris", (5, 4), "tanh", 1000),
    ServingQuestion("breast-cancer", (4,), "logistic"),
    ServingQuestion("diabetes", (), "relu", 3),
    ServingQuestion("diabetes", (3,), "tanh", 3, "poisson"),
    ServingQuestion("linnerud", (), "tanh", 3, "poisson"),
    ServingQuestion("digits", (), "tanh"),
    ServingQuestion("iris", (), "logistic"),
    PipelineQuestion("columns"),
    PipelineQuestion("target", 1000),
    FitQuestion("iris-32"),
    ManyQuestion("digits", 3),
]


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda one: f"{one.operation} {one.name}")
def test_a_question_comes_back_from_the_pipe_and_from_its_row(asked: AnyQuestion) -> None:
    assert question.decoded(json.loads(json.dumps(asked.encoded()))) == asked
    row = asked.row("time", "batched", median_ns=1.0)
    (record,) = rows.records([row], {"threads": 99})
    stored = rows.checked(json.loads(json.dumps(record)))
    assert question.of_row(stored) == asked
    assert {name: stored[name] for name in COLUMNS} == asked.columns()


def test_every_column_of_a_question_is_a_field_of_a_row() -> None:
    assert set(COLUMNS) <= set(rows.KINDS)
    for asked in QUESTIONS:
        assert tuple(asked.columns()) == COLUMNS


def test_the_article_s_activations_written_out_ask_the_same() -> None:
    plain = Question((3, 3, 1), "forward", 1)
    assert Question((3, 3, 1), "forward", 1, ("logistic", "logistic")) == plain
    assert plain.name == "3-3-1"
    assert plain.workload is workloads.WORKLOADS[0]


@pytest.mark.parametrize("operation", ["forward", "forward_batch"])
def test_a_forward_pass_has_no_loss(operation: str) -> None:
    asked = Question((5, 4, 3), operation, 1, ("relu", "softmax"), "log")
    assert asked == Question((5, 4, 3), operation, 1, ("relu", "softmax"))
    assert asked.name == "5-4-3-relu-softmax"
    assert asked.columns()["loss"] is None
    with pytest.raises(ValueError, match=r"log-loss needs .*softmax"):
        Question((5, 4, 3), operation, 1, ("relu", "identity"), "log")


def test_a_row_with_its_loss_in_a_column_alone_is_read() -> None:
    record = {"workload": "5-4-3-relu-softmax", "operation": "gradient", "loss": "log", "rows": 2}
    assert question.of_row(record) == Question((5, 4, 3), "gradient", 2, ("relu", "softmax"), "log")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"operation": "sideways"}, "an operation is one of forward"),
        ({"operation": "forward", "rows": 2}, "forward is of one sample"),
        ({"rows": 0}, "rows"),
        ({"threads": 0}, "threads"),
        ({"dtype": "float16"}, "dtype"),
        ({"loss": "hinge"}, "loss is one of"),
        ({"loss": "log", "activations": ("relu", "identity")}, "log-loss needs .*softmax"),
        ({"activations": ("relu",)}, "one for each layer"),
        ({"alpha": float("nan")}, "alpha must be finite"),
        ({"alpha": 1e39, "dtype": "float32"}, "alpha must be finite in float32"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(fields: dict[str, Any], message: str) -> None:
    usual: dict[str, Any] = {"sizes": (3, 3, 1), "operation": "gradient", "rows": 4}
    with pytest.raises(ValueError, match=message):
        Question(**usual | fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"alpha": "x"}, "alpha must be a real number, got 'x'"),
        ({"dtype": None}, "dtype must be a name, got None"),
        ({"dtype": np.float32}, "dtype must be a name"),
        ({"rows": 4.0}, "rows must be an integer"),
    ],
)
def test_a_question_of_wrong_types_is_refused(fields: dict[str, Any], message: str) -> None:
    usual: dict[str, Any] = {"sizes": (3, 3, 1), "operation": "train", "rows": 4}
    with pytest.raises(TypeError, match=message):
        Question(**usual | fields)


def test_a_question_keeps_plain_numbers_and_its_alpha_in_the_pipe() -> None:
    four: Any = np.int64(4)
    half: Any = np.float32(0.5)
    asked = Question((3, 3, 1), "train", four, dtype="f4", iterations=four, alpha=half)
    assert asked == Question((3, 3, 1), "train", 4, dtype="float32", iterations=4, alpha=0.5)
    found = question.decoded(json.loads(json.dumps(asked.encoded())))
    assert found == asked
    assert found.alpha == 0.5


@pytest.mark.parametrize(("data", "loss"), [(data, loss) for data in DATA for loss in losses(data)])
def test_a_served_network_is_the_one_that_is_fitted(data: str, loss: str) -> None:
    asked = ServingQuestion(data, (3, 2), "tanh", loss=loss)
    network = kernels.compile(serving.fit(asked)).network
    assert asked.architecture == network.architecture


@pytest.mark.usefixtures("quick_duels", "made_up_limits")
@pytest.mark.parametrize("operation", ["gradient", "train"])
def test_a_relu_network_is_asked_for_measured_stored_and_read(
    operation: str, tmp_path: Path
) -> None:
    """From the command line to the row and back; a kernel that is the article's alone refuses."""
    path = tmp_path / "rows.jsonl"
    result = run("ladder", "--sizes", "5-4-3-relu-softmax", "--operation", operation, "--batch",
                 "6", "--kernels", "batched,scikit-learn", "--time", "0.1", "--rounds", "2",
                 "--json", str(path))  # fmt: skip
    assert result.returncode == 0, result.stderr
    records = rows.read(path)
    asked = Question((5, 4, 3), operation, 6, ("relu", "softmax"))
    assert {question.of_row(record) for record in records} == {asked}
    states = {record["kernel"]: record["state"] for record in records}
    assert states == {"batched": "ok", "scikit-learn": "not offered"}


def test_a_worker_takes_activations_and_loss_from_the_pipe() -> None:
    """The error of its gate is that of the log-loss of these activations: else it would fail."""
    asked = Question((5, 4, 3), "gradient", 6, ("relu", "softmax"), "log", dtype="float32")
    process = Process(Contender("batched"), asked, quiet=False)
    try:
        facts = process.ready()
        ns, _ = process.sample()
    finally:
        process.close()
    assert 0 < facts["error"] < 1e-5
    assert ns > 0


def test_the_plan_of_a_question_has_its_network_loss_dtype_and_threads() -> None:
    asked = Question((5, 4, 3), "gradient", 6, ("relu", "softmax"), "log", "float32", threads=2)
    plan = worker.plan_for(asked, "batched")
    assert plan.architecture.activations == asked.activations
    assert plan.architecture.loss == "log"
    assert (plan.dtype.name, plan.threads) == ("float32", 2)


@pytest.mark.parametrize(
    "record",
    [
        {"workload": None, "operation": "train"},
        {"workload": "3-3-1", "operation": "descent"},
        {"workload": 5, "operation": "train"},
        {"workload": "digits", "operation": "serve"},
        {"workload": None, "operation": "serve"},
        {"workload": "digits: 3-30-7 (relu, softmax)", "operation": "serve"},
        {"workload": "digits: 64-30-10 (tanh, identity)", "operation": "serve"},
        {"workload": "digits: 64-5-4-10 (tanh, relu, softmax)", "operation": "serve"},
        {"workload": "digits: 64-10", "operation": "serve"},
        {"workload": "pipeline nope", "operation": "predict"},
        {"workload": "scaler", "operation": "predict"},
        {"workload": None, "operation": "predict"},
    ],
)
def test_a_row_that_asks_nothing_is_told(record: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"asks nothing|operation is one of|no served"):
        question.of_row(record)


def test_relu_networks_have_samples_and_targets_that_suit_them() -> None:
    workload = Question((24, 64, 64, 4), "gradient", 32, RELU, "log").workload
    X, Y = workload.samples
    assert workload.network.activations == RELU
    assert X.shape == (32, 24)
    assert (Y.sum(axis=1) == 1).all()
