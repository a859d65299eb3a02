"""`python -m benchmarks report`."""

from __future__ import annotations

from pathlib import Path

from tests.running import run


def test_report_refuses_a_missing_folder(tmp_path: Path) -> None:
    result = run("report", "--rows", str(tmp_path / "none"))
    assert result.returncode == 2
    assert "there is no folder" in result.stderr
