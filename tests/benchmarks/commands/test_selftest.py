"""`python -m benchmarks selftest`."""

from __future__ import annotations

from pathlib import Path

import pandas
import pytest

from tests.running import run

pytestmark = pytest.mark.usefixtures("quick_duels")


def test_a_self_test_sums_up_its_duels(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    result = run(
        "selftest", "--equals", "1", "--slowed", "1", "--rounds", "2", "--time", "0.1",
        "--json", str(path),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    frame = pandas.read_json(path, lines=True)
    duels = frame[frame["quantity"] == "duel"]
    assert sorted(duels["slower_percent"]) == [0, 1, 2, 5, 10]
    assert set(frame["quantity"]) >= {
        "false_positives_percent",
        "found_percent",
        "smallest_difference_percent",
    }
    assert "a slow-down of 5 % found" in result.stdout
