"""A session of a command that measures: on a full disk, and after Ctrl-C, nothing is lost."""

from __future__ import annotations

import errno
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from benchmarks import __main__ as entry
from benchmarks.article import figures
from benchmarks.experiments import ladder, selftest
from benchmarks.experiments.article import reproduce
from benchmarks.experiments.article.measured import published
from benchmarks.measure import duel, files, header, limits, rows, starts
from benchmarks.measure.environment import ROOT
from benchmarks.measure.errors import FailedError
from benchmarks.measure.rows import Row
from benchmarks.measure.runs import Run
from benchmarks.terminal import console, noise, session
from benchmarks.terminal.session import Session
from tests.benchmarks.made_up import FOUND, sitting

FULL = OSError(errno.ENOSPC, "No space left on device")


def raising(times: int, after: int = 0) -> Callable[[Path, str], None]:
    """A `files.replace` that works `after` times, and fails the next `times`: the disk is full."""
    count = itertools.count()
    replace = files.replace

    def attempt(path: Path, text: str) -> None:
        if after <= next(count) < after + times:
            raise FULL
        replace(path, text)

    return attempt


def row(kernel: str) -> Row:
    return Row("time", "3-3-1", "forward", kernel, median_ns=100.0)


def begun(path: Path, threads: int = 1) -> Session:
    return Session(Run.begin("ladder", json=path, threads=threads), console.progress())


def test_rows_that_could_not_be_stored_are_stored_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.jsonl"
    one = begun(path)
    monkeypatch.setattr(files, "replace", raising(2))
    for name in ("a", "b"):
        one.add([row(name)])
    assert not path.exists()
    assert [record["kernel"] for record in one.run.records] == ["a", "b"]
    one.end()
    assert [record["kernel"] for record in rows.read(path)] == ["a", "b"]


def test_a_disk_that_stays_full_is_an_error_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = begun(tmp_path / "rows.jsonl")
    monkeypatch.setattr(files, "replace", raising(99))
    one.add([row("a")])
    one.finished = "after one round"
    for interrupted in (False, True):
        with pytest.raises(FailedError, match=r"could not be stored in .*rows\.jsonl: No space"):
            one.end(interrupted)
    err = capsys.readouterr().err
    assert "interrupted: after one round" in err
    assert "rows are in" not in err


def test_the_rows_that_are_shown_are_those_that_are_stored(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    one = begun(path, threads=2)
    one.add([row("a"), Row("ratio", kernel="a", value=1.0, low=float("nan"), high=float("inf"))])
    assert rows.read(path) == one.run.records
    assert {record["threads"] for record in one.run.records} == {2}


def test_ctrl_c_ends_the_work_and_shows_and_stores_what_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rows.jsonl"
    shown: list[int] = []

    def work(one: Session) -> None:
        one.add([row("a")])
        one.finished = "one of two"
        one.add([row("b")])
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit) as ended:
        session.measure("ladder", work, lambda frame: shown.append(len(frame)), path,
                        announced=False)  # fmt: skip
    assert ended.value.exit_code == 130
    assert shown == [2]
    assert [record["kernel"] for record in rows.read(path)] == ["a", "b"]
    assert header.read(header.beside(path)).state == "interrupted"
    assert "interrupted: one of two" in capsys.readouterr().err


