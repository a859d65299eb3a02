"""`python -m benchmarks article`."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import kernels
from benchmarks.article.figures import FIGURES
from benchmarks.article.statements import STATEMENTS
from benchmarks.experiments.article import reproduce
from benchmarks.experiments.article.measured import published, trainings
from benchmarks.measure import frames, portion, rows, timing
from benchmarks.show.tables import article_table
from benchmarks.terminal import console
from tests.running import run


@pytest.mark.usefixtures("quick_duels")
def test_quick_article_measures_every_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = {one: Path(sys.executable) if kernels.is_installed(one) else None
            for one in kernels.names()}  # fmt: skip
    monkeypatch.setattr(published, "interpreters", lambda: here)
    alternate = timing.alternate
    choose: Any = portion.choose
    monkeypatch.setattr(timing, "alternate", lambda calls, seconds: alternate(calls, 0.0))
    # few iterations
    monkeypatch.setattr(trainings, "accuracy", partial(trainings.accuracy, count=300))
    monkeypatch.setattr(
        reproduce, "QUICK", replace(reproduce.QUICK, marks=reproduce.QUICK.marks[:2])
    )
    # the rungs are timed over parts of a training that last 10 ms
    monkeypatch.setattr(portion, "choose", lambda *given: choose(*given[:6], 0.02, 0.01))
    monkeypatch.setattr(console, "PIPED_WIDTH", 2000)  # a line for every line of the tables
    path = tmp_path / "t.json"
    result = run("article", "--quick", "--json", str(path))
    assert result.returncode == 0, result.stderr
    for figure in FIGURES:
        assert figure.claim in result.stdout
    for statement in STATEMENTS:
        assert statement.says in result.stdout
    assert "not measured" not in result.stdout
    assert "0.83545566" in result.stdout
    assert "2.249965, 70 steps" in result.stdout
    records = rows.read(path)
    for figure, line in zip(FIGURES, article_table.headline(frames.frame(records)), strict=True):
        cells = dict(zip(article_table.HEADINGS, line, strict=True))
        needed = {"here"}
        if figure.quantity == "time":
            needed |= set(published.installed()) | (
                {"%timeit"} if figure.operation == "forward" else set()
            )
        assert not [name for name in needed if cells[name] in (article_table.MISSING, "None")], line
    timed = {(r["workload"], r["kernel"]) for r in records if r["operation"] == "forward"}
    for workload in ("3-3-1", "3-3-3-1", "100-100-50-10"):
        assert {(workload, rung) for rung in published.installed()} <= timed
    for record in records:
        if record["quantity"] == "time":
            assert record["median_ns"] > 0
            assert record["error"] < 1e-9
            assert record["numba"]
    assert any(r["extrapolated_from"] for r in records if r["kernel"] == "looped")
