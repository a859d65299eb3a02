"""The commands as a user types them."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple, get_args, get_origin, get_type_hints

import pytest

from benchmarks.__main__ import COMMANDS, load
from benchmarks.article.figures import FIGURES
from benchmarks.article.statements import STATEMENTS
from benchmarks.experiments.article import experiment
from benchmarks.measure import frames, rows, timing
from benchmarks.measure.environment import ROOT
from benchmarks.show.tables import article_table
from benchmarks.terminal import console
from benchmarks.terminal.options import REPLACED
from kernels import LADDER, PEERS, Network
from tests.running import python, run, started


def test_list_names_everything_to_who_types_it() -> None:
    result = python("-m", "benchmarks", "list")
    assert result.returncode == 0, result.stderr
    for name in (*LADDER, *PEERS, "100-100-50-10"):
        assert name in result.stdout
    assert "\x1b[" not in result.stdout


def test_quick_article_measures_every_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alternate = timing.alternate
    monkeypatch.setattr(timing, "alternate", lambda calls, seconds: alternate(calls, 0.0))
    monkeypatch.setattr(console, "PIPED_WIDTH", 2000)  # a line for every line of the tables
    path = tmp_path / "t.json"
    result = run("article", "--quick", "--json", str(path))
    assert result.returncode == 0, result.stderr
    for figure in FIGURES:
        assert figure.claim in result.stdout
    for statement in STATEMENTS:
        assert statement.says in result.stdout
    assert "not measured" not in result.stdout
    assert "0.83545566" in result.stdout
    assert "2.249965, 70 steps" in result.stdout
    records = rows.read(path)
    for figure, line in zip(FIGURES, article_table.headline(frames.frame(records)), strict=True):
        cells = dict(zip(article_table.HEADINGS, line, strict=True))
        needed = {"here"}
        if figure.quantity == "time":
            needed |= set(LADDER) | ({"%timeit"} if figure.operation == "forward" else set())
        assert not [name for name in needed if cells[name] in (article_table.MISSING, "None")], line
    timed = {(r["workload"], r["kernel"]) for r in records if r["operation"] == "forward"}
    for workload in ("3-3-1", "3-3-3-1", "100-100-50-10"):
        assert {(workload, rung) for rung in LADDER} <= timed
    for record in records:
        if record["quantity"] == "time":
            assert record["median_ns"] > 0
            assert record["error"] < 1e-9
            assert record["numba"]
    assert any(r["extrapolated_from"] for r in records if r["kernel"] == "looped")


def test_an_interrupted_article_keeps_what_it_measured(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    command = ("-m", "benchmarks", "article", "--json", str(path))
    # coloured, progress is written to the pipe
    with started(*command, FORCE_COLOR="1") as process:
        assert process.stderr is not None
        seen = ""
        deadline = time.monotonic() + 120
        while "forward" not in seen and time.monotonic() < deadline:
            seen += process.stderr.read(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "interrupted" in err
    assert "Traceback" not in err
    assert rows.read(path)
    assert "0.83545566" in out


def test_train_prints_saves_and_goes_on(tmp_path: Path) -> None:
    saved, stored = tmp_path / "network.npz", tmp_path / "train.jsonl"
    result = run("train", "--kernel", "jitted", "--seeds", "2", "--iterations", "40",
                 "--hidden", "12-8", "--save", str(saved), "--json", str(stored))  # fmt: skip
    assert result.returncode == 0, result.stderr
    records = rows.read(stored)
    accuracies = [r for r in records if r["quantity"] == "accuracy_percent"]
    assert [r["seed"] for r in accuracies] == [0, 1]
    assert all(0 <= r["value"] <= 100 and r["seconds"] > 0 for r in accuracies)
    assert {r["workload"] for r in records} == {"64-12-8-10"}
    curve = [r["iterations"] for r in records if r["quantity"] == "cost"]
    assert curve == [
        *experiment.curve_iterations(40),
        40,
    ]  # of the first seed, and the second's end
    assert len(re.findall(r"\d+\.\d %", result.stdout)) >= 2
    assert Network.load(saved).sizes == (64, 12, 8, 10)
    again = run("train", "--iterations", "1", "--hidden", "12-8", "--start", str(saved))
    assert again.returncode == 0, again.stderr
    assert "batched, float64, 1 thread" in " ".join(again.stdout.split())
    other = run("train", "--iterations", "1", "--start", str(saved))
    assert other.returncode == 1
    assert "64-12-8-10" in other.stderr


def test_a_mistake_is_told_to_who_types_it() -> None:
    result = python("-m", "benchmarks", "train", "--hidden", "3-x")
    assert result.returncode == 1
    assert not result.stdout
    assert result.stderr.startswith("error: sizes are written like")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nope",), "No such command"),
        (("train", "--nope"), "No such option"),
        (("train", "--kernel", "nope"), "no kernel is called 'nope'"),
        (("train", "--kernel", "scikit-learn"), "train is not offered"),
        (("train", "--hidden", "3-0-1"), "sizes are written like"),
        (("train", "--hidden", "3-x"), "sizes are written like"),
        (("train", "--seeds", "0"), "--seeds"),
        (("train", "--iterations", "many"), "--iterations"),
        (("train", "--alpha", "nan"), "alpha must be finite"),
        (("train", "--dtype", "float16"), "dtype"),
        (("train", "--kernel", "looped", "--threads", "2"), "threads=2 is not offered"),
        (("train", "--start", "README.md"), "does not hold a network"),
        (("train", "--start", "missing.npz"), "error: missing.npz: No such file"),
        (("train", "--start", "tests"), "error: tests: Is a directory"),
        (("train", "--save", "tests"), "error: tests is a directory"),
        (("train", "--save", "tests/x", "--json", "./tests/x"), "are both tests/x"),
        (("article", "--json", "tests"), "error: tests is a directory"),
        (("article", "--json", "README.md/x"), "error: README.md is no folder"),
        (("article", "--json", "README.md/x/y"), "error: README.md/x is no folder"),
        (("report", "--out", "README.md"), "error: README.md is no folder"),
        (("report", "--figures", "README.md/x"), "error: README.md/x is no folder"),
        (("report", "--rows", "README.md"), "there is no folder README.md"),
        (("compare", "tests", "forward"), "error: tests is a directory, not a file of rows"),
        (("compare", "forward", ""), "error: an empty name is no run"),
        (("dashboard", "--port", "0"), "--port"),
        (("train", "--hidden", "999999999-999999999"), ""),
    ],
)
def test_mistakes_are_told_in_one_line(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.returncode not in (0, 130)
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert message in result.stderr
    assert "[Errno" not in result.stderr


READ = {("train", "start"), ("report", "measured")}
"""Paths that are read; every other one that a command takes is written."""


class Parameter(NamedTuple):
    """A parameter of a command's function: what the command line takes."""

    command: str
    name: str
    is_path: bool
    help: str


