"""`python -m benchmarks reference`: reference runs are stored, listed and independent."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from benchmarks.commands import reference as command
from benchmarks.measure import reference, rows
from benchmarks.show.tables import (
    readme,
)
from tests.running import run

NAMES = ["published-24-8-2", "wide-1", "wide-10"]


@pytest.mark.parametrize(
    ("statuses", "made", "drawn", "ends"),
    [
        ([0, 0, 0], 3, True, 0),
        ([0, 1, 0], 3, True, 1),  # a time below the limit, or a full disk
        ([0, 130, 0], 2, False, 130),
        ([-9, 0, 0], 3, True, 9),
    ],
)
def test_a_run_that_fails_costs_no_other(
    statuses: list[int],
    made: int,
    drawn: bool,
    ends: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    left, done = list(statuses), []

    def pretend(_command: list[str], **_: object) -> SimpleNamespace:
        return SimpleNamespace(returncode=left.pop(0))

    monkeypatch.setattr(subprocess, "run", pretend)
    monkeypatch.setattr(command, "REFERENCE", tmp_path)
    for step in ("report", "readme"):
        module = getattr(command, step)
        monkeypatch.setattr(module, "command", lambda step=step: done.append(step))
    if ends:
        with pytest.raises(typer.Exit) as ended:
            command.command(NAMES)
        assert ended.value.exit_code == ends
    else:
        command.command(NAMES)
    assert len(statuses) - len(left) == made
    assert done == (["report", "readme"] if drawn else [])


@pytest.mark.parametrize("one", reference.RUNS, ids=lambda one: one.name)
def test_every_reference_run_is_there_and_shown(one: reference.Run) -> None:
    records = rows.read(readme.REFERENCE / f"{one.name}.jsonl")
    asked = {name for flag, name in pairwise(one.arguments) if flag == "--sizes"}
    if "width" not in one.arguments:  # which varies the sizes
        assert asked <= {r["workload"] for r in records}
    if one.section:
        assert readme.START.format(name=one.section) in readme.README.read_text(encoding="utf-8")


def test_reference_runs_are_listed_and_named() -> None:
    result = run("reference", "--list")
    assert result.returncode == 0, result.stderr
    assert all(one.name in result.stdout for one in reference.RUNS)
    wrong = run("reference", "nope")
    assert wrong.returncode == 1
    assert "no reference run is called 'nope'; there are article" in wrong.stderr
