"""The user's runs: their numbers, their states, and the ways to name them."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.measure import header, listing, rows, stored
from benchmarks.measure.rows import Row
from benchmarks.measure.runs import Run
from benchmarks.terminal import console
from tests.running import run

Begin = Callable[..., Run]


@pytest.fixture
def begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """A function that begins a run at a moment of its own, with one row of a kernel."""
    monkeypatch.setattr(rows, "LOCAL", tmp_path)
    monkeypatch.setattr(console, "PIPED_WIDTH", 300)

    def begin(kernel: str, moment: str, command: str = "ladder") -> Run:
        monkeypatch.setattr(header, "now", lambda: f"2026-11-{moment}Z")
        one = Run.begin(command, ["--sizes", "3-3-1"])
        one.add([Row("time", "3-3-1", "forward", kernel, median_ns=5.0)])
        return one

    return begin


def kernel(name: str) -> str:
    (found,) = stored.load(name)["kernel"]
    return str(found)


def test_a_number_keeps_its_meaning_when_runs_are_added(begin: Begin) -> None:
    begin("a", "25T18:00:00.100")
    begin("b", "25T18:00:00.200", command="article")  # in the same second, and first by name
    assert [kernel(name) for name in ("1", "2", "latest")] == ["a", "b", "b"]
    for second in range(1, 12):
        begin("c", f"25T18:00:00.{300 + second}")
    begin("d", "26T09:00:00.000", command="article")
    assert [kernel(name) for name in ("1", "2", "13", "14", "latest")] == ["a", "b", "c", "d", "d"]
    names = [one.path.name for one in listing.listed()]
    assert names[2:13] == [f"2026-11-25T18-00-00-ladder-{number}" for number in range(2, 13)]


def test_rows_have_the_name_of_the_run_that_a_number_means(begin: Begin) -> None:
    name = begin("a", "25T18:00:00.0").path.name
    for given in ("1", "latest", name):
        assert set(stored.load(given)["run"]) == {name}
    with pytest.raises(ValueError, match=r"^latest and 1 are the same run$"):
        stored.load("1", "latest")


def test_what_is_not_in_the_list_is_told(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match=r"^there is no run latest; .* there are none of yours"):
        stored.load("latest")
    begin("a", "25T18:00:00.0")
    for name in ("0", "2", "²", "-1"):
        with pytest.raises(ValueError, match=rf"^there is no run {name}; .* yours, 1 to 1$"):
            stored.load(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "2").write_text('{"schema": 2, "quantity": "output", "kernel": "mine"}\n')
    assert kernel("2") == "mine"  # the file, as there is no such number


def test_the_list_shows_states_rows_and_what_is_damaged(begin: Begin, tmp_path: Path) -> None:
    states = {"a": header.COMPLETE, "b": header.INTERRUPTED, "c": header.FAILED}
    for day, (name, state) in enumerate(states.items(), start=21):
        begin(name, f"{day}T18:00:00.0").finish(state)
    begin("d", "25T18:00:00.0", command="article")
    damaged = begin("e", "26T18:00:00.0").path / header.HEADER
    damaged.write_text("{}")
    (tmp_path / "report.html").touch()
    (tmp_path / "Linux-CPython").mkdir()
    result = run("list", "--runs")
    assert result.returncode == 0, result.stderr
    _, _, table = result.stdout.partition("──\n")
    cells = [re.split(r"\s{2,}", line.strip()) for line in table.splitlines()[:5]]
    assert [line[0] for line in cells] == ["1", "2", "3", "4", "5"]
    assert [line[4] for line in cells[:4]] == ["complete", "interrupted", "failed", "not finished"]
    assert "damaged" in cells[4]
    first = cells[0]
    assert first[1:4] == ["2026-11-21T18-00-00-ladder", "ladder --sizes 3-3-1", "2026-11-21"]
    assert first[5]
    assert [line[-1] for line in cells] == ["1", "1", "1", "1", "0"]
    assert f"{damaged}: not the header of a run: no object with schema 2" in result.stdout


def test_without_runs_the_list_says_what_else_there_is(begin: Begin) -> None:
    result = run("list", "--runs")
    assert result.returncode == 0, result.stderr
    assert "reference --list" in result.stdout


def test_compare_and_export_take_numbers_and_latest(begin: Begin, tmp_path: Path) -> None:
    for day in (21, 22):
        begin("a", f"{day}T18:00:00.0").finish(header.COMPLETE)
    result = run("compare", "1", "latest")
    assert result.returncode == 0, result.stderr
    assert "Of 1 comparison 0 slower" in result.stdout
    path = tmp_path / "rows.csv"
    assert run("export", "2", "forward", "--csv", str(path)).returncode == 0
    text = path.read_text()
    assert text.count("2026-11-22T18-00-00-ladder") == 1
    assert "\nforward," in text


@pytest.mark.parametrize("name", ["1", "latest", "2026-99-99T99-99-99-z", "2026-02-30T10-00-00-z"])
def test_folders_without_the_name_of_a_run_are_not_among_them(
    name: str, begin: Begin, tmp_path: Path
) -> None:
    foreign = begin("foreign", "25T17:00:00.0").path
    foreign.rename(tmp_path / name)
    own = begin("own", "25T18:00:00.0").path
    assert listing.paths() == [own]
    assert [kernel(given) for given in ("1", "latest")] == ["own", "own"]


def test_a_run_that_lost_its_header_is_listed(begin: Begin) -> None:
    path = begin("a", "25T18:00:00.0").path
    (path / header.HEADER).unlink()
    (one,) = listing.listed()
    assert (one.path, one.rows, one.problem) == (path, 1, "")
    assert [kernel(given) for given in ("1", "latest", path.name)] == ["a", "a", "a"]
    assert run("list", "--runs").returncode == 0


def test_runs_of_the_same_moment_are_in_the_order_of_their_numbers(begin: Begin) -> None:
    ages = [listing.age(begin("a", "25T18:00:00.0").path) for _ in range(11)]
    assert all(map(operator.lt, ages, ages[1:]))
