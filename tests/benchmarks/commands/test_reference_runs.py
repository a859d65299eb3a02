"""`python -m benchmarks reference`: reference runs are stored, listed and independent."""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path

import pytest
import typer

from benchmarks.commands import reference as command
from benchmarks.measure import header, interrupts, reference_runs, rows, workloads
from benchmarks.measure.environment import ROOT
from benchmarks.measure.rows import Row
from benchmarks.measure.runs import Run
from benchmarks.measure.sizes import parse_network
from benchmarks.show.pages import readme
from benchmarks.show.tables import published
from tests.running import run

NAMES = ["published-24-8-2-tanh-identity", "wide-1", "wide-10"]


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

    def pretend(words: list[str]) -> int:
        status = left.pop(0)
        measure(words, header.COMPLETE if status == 0 else header.FAILED)
        return status

    monkeypatch.setattr(interrupts, "run", pretend)
    monkeypatch.setattr(rows, "REFERENCE", tmp_path / "reference")
    (tmp_path / "reference").mkdir()
    monkeypatch.setattr(rows, "LOCAL", tmp_path / "local")
    for step in ("report", "readme"):
        module = getattr(command, step)
        monkeypatch.setattr(module, "command", lambda step=step, **_: done.append(step))
    if ends:
        with pytest.raises(typer.Exit) as ended:
            command.command(NAMES)
        assert ended.value.exit_code == ends
    else:
        command.command(NAMES)
    assert len(statuses) - len(left) == made
    assert done == (["report", "readme"] if drawn else [])
    kept = {NAMES[k] for k, status in enumerate(statuses[:made]) if status == 0}
    assert {path.name for path in (tmp_path / "reference").iterdir()} == kept
    assert len(list((tmp_path / "local").iterdir())) == made


@pytest.mark.parametrize("one", reference_runs.RUNS, ids=lambda one: one.name)
def test_every_reference_run_is_shown_and_there_or_said_to_be_missing(
    one: reference_runs.ReferenceRun,
) -> None:
    shown = [part for part in readme.PARTS if one.name in part.runs]
    assert shown
    if not (rows.REFERENCE / one.name).is_dir():
        texts = [(ROOT / part.document).read_text(encoding="utf-8") for part in shown]
        assert any(re.search("[Nn]ot measured", text) for text in texts)
        return
    records = rows.read(rows.REFERENCE / one.name)
    asked = {name for flag, name in pairwise(one.arguments) if flag == "--sizes"}
    if "width" not in one.arguments:  # which varies the sizes
        assert asked <= {r["workload"] for r in records}


def test_reference_runs_are_listed_and_named() -> None:
    result = run("reference", "--list")
    assert result.returncode == 0, result.stderr
    assert all(one.name in result.stdout for one in reference_runs.RUNS)
    wrong = run("reference", "nope")
    assert wrong.returncode == 2
    assert "the name of a reference run is one of article, " in wrong.stderr


@pytest.mark.parametrize(
    ("status", "state", "replaced"),
    [
        (0, header.COMPLETE, True),
        (1, header.COMPLETE, False),  # a time below the limit
        (130, header.INTERRUPTED, False),
        (-9, header.RUNNING, False),
        (0, header.RUNNING, False),
    ],
)
def test_only_a_complete_run_replaces_the_committed_one(
    status: int,
    state: str,
    replaced: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "REFERENCE", tmp_path / "reference")
    monkeypatch.setattr(rows, "LOCAL", tmp_path / "local")
    committed = tmp_path / "reference" / "wide-1"
    committed.mkdir(parents=True)
    (committed / header.HEADER).write_text("before")
    made: list[Path] = []

    def pretend(words: list[str]) -> int:
        made.append(measure(words, state))
        return status

    monkeypatch.setattr(interrupts, "run", pretend)
    (one,) = reference_runs.named(["wide-1"])
    assert command.measure(one) == status
    (local,) = made
    assert local == next((tmp_path / "local").iterdir())
    assert local.name.endswith("-wide-1")
    if replaced:
        assert {path.name: path.read_text() for path in committed.iterdir()} == {
            path.name: path.read_text() for path in local.iterdir()
        }
        assert {path.name for path in local.iterdir()} == {header.ROWS, header.HEADER}
    else:
        assert (committed / header.HEADER).read_text() == "before"
        assert os.listdir(committed) == [header.HEADER]


def test_a_run_that_could_not_begin_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "REFERENCE", tmp_path / "reference")
    monkeypatch.setattr(rows, "LOCAL", tmp_path / "local")
    monkeypatch.setattr(interrupts, "run", lambda _: 0)
    assert command.measure(reference_runs.named(["wide-1"])[0]) == 0
    assert not (tmp_path / "reference").exists()


def measure(words: list[str], state: str) -> Path:
    """What the process that measures a run leaves: its file of rows, and the header beside it."""
    path = Path(words[words.index("--json") + 1])
    run = Run.begin("ladder", json=path)
    run.add([Row("output", kernel=path.parent.name, value=1.0)])
    run.finish(state)
    return path.parent


def test_every_committed_run_is_one_that_can_be_measured_again() -> None:
    names = {one.name for one in reference_runs.RUNS}
    assert {path.name for path in rows.REFERENCE.iterdir()} <= names


@pytest.mark.parametrize("name", ["known-forward", "known-batch", "known-gradient"])
def test_the_networks_that_people_know_are_measured_together(name: str) -> None:
    (one,) = reference_runs.named([name])
    asked = [text for flag, text in pairwise(one.arguments) if flag == "--sizes"]
    names = [workloads.name_of(*parse_network(text)[:2]) for text in asked]
    assert names == [workload.name for workload in workloads.KNOWN]


def test_published_times_are_compared_with_the_same_networks() -> None:
    for figure in published.FIGURES:
        (one,) = reference_runs.named([figure.run])
        networks = [text for flag, text in pairwise(one.arguments) if flag == "--sizes"]
        assert figure.workload in networks
        sizes, activations, loss = parse_network(figure.workload)
        assert figure.what.startswith(("one layer", "-".join(map(str, sizes))))
        assert all(name in f"{figure.what} identity" for name in activations or ())
        assert loss is None
