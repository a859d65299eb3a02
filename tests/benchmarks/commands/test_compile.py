"""`python -m benchmarks compile`: its rows, its output, its mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

import kernels
from benchmarks.experiments.serving import question
from benchmarks.measure import question as measured_question
from benchmarks.measure import rows, serving
from benchmarks.measure.environment import ROOT
from benchmarks.measure.networks import Options
from benchmarks.measure.serving_question import PipelineQuestion, ServingQuestion
from tests.running import run


@pytest.mark.usefixtures("quick_duels")
def test_the_command_fits_checks_and_duels(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    result = run("compile", "--data", "iris", "--hidden", "5-4", "--activation", "tanh",
                 "--time", "0.2", "--rounds", "2", "--json", str(path))  # fmt: skip
    assert result.returncode == 0, result.stderr
    records = rows.read(path)
    assert {r["workload"] for r in records} == {"iris: 4-5-4-3 (tanh, tanh, softmax)"}
    timed = {(r["kernel"], r["rows"]) for r in records if r["median_ns"]}
    assert timed >= {("scikit-learn", 1), ("compiled", 1), ("compiled.one", 1),
                     ("scikit-learn", 1000), ("compiled", 1000)}  # fmt: skip
    assert ("compiled.one", 1000) not in timed
    for record in records:
        if record["quantity"] == "ratio":
            assert record["against"] == "scikit-learn"
            assert record["low"] < record["value"] < record["high"]
        if record["kernel"] == "compiled" and record["quantity"] == "time":
            assert 0 <= record["error"] < 1e-12
    for name in serving.CONTENDERS:
        assert name in result.stdout
    if not kernels.is_installed("onnx-runtime") and not list(ROOT.glob(".venv-peers")):
        assert "not installed" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--data", "nope"), "--data is one of digits"),
        (("--activation", "softmax"), "--activations is one of logistic, "),
        (("--activations", "nope"), "--activations is one of logistic, "),
        (
            ("--activations", "relu,tanh,softmax", "--hidden", "5-4"),
            "one activation for all hidden",
        ),
        (("--activations", "relu,relu"), "with the log-loss has softmax outputs"),
        (("--output", "identity"), "with the log-loss has softmax outputs"),
        (("--loss", "squared"), "--loss is log for --data digits"),
        (("--data", "diabetes", "--loss", "log"), "--loss is squared or poisson for --data"),
        (("--data", "diabetes", "--output", "exp"), "with the squared-loss has identity outputs"),
        (("--activations", "relu,relu,relu"), "does not fit 64-30-10: it takes 2, one for each"),
        (("--hidden", "3-x"), "--hidden is written like"),
        (("--hidden", ""), "--hidden is empty"),
        (("--pipeline", "nope"), "--pipeline is one of scaler, "),
        (("--pipeline", "pca", "--data", "iris"), "has data and a network of its own"),
        (("--pipeline", "pca", "--hidden", "5"), "has data and a network of its own"),
        (("--pipeline", "pca", "--loss", "log"), "has data and a network of its own"),
        (("--rounds", "1"), "--rounds"),
    ],
)
def test_mistakes_are_reported_in_one_line(arguments: tuple[str, ...], message: str) -> None:
    result = run("compile", *arguments)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert message in result.stderr


@pytest.mark.parametrize(
    "asked",
    [
        Options(activations="tanh"),
        Options(activations="tanh", output="softmax"),
        Options(activations="tanh,tanh", output="softmax"),
        Options(activations="tanh,tanh,softmax"),
    ],
)
def test_activations_are_asked_for_as_for_a_ladder(asked: Options) -> None:
    expected = ServingQuestion("iris", (5, 4), "tanh", 7)
    assert question("iris", (5, 4), asked, 7) == expected


@pytest.mark.parametrize("asked", [Options(), Options(output="softmax")])
def test_hidden_layers_without_an_activation_have_the_default(asked: Options) -> None:
    assert question("iris", (5,), asked) == ServingQuestion("iris", (5,))


@pytest.mark.usefixtures("quick_duels")
def test_a_regression_of_counts_is_compiled_and_named_by_its_outputs(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    result = run("compile", "--data", "diabetes", "--hidden", "5", "--loss", "poisson",
                 "--time", "0.1", "--rounds", "2", "--json", str(path))  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert {r["workload"] for r in rows.read(path)} == {"diabetes: 10-5-1 (relu, exp)"}


@pytest.mark.usefixtures("quick_duels")
def test_a_pipeline_is_fitted_checked_and_timed(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    result = run("compile", "--pipeline", "scaler", "--time", "0.1", "--rounds", "2",
                 "--json", str(path))  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "pipeline scaler" in result.stdout
    records = rows.read(path)
    asked = {PipelineQuestion("scaler", count) for count in (1, 1000)}
    assert {measured_question.of_row(record) for record in records} == asked
    timed = {(r["kernel"], r["rows"]): r["error"] for r in records if r["median_ns"]}
    assert set(timed) == {(name, n) for name in ("scikit-learn", "compiled") for n in (1, 1000)}
    assert max(timed.values()) < 1e-12
    assert {r["against"] for r in records if r["quantity"] == "ratio"} == {"scikit-learn"}
