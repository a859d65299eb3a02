"""`python -m benchmarks compare`."""

from __future__ import annotations

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
    same = run("compare", str(old), str(old), "--check")
    assert same.returncode == 0
    assert "0 slower, 0 faster" in same.stdout


@pytest.mark.parametrize(
    "text", ["", "{}", "nonsense", '{"benchmarks": [{}]}', '{"benchmarks": 3}']
)
def test_files_that_hold_no_rows_are_reported_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    result = run("compare", str(path), str(path))
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stderr


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
