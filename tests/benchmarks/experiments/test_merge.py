"""Merging: copies byte for byte, by machine, once each, with nothing overwritten."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import pytest

from benchmarks.experiments import merge
from benchmarks.measure import header, rows
from benchmarks.measure.header import FAILED, INTERRUPTED, RUNNING
from tests.benchmarks.made_up import ACME, BETA, keep, time

MORE = ACME | {"cores": 8}
"""The processor of ACME with other cores."""
NEWER = ACME | {"system_kernel": "6.2"}
"""ACME's name, and another machine."""


def hosts(folder: Path) -> list[Path]:
    """Folders of three hosts with runs of one name, which are of three machines."""
    for name, machine in (("one", ACME), ("two", MORE), ("three", BETA)):
        keep(folder / name / "2026-01-01T00-00-00-ladder", [time("c", 2000.0)], machine=machine)
    keep(folder / "one" / "2026-01-02T00-00-00-train", [time("c", 3.0)], 2, machine=ACME)
    return [folder / name for name in ("one", "two", "three")]


def merged(folders: Sequence[Path], into: Path) -> tuple[merge.Merged, list[str]]:
    found, left_out = merge.collect(folders, into)
    return merge.store(found, into), left_out


def files(folder: Path) -> dict[str, bytes]:
    """All files of a folder, hidden ones too, by path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_runs_are_copied_byte_for_byte_and_grouped_by_machine(tmp_path: Path) -> None:
    folders, into = hosts(tmp_path), tmp_path / "deep" / "set"
    header_file = folders[0] / "2026-01-02T00-00-00-train" / header.HEADER
    text = header_file.read_text(encoding="utf-8")
    header_file.write_bytes(text.replace("\n", "\r\n").encode() + b"\n \n")  # unusual, and valid
    result, left_out = merged(folders, into)
    assert left_out == []
    assert len(result.added) == 4
    assert files(into) == {
        f"{machine}/{name}": data
        for folder, machine in zip(
            folders,
            ("acme-one-avx2-4-cores", "acme-one-avx2-8-cores", "beta-two-avx512f-8-cores"),
            strict=True,
        )
        for name, data in files(folder).items()
    }


def test_merging_again_adds_only_what_is_not_there(tmp_path: Path) -> None:
    folders, into = hosts(tmp_path), tmp_path / "set"
    merged(folders, into)
    before = files(into)
    again, _ = merged([*folders, into, into], into)
    assert again.added == []
    assert files(into) == before
    keep(folders[0] / "2026-01-03T00-00-00-fit", [time("c", 4.0)], 3)
    more, _ = merged(folders, into)
    assert [path.name for path in more.added] == ["2026-01-03T00-00-00-fit"]
    assert len(more.known) == 4
    assert before.items() < files(into).items()


def test_a_run_in_two_folders_is_one_and_two_runs_of_a_name_are_two(tmp_path: Path) -> None:
    into = tmp_path / "set"
    keep(tmp_path / "a" / "same", [time("c", 1.0)])
    keep(tmp_path / "b" / "called-otherwise", [time("c", 1.0)])
    keep(tmp_path / "b" / "same", [time("c", 2.0)])
    for _ in range(2):
        merged([tmp_path / "a", tmp_path / "b"], into)
        shelf = into / "acme-one-avx2-4-cores"
        found = {path.name: rows.read(path)[0]["median_ns"] for path in shelf.iterdir()}
        # "same" of `a` came first; the run of `b` with its content is not a second one
        assert found == {"same": 1.0, "same-2": 2.0}


def test_different_machines_of_one_name_are_numbered_and_keep_their_numbers(tmp_path: Path) -> None:
    into = tmp_path / "set"
    keep(tmp_path / "a" / "1", [time("c", 1.0)], machine=ACME)
    keep(tmp_path / "b" / "2", [time("c", 2.0)], machine=NEWER)
    merged([tmp_path / "b"], into)
    merged([tmp_path / "a"], into)
    keep(tmp_path / "a" / "3", [time("c", 3.0)], machine=NEWER)
    merged([tmp_path / "a", tmp_path / "b"], into)
    name = "acme-one-avx2-4-cores"
    found = sorted(str(path.relative_to(into)) for path in into.glob("*/*"))
    assert found == [f"{name}-2/1", f"{name}/2", f"{name}/3"]


def broken(folder: Path) -> dict[str, str]:
    """Make runs that cannot be merged; the reason for each, by name."""
    for name in ("damaged", "rows", "empty", "nowhere", "other", "headless", "rowless"):
        keep(folder / name, [time("c", 1.0)], machine={} if name == "nowhere" else ACME)
    keep(folder / "running", [time("c", 1.0)], state=RUNNING)
    keep(folder / "failed", [time("c", 1.0)], state=FAILED)
    (folder / "damaged" / header.HEADER).write_text('{"schema": 2, "state": "co')
    (folder / "rows" / header.ROWS).write_text('{"schema": 2}\n')
    (folder / "empty" / header.ROWS).write_text("\n")
    rows.write(folder / "other" / header.ROWS, [time("c", 1.0)], {"processor": "Gamma"})
    (folder / "headless" / header.HEADER).unlink()
    (folder / "rowless" / header.ROWS).unlink()
    (folder / "file.txt").write_text("no run")
    (folder / "figures").mkdir()
    return {
        "damaged": "run.json: not the header of a run: not JSON",
        "rows": "rows.jsonl:1: not a result row: no quantity",
        "empty": "it has no rows",
        "nowhere": "its run.json names no processor",
        "other": "a row is of another machine than run.json names",
        "headless": "it has no run.json",
        "rowless": "it has no rows.jsonl",
        "running": "it is still running, or was killed",
        "failed": "it has failed",
        "file.txt": "it is no folder of a run",
        "figures": "it has no rows.jsonl",
    }


def test_what_is_no_complete_run_is_left_out_in_one_line(tmp_path: Path) -> None:
    host, into = tmp_path / "host", tmp_path / "set"
    keep(host / "cut", [time("c", 1.0)], state=INTERRUPTED)
    reasons = broken(host)
    result, left_out = merged([host], into)
    assert [path.name for path in result.added] == ["cut"]
    assert sorted(left_out) == sorted(
        f"{host / name} is left out: {reason}" for name, reason in reasons.items()
    )


def test_a_run_that_is_damaged_in_the_set_stays_and_hinders_nothing(tmp_path: Path) -> None:
    into = tmp_path / "set"
    folders = hosts(tmp_path)
    merged(folders, into)
    hurt = into / "beta-two-avx512f-8-cores" / "2026-01-01T00-00-00-ladder"
    (hurt / header.ROWS).write_text("nonsense\n")
    result, _ = merged(folders, into)
    assert (hurt / header.ROWS).read_text() == "nonsense\n"
    (added,) = result.added
    assert added.name == hurt.name
    _, damaged = merge.members(into)
    assert damaged == [f"{hurt} is damaged: rows.jsonl:1: not a result row: not JSON"]


def test_a_folder_or_run_that_is_the_set_itself_is_not_merged_into_it(tmp_path: Path) -> None:
    local = tmp_path / "local"
    keep(local / "run", [time("c", 1.0)])
    into = local / "machines"
    for count in (1, 0):
        result, left_out = merged([local], into)
        assert (len(result.added), left_out) == (count, [])
    for wrong in (local, local / "run"):
        with pytest.raises(ValueError, match="holds runs itself"):
            merged([local], wrong)


def test_paths_that_are_no_folders_are_errors(tmp_path: Path) -> None:
    keep(tmp_path / "host" / "run", [time("c", 1.0)])
    (tmp_path / "file").write_text("")
    for name, message in (("none", "does not exist"), ("file", "is a file, not a folder of runs")):
        with pytest.raises(ValueError, match=message):
            merge.collect([tmp_path / "host", tmp_path / name], tmp_path / "set")
    found, _ = merge.collect([tmp_path / "host"], tmp_path / "file")
    with pytest.raises(NotADirectoryError):
        merge.store(found, tmp_path / "file")


def test_a_full_disk_leaves_no_half_of_a_run(tmp_path: Path) -> None:
    folders, into = hosts(tmp_path), tmp_path / "set"
    write, written = Path.write_bytes, []

    def fail(path: Path, data: bytes) -> int:
        written.append(path)
        if len(written) == 4:  # in the middle of the second run
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    with mock.patch.object(Path, "write_bytes", fail), pytest.raises(OSError, match="No space"):
        merged(folders, into)
    assert {Path(name).parent.name for name in files(into)} == {"2026-01-01T00-00-00-ladder"}
    assert len(files(into)) == 2
    result, _ = merged(folders, into)
    assert len(result.added) == 3
    assert sorted(path.name for path in into.iterdir()) == [
        "acme-one-avx2-4-cores", "acme-one-avx2-8-cores", "beta-two-avx512f-8-cores",
    ]  # fmt: skip
