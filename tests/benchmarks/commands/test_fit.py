"""`python -m benchmarks fit`: its rows, its output, its mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.measure import rows
from benchmarks.measure.fits import CONTENDERS, FITS
from tests.running import run


@pytest.mark.usefixtures("quick_duels")
def test_the_command_fits_checks_and_duels(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    task = ("--task", "partial_fit")
    result = run("fit", *task, *task, "--time", "0.2", "--rounds", "2", "--json", str(path))
    assert result.returncode == 0, result.stderr
    records = rows.read(path)
    assert {one["workload"] for one in records} == {"partial_fit"}
    assert [one["kernel"] for one in records if one["median_ns"]] == list(CONTENDERS)
    (ratio,) = (one for one in records if one["quantity"] == "ratio")
    assert ratio["against"] == "scikit-learn"
    accuracies = {one["value"] for one in records if one["quantity"] == "accuracy_percent"}
    assert len(accuracies) == 1
    assert FITS["partial_fit"].what in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--task", "iris"), "--task is one of digits-200, "),
        (("--time", "0"), "--time"),
        (("--rounds", "1"), "--rounds"),
    ],
)
def test_mistakes_are_reported_in_one_line(arguments: tuple[str, ...], message: str) -> None:
    result = run("fit", *arguments)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert message in result.stderr
