"""Runs that others disturb: full disks, Ctrl-C, links, and files that appear or disappear."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as entry
from benchmarks.measure import files, header, rows, runs
from benchmarks.measure.runs import Run
from tests.benchmarks.measure.test_runs import RATIO, TIME, content

# --- what others do meanwhile -------------------------------------------------------------------


@pytest.mark.parametrize("before", [None, "", "rows"])
def test_a_file_that_somebody_else_writes_meanwhile_is_not_overwritten(
    before: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    if before == "":
        path.touch()
    one = Run.begin("ladder", json=path)
    if before == "rows":
        one.add([TIME])
    path.write_text("mine")
    with pytest.raises(FileExistsError, match=f"^{path} was written by somebody else"):
        one.add([TIME])
    assert not one.is_stored
    with pytest.raises(FileExistsError):
        one.finish("complete")
    assert path.read_text() == "mine"


def test_a_header_that_appears_as_a_run_begins_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.jsonl"
    monkeypatch.setattr(runs, "check_new", lambda _: header.beside(path).write_text("mine"))
    with pytest.raises(FileExistsError):
        Run.begin("ladder", json=path)
    assert header.beside(path).read_text() == "mine"


def test_a_folder_that_is_deleted_meanwhile_is_made_again(local: Path) -> None:
    one = Run.begin("ladder")
    one.add([TIME])
    shutil.rmtree(one.path)
    one.add([RATIO])
    one.finish("complete")
    assert len(rows.read(one.path)) == 2
    assert content(one.path / "run.json")["state"] == "complete"


def test_a_run_without_rows_leaves_files_of_others_with_its_header(local: Path) -> None:
    one = Run.begin("ladder")
    (one.path / "notes").touch()
    one.finish("failed")
    assert sorted(path.name for path in one.path.iterdir()) == ["notes", "run.json"]
    assert content(one.path / "run.json")["state"] == "failed"


@pytest.mark.parametrize("exists", [True, False])
def test_rows_go_to_the_file_that_a_link_leads_to(exists: bool, tmp_path: Path) -> None:
    link, target = tmp_path / "link", tmp_path / "elsewhere" / "target"
    if exists:
        target.parent.mkdir()
        target.touch()
    link.symlink_to(target)
    with Run.begin("ladder", json=link) as one:
        one.add([TIME])
        one.add([RATIO])
    assert link.is_symlink()
    assert not target.is_symlink()
    assert len(target.read_text(encoding="utf-8").splitlines()) == 2
    assert rows.read(link) == one.records


def test_a_header_s_name_that_a_broken_link_has_is_taken(tmp_path: Path) -> None:
    (tmp_path / "rows.run.json").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError, match=r"rows\.run\.json is there already"):
        Run.begin("ladder", json=tmp_path / "rows")


# --- what fails ---------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("json_file", [True, False])
def test_a_run_that_cannot_begin_leaves_nothing_and_names_its_place(
    json_file: bool,
    error: BaseException,
    local: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(files, "replace", fail)
    place = tmp_path / "rows.jsonl" if json_file else local
    with pytest.raises(type(error)) as caught:
        Run.begin("ladder", json=place if json_file else None)
    if isinstance(error, OSError):
        expected = rf"no run can be stored in {place}.*: No space left on device"
        assert re.search(expected, entry.message_of(caught.value))
    assert not [path for path in tmp_path.rglob("*") if path != local]


def test_ctrl_c_while_a_run_is_stored_leaves_it_interrupted(
    local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, stops = rows.write, iter([True])

    def stopped(*arguments: Any) -> None:
        if next(stops, False):
            raise KeyboardInterrupt
        write(*arguments)

    one = Run.begin("ladder")
    one.add([TIME])
    monkeypatch.setattr(rows, "write", stopped)
    with pytest.raises(KeyboardInterrupt), one:
        one.finish("complete")
    assert content(one.path / "run.json")["state"] == "interrupted"


def test_a_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    write_text = Path.write_text

    def half(self: Path, text: str, encoding: str) -> None:
        write_text(self, text[:1], encoding)
        assert path.read_text() == "old"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(OSError, match="No space"):
        files.replace(path, "new")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("file", "old")]


# --- replacing folders --------------------------------------------------------------------------


def folder(path: Path, text: str) -> Path:
    path.mkdir()
    (path / "run.json").write_text(text)
    return path


def test_a_folder_is_replaced_by_a_copy(tmp_path: Path) -> None:
    old, new = folder(tmp_path / "old", "1"), folder(tmp_path / "new", "2")
    (old / "left-over").touch()
    files.replace_folder(old, new)
    assert {path.name: path.read_text() for path in old.iterdir()} == {"run.json": "2"}
    files.replace_folder(tmp_path / "first", new)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "new", "old"]


def test_a_folder_that_cannot_be_replaced_is_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = folder(tmp_path / "old", "1"), folder(tmp_path / "new", "2")
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if target == old and (self / "run.json").read_text() == "2":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="No space"):
        files.replace_folder(old, new)
    assert (old / "run.json").read_text() == "1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "old"]
    assert runs.stamp("2026-11-25T18:03:12.504Z") == "2026-11-25T18-03-12"
