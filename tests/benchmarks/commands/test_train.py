"""`python -m benchmarks train`."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.experiments.article import experiment
from benchmarks.measure import rows
from kernels import Network
from tests.running import run


def test_train_prints_saves_and_continues(tmp_path: Path) -> None:
    saved, stored = tmp_path / "network.npz", tmp_path / "train.jsonl"
    result = run("train", "--kernel", "jitted", "--seeds", "2", "--iterations", "40",
                 "--hidden", "12-8", "--save", str(saved), "--json", str(stored))  # fmt: skip
    assert result.returncode == 0, result.stderr
    records = rows.read(stored)
    accuracies = [r for r in records if r["quantity"] == "accuracy_percent"]
    assert [r["seed"] for r in accuracies] == [0, 1]
    assert all(0 <= r["value"] <= 100 and r["seconds"] > 0 for r in accuracies)
    assert {r["workload"] for r in records} == {"64-12-8-10"}
    curve = [r["iterations"] for r in records if r["quantity"] == "cost"]
    assert curve == [
        *experiment.curve_iterations(40),
        40,
    ]  # of the first seed, and the second's end
    assert len(re.findall(r"\d+\.\d %", result.stdout)) >= 2
    assert Network.load(saved).sizes == (64, 12, 8, 10)
    again = run("train", "--iterations", "1", "--hidden", "12-8", "--start", str(saved))
    assert again.returncode == 0, again.stderr
    assert "batched, float64, 1 thread" in " ".join(again.stdout.split())
    other = run("train", "--iterations", "1", "--start", str(saved))
    assert other.returncode == 2
    assert "64-12-8-10" in other.stderr


def test_a_training_as_one_does_it_today(tmp_path: Path) -> None:
    stored = tmp_path / "train.jsonl"
    result = run("train", "--activations", "relu", "--optimizer", "adam", "--batch-size", "32",
                 "--iterations", "5", "--seeds", "2", "--json", str(stored))  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "5 iterations of adam, batch 32" in " ".join(result.stdout.split())
    records = rows.read(stored)
    assert {r["workload"] for r in records} == {"64-30-10-relu-softmax"}
    assert {r["training"] for r in records} == {"adam, batch 32"}
    assert {r["figure"] for r in records} == {None}  # none of the article's
    accuracies = [r["value"] for r in records if r["quantity"] == "accuracy_percent"]
    assert len(accuracies) == 2
    assert min(accuracies) > 80


def test_wrong_ways_to_train_are_explained_in_one_line() -> None:
    for arguments, message in (
        (("--optimizer", "adam", "--alpha", "0.5"), "--learning-rate"),
        (("--optimizer", "adan"), "is adam meant?"),
        (("--activations", "softmax"), "softmax"),
    ):
        result = run("train", "--iterations", "1", *arguments)
        assert result.returncode != 0
        assert message in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
