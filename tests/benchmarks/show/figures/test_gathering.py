"""Runs of several machines: their names, and of each question the rows of one run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.measure import header
from benchmarks.measure.header import INTERRUPTED
from benchmarks.show.figures import gathering
from tests.benchmarks.made_up import ACME, BETA, duels, keep

MORE = ACME | {"cores": 8}
NEWER = ACME | {"system_kernel": "6.2"}
FIRST = {"a": 2000.0, "b": 3000.0}


def result_set(folder: Path) -> Path:
    """A set of three machines, whose runs have one name."""
    for name, machine in (
        ("acme-one-avx2-4-cores", ACME),
        ("acme-one-avx2-4-cores-2", NEWER),
        ("beta-two-avx512f-8-cores", BETA),
    ):
        keep(folder / name / "run", duels(FIRST), machine=machine)
    return folder


def test_machines_of_a_set_are_called_as_their_folders(tmp_path: Path) -> None:
    folder = result_set(tmp_path)
    names = {"acme-one-avx2-4-cores", "acme-one-avx2-4-cores-2", "beta-two-avx512f-8-cores"}
    for runs in (gathering.of_folder(folder), gathering.named([str(folder)])):
        assert {one.machine for one in runs.found} == names
        assert {one.name for one in runs.found} == {f"{name}/run" for name in names}
        assert all((one.frame["run"] == one.name).all() for one in runs.found)
        found = gathering.side_by_side(runs)
        assert found is not None
        assert found.notes() == [
            "acme-one-avx2-4-cores-2 is another machine than acme-one-avx2-4-cores: system_kernel "
            "6.2 and unknown"
        ]


def test_equal_processors_with_other_cores_or_another_system_are_told_apart(
    tmp_path: Path,
) -> None:
    for day, machine in enumerate((ACME, MORE, NEWER, BETA), start=1):
        keep(tmp_path / f"{day}", duels(FIRST), day, machine=machine)
    found = {one.name: one.machine for one in gathering.of_folder(tmp_path).found}
    assert found == {
        "1": "Acme One (avx2, 4 cores), number 2",
        "2": "Acme One (avx2, 8 cores)",
        "3": "Acme One (avx2, 4 cores)",
        "4": "Beta Two (avx512f, 8 cores)",
    }


def test_runs_of_one_machine_have_no_section(tmp_path: Path) -> None:
    keep(tmp_path / "1", duels(FIRST))
    keep(tmp_path / "2", duels(FIRST, workload="1-1"), 2)
    assert gathering.side_by_side(gathering.of_folder(tmp_path)) is None


def test_of_each_question_one_run_answers_and_the_newest_complete_one(tmp_path: Path) -> None:
    keep(tmp_path / "old", [*duels(FIRST), *duels(FIRST, dtype="float32")], 1)
    keep(tmp_path / "new", duels({"b": 1500.0, "c": 1600.0}), 2)
    keep(tmp_path / "cut", duels({"a": 1.0}), 3, state=INTERRUPTED)
    words = ("--sizes", "3-3-1", "--crossover", "width")
    keep(tmp_path / "crossover", [*duels({"a": 7.0}), *duels({"a": 9.0}, workload="5-5-1")], 4,
         words=words)  # fmt: skip
    found = gathering.answers(gathering.of_folder(tmp_path))
    times = found[found["quantity"] == "time"]
    assert {tuple(line) for line in times[["run", "workload", "dtype", "kernel"]].to_numpy()} == {
        ("new", "3-3-1", "float64", "b"), ("new", "3-3-1", "float64", "c"),
        ("old", "3-3-1", "float32", "a"), ("old", "3-3-1", "float32", "b"),
        ("crossover", "5-5-1", "float64", "a"),
    }  # fmt: skip


def test_runs_are_named_by_sets_paths_and_reference_names_each_once(tmp_path: Path) -> None:
    folder = result_set(tmp_path / "set")
    keep(tmp_path / "other" / "run", duels(FIRST), 3, machine=MORE)
    words = [str(folder), str(tmp_path / "other" / "run"), str(folder / "beta-two-avx512f-8-cores")]
    runs = gathering.named([*words, words[1]])
    assert sorted(one.name for one in runs.found) == [
        "acme-one-avx2-4-cores-2/run", "acme-one-avx2-4-cores/run", "beta-two-avx512f-8-cores/run",
        "run",
    ]  # fmt: skip
    keep(tmp_path / "third" / "run", duels(FIRST), 3, machine=BETA)
    runs = gathering.named([words[1], str(tmp_path / "third" / "run"), "forward"])
    assert {one.name for one in runs.found} == {"run", "run-2", "forward"}


def test_damaged_runs_are_told_and_sets_without_any_other_are_errors(tmp_path: Path) -> None:
    folder = result_set(tmp_path / "set")
    hurt = folder / "beta-two-avx512f-8-cores"
    (hurt / "run" / header.ROWS).write_text("nonsense\n")
    runs = gathering.named([str(folder)])
    assert runs.damaged == (
        ("beta-two-avx512f-8-cores/run", "run/rows.jsonl:1: not a result row: not JSON"),
    )
    assert len(runs.machines) == 2
    with pytest.raises(ValueError, match=r"has no rows run/rows.jsonl:1: not a result row"):
        gathering.named([str(hurt)])
    with pytest.raises(ValueError, match="not JSON"):
        gathering.named([str(hurt / "run")])
    (hurt / "run" / header.ROWS).write_text("")
    with pytest.raises(ValueError, match="has no rows"):
        gathering.named([str(hurt / "run")])


def test_a_half_copied_run_is_not_read(tmp_path: Path) -> None:
    folder = result_set(tmp_path)
    shelf = folder / "beta-two-avx512f-8-cores"
    shutil.copytree(shelf / "run", shelf / ".run.12ab34cd")
    assert len(gathering.of_folder(folder).found) == 3
    assert len(gathering.of_folder(shelf).found) == 1
