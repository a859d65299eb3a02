"""`python -m benchmarks reference`: hours of runs, of which one that fails costs no other."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from benchmarks.commands import reference as command

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
