"""Folders of runs, and folders of machines that hold runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.measure import files, result_sets
from tests.benchmarks.made_up import keep, time


def test_a_folder_holds_runs_or_machines_that_hold_runs(tmp_path: Path) -> None:
    assert list(result_sets.runs(tmp_path)) == []
    for name in ("b/2", "b/1", "a/3", ".unfinished/4", "a/.5", "deep/er/6"):
        keep(tmp_path / name, [time("c", 1.0)])
    (tmp_path / "file").write_text("")
    found = [str(path.relative_to(tmp_path)) for path in result_sets.runs(tmp_path)]
    assert found == ["a/3", "b/1", "b/2"]
    assert [path.name for path in result_sets.machine_folders(tmp_path)] == ["a", "b"]
    assert [path.name for path in result_sets.runs(tmp_path / "b")] == ["1", "2"]
    keep(tmp_path / "own", [time("c", 1.0)])  # a folder that holds runs itself
    assert [path.name for path in result_sets.runs(tmp_path)] == ["own"]
    assert result_sets.machine_folders(tmp_path) == []


def test_a_word_that_names_a_run_is_no_result_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(tmp_path / "set" / "a" / "1", [time("c", 1.0)])
    keep(tmp_path / "forward" / "1", [time("c", 1.0)])
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert result_sets.is_set("set")
    assert result_sets.is_set(str(tmp_path / "set" / "a"))
    assert result_sets.is_set("./forward")
    for word in ("forward", "set/a/1", "empty", "none", "", "set/a/1/rows.jsonl"):
        assert not result_sets.is_set(word), word


def test_a_folder_is_added_completely_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new"
    path.mkdir()  # an empty folder gives way
    files.add_folder(path, {"a": b"\r\n\xff", "b": b""})
    assert {one.name: one.read_bytes() for one in path.iterdir()} == {"a": b"\r\n\xff", "b": b""}
    with pytest.raises(FileExistsError, match="new is there already"):
        files.add_folder(path, {"a": b"other"})
    assert (path / "a").read_bytes() == b"\r\n\xff"
    with pytest.raises(FileNotFoundError):
        files.add_folder(tmp_path / "half", {"a": b"", "none/b": b""})
    assert [one.name for one in tmp_path.iterdir()] == ["new"]