def parameters() -> Iterator[Parameter]:
    """Every one of every command."""
    for command in COMMANDS:
        for name, hint in get_type_hints(load(command), include_extras=True).items():
            if get_origin(hint) is Annotated:
                kind, info = get_args(hint)
                yield Parameter(command, name, Path in (kind, *get_args(kind)), info.help)


def test_help_says_what_becomes_of_a_file_that_is_there() -> None:
    written = [one for one in parameters() if one.is_path and one[:2] not in READ]
    assert {one.name for one in written} == {"json", "csv", "save", "out", "drawings"}
    for one in written:
        expected = "one that is there is an error." if one.name == "csv" else REPLACED
        assert expected in one.help


def test_help_shows_every_default() -> None:
    """Within the text of a help, brackets would be taken for markup, and vanish."""
    assert not [one for one in parameters() if "[" in one.help]
    shown = " ".join(run("article", "--help").stdout.replace("│", " ").split())
    assert "results/local/COMMAND.jsonl" in shown


def test_help_has_every_command() -> None:
    result = run("--help")
    assert result.returncode == 0
    for command in ("article", "train", "list", "readme", "dashboard"):
        assert command in result.stdout


def test_without_a_command_the_help_is_all_that_is_shown() -> None:
    result = run()
    assert result.returncode == 2
    assert not result.stderr
    assert "ladder" in result.stdout


def test_every_command_tells_an_example_of_itself() -> None:
    for name in COMMANDS:
        assert f"Example: python -m benchmarks {name}" in str(load(name).__doc__)


def test_the_documents_are_what_runs_and_lists_give() -> None:
    result = run("readme", "--check")
    assert result.returncode == 0, result.stderr


def test_committed_results_name_no_host_or_path() -> None:
    for path in (ROOT / "results").rglob("*"):
        if path.is_file() and "local" not in path.relative_to(ROOT).parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"/(home|root|work|Users|tmp)/", text), path