def test_a_run_in_which_nothing_could_be_timed_has_failed(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    lost = [Row("time", "3-3-1", "forward", "jax", state="missing", reason="not installed")]
    with pytest.raises(FailedError, match="none of the contenders could be timed"):
        session.measure("ladder", lambda one: one.add(lost), lambda _: None, path, announced=False)
    assert header.read(header.beside(path)).state == "failed"
    assert rows.read(path)[0]["state"] == "missing"


def pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace all measurements by immediate results."""
    found = sitting(0.01, batched=1e5, jitted=2e5, floor=1.0)
    served = sitting(0.01, compiled=1e3, onnx=1e5)
    monkeypatch.setattr(noise, "announce", lambda: None)
    monkeypatch.setattr(limits, "measure", lambda *_, **__: FOUND)
    monkeypatch.setattr(starts, "measure", lambda *_: starts.Starts({}, {}))
    monkeypatch.setattr(ladder, "sit", lambda *_, **__: found)
    monkeypatch.setattr(duel, "sit", lambda *_: served)
    monkeypatch.setattr(
        selftest, "one", lambda *_: Row("duel", "3-3-1", "forward", "vectorized", value=1.0,
                                        low=0.9, high=1.1, slower_percent=0.0, processes=8,
                                        seconds=1.0, verdict="no difference")
    )  # fmt: skip
    steps = [reproduce.Step("exact", 1, published.exact_figures)]
    monkeypatch.setattr(reproduce, "steps", lambda _: iter(steps))


COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "ladder": (("--sizes", "3-3-1", "--rounds", "2"), "Use batched"),
    "crossover": (("--sizes", "3-3-1", "--crossover", "batch"), "batched is the fastest"),
    "article": (("--quick",), figures.FIGURES[0].claim.split()[0]),
    "compile": (("--data", "iris"), "compiled"),
    "selftest": (("--equals", "1", "--slowed", "0"), "a difference seen between equals"),
    "sweep": (
        ("--data", "iris", "--seeds", "1", "--passes", "2", "--workers", "1"),
        "best median accuracy",
    ),
    "train": (
        ("--iterations", "2", "--kernel", "vectorized"),
        "% (1 seed), below the article's 86 %",
    ),
    "limits": ((), "fma peak float64"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_on_a_disk_that_fills_every_command_shows_what_it_measured(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pretend(monkeypatch)
    monkeypatch.setattr(files, "replace", raising(99, after=1))  # the header finds room
    options, shown = COMMANDS[name]
    path = tmp_path / "rows.jsonl"
    command: list[Any] = ["benchmarks", "ladder" if name == "crossover" else name, *options]
    monkeypatch.setattr("sys.argv", [*command, "--json", str(path)])
    assert entry.main() == 1
    out, err = capsys.readouterr()
    assert shown in out
    (line,) = [one for one in err.splitlines() if one.startswith("error: ")]
    assert "No space left on device" in line
    assert not path.exists()


def test_a_disk_that_is_full_already_is_told_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "replace", raising(99))
    path = tmp_path / "rows.jsonl"
    with pytest.raises(OSError, match="No space left"):
        session.measure("ladder", lambda _: pytest.fail("it went on"), lambda _: None, path)
    assert not list(tmp_path.iterdir())


def test_a_suite_that_cannot_store_its_rows_shows_its_table(tmp_path: Path) -> None:
    """pytest-benchmark prints its table after the session, so errors there must not be raised."""
    plugin = tmp_path / "full.py"
    plugin.write_text(
        "from benchmarks.measure import files\n"
        "def full(path, text):\n    raise OSError(28, 'No space left on device')\n"
        "files.replace = full\n"
    )
    suite = ["-q", "-p", "no:cacheprovider", "-p", "full", "--benchmark-only", "-k"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *suite, "test_forward and looped-3-3-1 and not batch",
         "benchmarks/suite"],
        capture_output=True, text=True, check=False, cwd=ROOT,
        env={name: value for name, value in os.environ.items() if "XDIST" not in name}
        | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
    )  # fmt: skip
    assert result.returncode == 1
    assert "1 passed" in result.stdout
    assert "Rounds" in result.stdout
    assert "error: the rows could not be stored" in result.stdout
    assert "INTERNALERROR" not in result.stdout + result.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in files here")
def test_rows_can_be_written_to_a_pipe(tmp_path: Path) -> None:
    """Replacing /dev/null by a file, which root can do, would damage the system."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = subprocess.Popen(
        [sys.executable, "-c", "import sys; print(open(sys.argv[1]).read())", str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    one = begun(path)
    for name in ("a", "b"):
        one.add([row(name)])
    one.replace([row("c"), row("b")])
    one.end()
    out, _ = reader.communicate(timeout=60)
    assert [json.loads(line)["kernel"] for line in out.splitlines() if line] == ["c", "b"]
    assert '"threads": 1' in out  # there is no place for a header
    assert path.is_fifo()
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no /dev/stdout here")
def test_rows_on_standard_output_stand_after_what_was_printed(tmp_path: Path) -> None:
    """A file that standard output goes to is neither replaced nor cut off."""
    code = (
        "from pathlib import Path; from benchmarks.measure.runs import Run, Row\n"
        "print('the table')\n"
        "with Run.begin('ladder', json=Path('/dev/stdout')) as one:\n"
        "    one.add([Row('limits')])\n"
        "print('the end')\n"
    )
    path = tmp_path / "out"
    with path.open("w") as out:
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, stdout=out)
    first, second, third = path.read_text(encoding="utf-8").splitlines()
    assert (first, json.loads(second)["quantity"], third) == ("the table", "limits", "the end")


def test_a_header_that_finds_no_room_is_told_apart_from_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rows.jsonl"
    one = begun(path)
    monkeypatch.setattr(files, "replace", raising(99, after=2))  # rows twice, then the header
    one.add([row("a")])
    with pytest.raises(
        FailedError, match=r"^the state of the run could not be stored in .*: No space"
    ):
        one.end()
    assert f"1 row is in {path}" in " ".join(capsys.readouterr().err.split())


def test_uncertain_times_are_named_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = replace(row("a"), low_ns=50.0, high_ns=200.0)
    session.measure("ladder", lambda one: one.add([wide]), lambda _: None,
                    tmp_path / "rows.jsonl", announced=False)  # fmt: skip
    assert "too uncertain for a verdict: a forward 3-3-1" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no /dev/full here")
def test_a_full_device_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    one = begun(Path("/dev/full"))
    one.add([row("a")])
    with pytest.raises(FailedError, match="could not be stored in /dev/full: No space left"):
        one.end()
    assert Path("/dev/full").is_char_device()
    assert "rows are in" not in capsys.readouterr().err


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No watch of the machine for disturbances."""
    monkeypatch.setattr(noise, "announce", lambda: None)


@pytest.mark.usefixtures("at_once")
def test_the_duration_and_too_many_threads_are_told_in_advance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []

    def work(one: Session) -> None:
        told.append(capsys.readouterr().err)
        one.add([row("a")])

    for seconds, threads, words in (
        (720, 1, "this takes about 12 minutes"),
        (1, 999, "--threads 999: this machine has "),
    ):
        path = tmp_path / f"{threads}.jsonl"
        session.measure("ladder", work, lambda _: None, path, threads, seconds=seconds)
        assert words in told.pop()


def test_where_there_is_no_bar_a_line_tells_each_phase_and_every_quarter_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter((0, 1, 2, 16, 20))
    monkeypatch.setattr(session, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    one = Session(Run.begin("ladder", json=tmp_path / "r"), console.progress(), total=8)
    for about, done in (("3-3-1", 0), ("3-3-1", 1), ("3-3-1", 2), ("4-4", 4)):
        one.progress_of_round(about, 0, "timing", done)
    assert capsys.readouterr().err.splitlines() == [
        "after 1 second, 0 %: 3-3-1: timing",
        "after 16 seconds, 25 %: 3-3-1: timing",
        "after 20 seconds, 50 %: 4-4: timing",
    ]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("rounds", [0, 3])
def test_after_ctrl_c_it_says_of_how_many_rounds_it_keeps_what_and_where(
    rounds: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rows.jsonl"

    def work(one: Session) -> None:
        ended = sitting(0.01, rounds, a=1.0) if rounds else duel.Sitting()
        ended.interrupted = True
        one.sat("3-3-1", ended, 8, [row("a")])
        pytest.fail("it went on")

    with pytest.raises(typer.Exit) as ended:
        session.measure("ladder", work, lambda _: None, path)
    assert ended.value.exit_code == 130
    first, second = capsys.readouterr().err.splitlines()
    assert first == f"interrupted: 3-3-1 had {rounds} of 8 rounds"
    assert second == (f"1 row is in {path}" if rounds else "nothing is stored")
    assert path.exists() == bool(rounds)


@pytest.mark.usefixtures("at_once")
def test_article_quick_names_noise_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = replace(row("a"), low_ns=50.0, high_ns=200.0)
    announced: list[bool] = []
    monkeypatch.setattr(noise, "announce", lambda: announced.append(True))
    steps = [reproduce.Step("one", 1, lambda: [wide])]
    monkeypatch.setattr(reproduce, "steps", lambda _: iter(steps))
    command = ["benchmarks", "article", "--quick", "--json", str(tmp_path / "r")]
    monkeypatch.setattr("sys.argv", command)
    assert entry.main() == 0
    assert announced
    assert "too uncertain for a verdict: a forward 3-3-1" in capsys.readouterr().err


@pytest.mark.usefixtures("at_once")
def test_ctrl_c_while_the_results_are_shown_costs_none_of_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def show(_: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "rows.jsonl"
    with pytest.raises(typer.Exit) as ended:
        session.measure("ladder", lambda one: one.add([row("a")]), show, path)
    assert ended.value.exit_code == 130
    assert f"1 row is in {path}" in capsys.readouterr().err
    assert len(rows.read(path)) == 1
