"""Serving a fitted network: the command, its rows, its table, its mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from benchmarks.measure import frames, rows, serving
from benchmarks.measure.environment import ROOT
from benchmarks.show.tables import serving_table
from kernels.proof import gate
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
        (("--activation", "softmax"), "--activation is one of relu"),
        (("--hidden", "3-x"), "sizes are written like"),
        (("--hidden", ""), "sizes are written like"),
        (("--rounds", "1"), "--rounds"),
    ],
)
def test_mistakes_are_told_in_one_line(arguments: tuple[str, ...], message: str) -> None:
    result = run("compile", *arguments)
    assert result.returncode not in (0, 130)
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert message in result.stderr


@pytest.mark.parametrize("data", serving.DATA)
def test_every_data_set_is_served(data: str) -> None:
    task: dict[str, Any] = {"serving": {"data": data, "hidden": [4], "activation": "relu"}}
    for kernel, count in (("scikit-learn", 3), ("compiled", 3), ("compiled.one", 1)):
        call, facts = serving.prepare(task | {"kernel": kernel, "rows": count})
        assert np.isfinite(call.function(*call.arguments)).all()
        assert facts["error"] < 1e-9


def test_a_wrong_contender_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = (None, lambda rows: np.full((len(rows), 3), 0.5))
    monkeypatch.setattr(serving, "made", lambda *_: wrong)
    task = {"serving": {"data": "iris", "hidden": [4], "activation": "relu"}}
    with pytest.raises(gate.GateError, match="compiled is off by"):
        serving.prepare(task | {"kernel": "compiled", "rows": 1})


def test_the_table_has_the_fastest_first_and_says_who_is_missing() -> None:
    def record(kernel: str, **fields: Any) -> dict[str, Any]:
        usual = {"quantity": "time", "state": "ok", "rows": 1, "error": 0.0, "build_seconds": 0.1,
                 "workload": "iris", "low_ns": None, "high_ns": None}  # fmt: skip
        return usual | {"kernel": kernel} | fields

    frame = frames.frame(
        [
            record("scikit-learn", median_ns=100e3),
            record("compiled", median_ns=1e3),
            record(
                "compiled",
                quantity="ratio",
                value=100.0,
                low=99.0,
                high=101.0,
                against="scikit-learn",
            ),
            record("onnx-runtime", state="missing", reason="onnx is not installed"),
        ]
    )
    lines = serving_table.lines(frame)
    assert [line[0] for line in lines] == ["compiled", "scikit-learn", "onnx-runtime"]
    assert lines[0][3] == "100 [99.0, 101]"
    assert lines[2][2] == "not installed"
