"""`python -m benchmarks compare`."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.experiments.test_compare import stored
from tests.running import run


def test_the_command_shows_what_changed(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    old = stored(tmp_path / "old", generator, {})
    new = stored(tmp_path / "new", generator, {"k3": 1.5})
    result = run("compare", str(old), str(new))
    assert result.returncode == 0, result.stderr
    assert "k3 forward 3-3-1" in result.stdout
    assert "k4" not in result.stdout
    assert "Of 30 comparisons 1 slower, 0 faster" in result.stdout
    assert run("compare", str(old), str(new), "--check").returncode == 1
    assert "k4" in run("compare", str(old), str(new), "--all").stdout
    again = stored(tmp_path / "again", np.random.default_rng(0), {})
    same = run("compare", str(old), str(again), "--check")
    assert same.returncode == 0
    assert "0 slower, 0 faster" in same.stdout


@pytest.mark.parametrize(
    "text", ["", "{}", "nonsense", '{"benchmarks": [{}]}', '{"benchmarks": 3}']
)
def test_files_that_hold_no_rows_are_reported_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    result = run("compare", str(path), "forward")
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stderr


def test_a_run_is_not_compared_with_itself(tmp_path: Path) -> None:
    path = stored(tmp_path / "run", np.random.default_rng(0), {})
    result = run("compare", str(path), str(path))
    assert (result.returncode, result.stderr) == (2, f"error: {path} is named twice\n")


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="there is no /dev/fd here")
def test_runs_are_read_from_pipes(tmp_path: Path) -> None:
    """As a shell gives them: `compare <(zcat old) <(zcat new)`."""
    names, ends = [], []
    for seed in (0, 1):
        path = stored(tmp_path / str(seed), np.random.default_rng(seed), {})
        end, start = os.pipe()
        with os.fdopen(start, "w") as file:  # shorter than what a pipe holds
            file.write(path.read_text(encoding="utf-8"))
        names.append(f"/dev/fd/{end}")
        ends.append(end)
    try:
        result = run("compare", *names)
    finally:
        for end in ends:
            os.close(end)
    assert result.returncode == 0, result.stderr
    assert "Of 30 comparisons" in result.stdout


def test_the_command_tells_what_is_unknown_and_which_versions_differ(tmp_path: Path) -> None:
    old = stored(tmp_path / "old", np.random.default_rng(0), {}, numpy="2.0", thread_settings="")
    new = stored(tmp_path / "new", np.random.default_rng(0), {}, numpy="2.1",
                 thread_settings="OMP_NUM_THREADS=1")  # fmt: skip
    for path in (old, new):
        path.write_text(path.read_text().replace('"microcode": "0xa1011d1", ', ""))
    result = run("compare", str(old), str(new))
    assert result.returncode == 0, result.stderr
    assert result.stderr.splitlines() == [
        f"unknown in {old}: microcode",
        f"unknown in {new}: microcode",
        "numpy differs: 2.0 and 2.1",
        "thread_settings differs: none and OMP_NUM_THREADS=1",
    ]


def test_times_of_different_tasks_are_told(tmp_path: Path) -> None:
    part = {"extrapolated_from": "2 of 32 rows"}
    own = {"packages": "torch 2.6", "reason": "minimises the log-loss"}
    old = stored(tmp_path / "old", np.random.default_rng(0), {}, count=3, of={"k1": own})
    new = stored(tmp_path / "new", np.random.default_rng(0), {}, count=3,
                 of={"k1": {"packages": "torch 2.7"}, "k2": part})  # fmt: skip
    result = run("compare", str(old), str(new))
    assert result.returncode == 0, result.stderr
    assert sorted(result.stderr.splitlines()) == [
        "k1 forward 3-3-1: only the old time minimises the log-loss",
        "k2 forward 3-3-1: only the new time was extrapolated from 2 of 32 rows",
        "packages differs: torch 2.6 and torch 2.7",
    ]
