"""`python -m benchmarks many`: its rows, its output, its mistakes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.measure import rows
from benchmarks.measure.many import LOOP, MANY, TASKS, VMAP
from tests.running import run


@pytest.mark.usefixtures("quick_duels")
def test_the_command_trains_checks_and_duels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tenth of the networks show it as well."""
    monkeypatch.setitem(TASKS, "iris", replace(TASKS["iris"], count=100))
    path = tmp_path / "rows.jsonl"
    result = run("many", "--task", "iris", "--time", "0.2", "--rounds", "2", "--json", str(path))
    assert result.returncode == 0, result.stderr
    records = rows.read(path)
    assert {(one["workload"], one["threads"]) for one in records} == {("many-iris", 2)}
    timed = [one["kernel"] for one in records if one["median_ns"]]
    assert timed[:2] == [MANY, LOOP]
    ratios = {one["kernel"]: one for one in records if one["quantity"] == "ratio"}
    assert ratios.keys() == set(timed[1:])
    assert all(one["against"] == MANY for one in ratios.values())
    (jax,) = (one for one in records if one["kernel"] == VMAP and one["quantity"] == "time")
    assert jax["state"] in ("ok", "missing")
    assert TASKS["iris"].what in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--task", "wine"), "--task is one of iris, iris-in-order, digits"),
        (("--threads", "0"), "--threads"),
        (("--rounds", "1"), "--rounds"),
    ],
)
def test_mistakes_are_reported_in_one_line(arguments: tuple[str, ...], message: str) -> None:
    result = run("many", *arguments)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert message in result.stderr
