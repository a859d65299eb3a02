"""`python -m benchmarks export`: rows of stored runs as CSV."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.measure import rows, stored
from benchmarks.measure.rows import Row
from tests.running import run

ENVIRONMENT = {"processor": "One", "cores": 2, "threads": 1}


def written(path: Path, *found: Row) -> Path:
    rows.write(path, found, ENVIRONMENT)
    return path


def test_the_command_writes_csv_of_several_runs(tmp_path: Path) -> None:
    path, mine = tmp_path / "new" / "rows.csv", written(tmp_path / "mine.jsonl", Row("output"))
    result = run("export", "forward", str(mine), "--csv", str(path))
    assert result.returncode == 0, result.stderr
    frame = pd.read_csv(path)
    count = len(stored.load("forward"))
    assert frame["run"].tolist() == ["forward"] * count + [str(mine)]
    assert f"{count + 1} rows are in {path}" in " ".join(result.stderr.split())
    shown = run("export", "forward", str(mine))
    assert shown.stdout == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "\n \n", '{"benchmarks": [], "machine_info": {}}'])
def test_a_run_without_rows_is_not_exported(text: str, tmp_path: Path) -> None:
    empty, path = tmp_path / "empty", tmp_path / "rows.csv"
    empty.write_text(text)
    for runs in ((str(empty),), ("forward", str(empty))):
        result = run("export", *runs, "--csv", str(path))
        assert result.returncode == 2
        assert result.stderr == f"error: {empty} has no rows\n"
        assert not path.exists()


def test_one_row_is_reported_in_the_singular(tmp_path: Path) -> None:
    mine, path = written(tmp_path / "mine.jsonl", Row("output")), tmp_path / "rows.csv"
    result = run("export", str(mine), "--csv", str(path))
    assert result.stderr == f"1 row is in {path}\n"


def test_the_command_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("mine")
    result = run("export", "forward", "--csv", str(path))
    assert result.returncode == 2
    assert result.stderr == f"error: {path} is there already\n"
    assert path.read_text() == "mine"
    assert os.listdir(tmp_path) == ["rows.csv"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nope",), "error: there is no run nope; the reference runs are adam-1, "),
        (("pyproject.toml",), "pyproject.toml:1: not a result row: not JSON"),
        (("forward", "--csv", "."), ". is a directory"),
        ((".",), "error: . is a directory, not a run: it has no rows.jsonl"),
        (("",), "error: an empty name is no run"),
        (("forward", "forward"), "error: forward is named twice"),
        (("forward", "results/reference/forward"), "are the same run"),
        (("/dev/null",), "error: /dev/null has no rows"),
    ],
)
def test_runs_that_cannot_be_exported_are_reported_in_one_line(
    words: tuple[str, ...], told: str
) -> None:
    result = run("export", *words)
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert told in line
    assert result.stdout == ""
