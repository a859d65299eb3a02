"""Runs: what their two files hold, that none is overwritten, and that each can be read."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmarks.measure import environment, fields, files, frames, header, rows, stored
from benchmarks.measure.rows import Row
from benchmarks.measure.runs import Run
from tests.benchmarks.measure.test_suite_report import report
from tests.running import run

TIME = Row("time", "3-3-1", "forward", "jitted", median_ns=5.0, low_ns=4.0, high_ns=6.0)
RATIO = Row("ratio", kernel="jitted", value=1.0, low=float("nan"), high=float("inf"))
OLD = {
    "schema": 1, "quantity": "time", "workload": "3-3-1", "operation": "forward", "kernel": "k",
    "median_ns": 5.0, "low_ns": None, "high_ns": None, "threads": 1, "processor": "One",
    "processor_family": "GenuineIntel-6-85", "cores": 2, "numpy": "2.0", "date": "2026-11-01",
}  # fmt: skip
"""A row of schema 1, which had every column of the environment in it."""


def content(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


# --- what is written ----------------------------------------------------------------------------


def test_a_run_is_a_folder_of_rows_and_a_header(local: Path) -> None:
    with Run.begin("ladder", ["--sizes", "3-3-1"], threads=2) as one:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-ladder", one.path.name)
        assert one.path.parent == local
        begun = content(one.path / "run.json")
        assert (begun["state"], "finished" in begun) == ("running", False)
        one.add([TIME])
        one.add([RATIO])
    assert sorted(path.name for path in one.path.iterdir()) == ["rows.jsonl", "run.json"]
    about = content(one.path / "run.json")
    assert about["schema"] == 2
    assert about["commit"] == environment.commit()
    assert (about["command"], about["arguments"]) == ("ladder", ["--sizes", "3-3-1"])
    assert about["state"] == "complete"
    assert about["started"] <= about["finished"]
    assert about["settings"]["threads"] == 2
    assert set(about["versions"]) == set(fields.VERSIONS)
    assert set(about["machine"]) <= set(fields.MACHINE)


def test_a_row_has_only_what_it_has(local: Path) -> None:
    with Run.begin("ladder") as one:
        one.add([TIME, RATIO])
    first, second = map(json.loads, one.file.read_text(encoding="utf-8").splitlines())
    assert set(first) == {"schema", "quantity", "workload", "operation", "kernel", "dtype", "state",
                          "median_ns", "low_ns", "high_ns"}  # fmt: skip
    assert set(second) == {"schema", "quantity", "kernel", "dtype", "state", "value"}
    assert not set(first) & set(fields.ENVIRONMENT)


# --- nothing is overwritten ---------------------------------------------------------------------


def test_runs_of_the_same_second_have_folders_of_their_own(
    local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(header, "now", lambda: "2026-11-25T18:03:12.504Z")
    names = [Run.begin("ladder").path.name for _ in range(3)]
    start = "2026-11-25T18-03-12-ladder"
    assert names == [start, f"{start}-2", f"{start}-3"]


@pytest.mark.parametrize("taken", ["rows.json", "rows.json.run.json"])
def test_a_file_that_is_there_is_refused_before_anything_is_measured(
    taken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks.experiments.article import experiment

    monkeypatch.setattr(experiment, "run", lambda *_: pytest.fail("it was measured"))
    (tmp_path / taken).write_text("mine")
    result = run("train", "--json", str(tmp_path / "rows.json"))
    assert result.returncode == 2
    assert result.stderr == (
        f"error: {tmp_path / taken} is there already: a run overwrites nothing\n"
    )
    assert (tmp_path / taken).read_text() == "mine"
    assert os.listdir(tmp_path) == [taken]


def test_an_empty_file_is_filled(tmp_path: Path) -> None:
    path = tmp_path / "rows"
    path.touch()
    with Run.begin("ladder", json=path) as one:
        one.add([TIME])
    assert [record["kernel"] for record in rows.read(path)] == ["jitted"]
    assert content(tmp_path / "rows.run.json")["state"] == "complete"


def test_of_two_runs_that_begin_with_one_file_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    Run.begin("ladder", json=path)
    with pytest.raises(FileExistsError, match="is there already"):
        Run.begin("ladder", json=path)
    with pytest.raises(FileExistsError):
        files.create(header.beside(path), "")
    assert content(header.beside(path))["command"] == "ladder"


# --- how runs end -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "state"), [(ValueError(), "failed"), (KeyboardInterrupt(), "interrupted")]
)
def test_a_run_that_is_ended_by_an_exception_says_so(
    error: BaseException, state: str, local: Path
) -> None:
    one = Run.begin("ladder")
    one.add([TIME])
    with pytest.raises(type(error)), one:
        raise error
    assert content(one.path / "run.json")["state"] == state
    assert len(rows.read(one.path)) == 1


@pytest.mark.parametrize("json_file", [True, False])
def test_a_run_that_fails_before_it_measures_leaves_nothing(
    json_file: bool, local: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rows.json" if json_file else None
    with pytest.raises(ZeroDivisionError), Run.begin("ladder", json=path):
        _ = 1 / 0
    assert not list(tmp_path.rglob("*.json*"))
    assert not local.exists() or not list(local.iterdir())


def test_a_run_that_is_killed_keeps_its_rows_and_stays_running(local: Path) -> None:
    one = Run.begin("ladder")
    one.add([TIME])
    assert header.read(one.path / "run.json").state == header.RUNNING
    assert len(rows.read(one.path)) == 1


# --- what is read -------------------------------------------------------------------------------


def test_a_run_s_frame_is_the_same_from_memory_and_files(local: Path, tmp_path: Path) -> None:
    with Run.begin("ladder") as one:
        one.add([TIME, RATIO])
    beside = tmp_path / "mine.txt"
    beside.write_bytes(one.file.read_bytes())
    header.beside(beside).write_bytes((one.path / "run.json").read_bytes())
    fresh = one.frame.drop(columns="run")
    for path in (one.path, one.file, beside, str(one.path)):
        pd.testing.assert_frame_equal(rows.frame(path).drop(columns="run"), fresh)
    assert set(fresh["numpy"]) == {environment.versions()["numpy"]}
    assert set(fresh["date"]) == {str(one.header.started)[:10]}


def test_a_run_without_rows_is_an_empty_frame(local: Path) -> None:
    frame = rows.frame(Run.begin("ladder").path)
    assert frame.empty
    assert {name: str(frame[name].dtype) for name in frames.DTYPES} == frames.DTYPES


def test_rows_without_a_header_are_of_an_unknown_machine(local: Path, tmp_path: Path) -> None:
    with Run.begin("ladder") as one:
        one.add([TIME])
    alone = tmp_path / "alone"
    alone.write_bytes(one.file.read_bytes())
    (record,) = rows.read(alone)
    texts = {name for name, kind in fields.ENVIRONMENT.items() if kind == fields.TEXT}
    assert {record[name] for name in texts} == {"unknown"}
    assert {record[name] for name in fields.ENVIRONMENT.keys() - texts} == {None}


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("GenuineIntel-6-85", ("GenuineIntel", 6, 85)),
        ("-6-85", ("unknown", 6, 85)),
        ("", ("unknown", None, None)),
        ("AuthenticAMD", ("unknown", None, None)),
    ],
)
def test_files_of_schema_1_are_read(
    text: str, known: tuple[str, int | None, int | None], tmp_path: Path
) -> None:
    path = tmp_path / "ladder.jsonl"
    path.write_text(json.dumps(OLD | {"processor_family": text}) + "\n")
    frame = rows.frame(path)
    (record,) = frames.records(frame)
    columns = ("processor_vendor", "processor_family", "processor_model")
    assert tuple(record[name] for name in columns) == known
    assert (record["processor"], record["cores"], record["numpy"]) == ("One", 2, "2.0")
    assert record["processor_stepping"] is None
    assert record["microcode"] == "unknown"


def test_a_row_s_own_column_wins_over_the_header_s(local: Path) -> None:
    from dataclasses import replace

    with Run.begin("article", threads=1) as one:
        one.add([TIME, replace(TIME, threads=4)])
    assert [record["threads"] for record in rows.read(one.path)] == [1, 4]
    assert rows.read(one.path)[1]["cores"] == environment.machine()["cores"]


def test_columns_of_their_own_are_stored_and_read(local: Path) -> None:
    with Run.begin("limits") as one:
        one.columns |= {"read_gb_per_second": 12.5}
        one.add([Row("limits")])
    assert rows.frame(one.path)["read_gb_per_second"].tolist() == [12.5]
    assert one.records[0]["read_gb_per_second"] == 12.5


def test_the_suite_s_json_is_a_frame_too(tmp_path: Path) -> None:
    frame = rows.frame(report(tmp_path / "suite.json", 1.0, keep=True))
    assert frame["kernel"].tolist() == ["jitted"]


def test_folders_that_are_no_run_are_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"^{tmp_path} is a directory, not a run"):
        rows.frame(tmp_path)
    (tmp_path / "rows.jsonl").mkdir()
    with pytest.raises(ValueError, match="is a directory, not a run"):
        stored.load(tmp_path)
