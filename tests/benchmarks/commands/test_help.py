"""The help of every command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple, get_args, get_origin, get_type_hints

import pytest

import kernels
from benchmarks.__main__ import COMMANDS, OnDemand, load
from benchmarks.measure.environment import ROOT
from benchmarks.terminal.options import REFUSED, REPLACED
from tests.running import python, run

READ = {("train", "start"), ("report", "measured")}
"""Path parameters that a command reads; it writes all others."""


SAID = {"csv": "one that exists is an error.", "json": REFUSED, "into": "those that are there stay"}


class Parameter(NamedTuple):
    """A parameter of a command."""

    command: str
    name: str
    is_path: bool
    help: str


def parameters() -> Iterator[Parameter]:
    """Yield all parameters of all commands."""
    for command in COMMANDS:
        for name, hint in get_type_hints(load(command), include_extras=True).items():
            if get_origin(hint) is Annotated:
                kind, info = get_args(hint)
                yield Parameter(command, name, Path in (kind, *get_args(kind)), info.help)


def test_help_says_what_happens_to_existing_files() -> None:
    written = [one for one in parameters() if one.is_path and one[:2] not in READ]
    assert {one.name for one in written} == {"json", "csv", "save", "out", "drawings", "into"}
    for one in written:
        expected = SAID.get(one.name, REPLACED)
        assert expected in one.help


def test_help_shows_every_default() -> None:
    """Brackets in a help text would be taken for markup and vanish."""
    assert not [one for one in parameters() if "[" in one.help]
    shown = " ".join(run("article", "--help").stdout.replace("│", " ").split())
    assert "results/local/TIME-COMMAND" in shown


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


def example(name: str) -> list[str]:
    """The words of the example in a command's help, without `python -m benchmarks`."""
    found = re.search(r"Example: python -m benchmarks (.+)", str(load(name).__doc__))
    assert found, name
    return shlex.split(found[1])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_commands_example_is_accepted(name: str) -> None:
    called, *words = example(name)
    assert called == name
    command = OnDemand()[name]
    with command.make_context(name, words) as context:
        assert context.params


@pytest.mark.parametrize("name", ["compare", "export", "list"])
def test_examples_that_measure_nothing_work_as_printed(name: str, tmp_path: Path) -> None:
    words = ("-m", "benchmarks", *example(name))
    result = python(*words, cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert result.returncode == 0, result.stderr


def test_the_version_is_told() -> None:
    result = run("--version")
    assert (result.returncode, result.stdout) == (0, f"mlp-ladder {kernels.__version__}\n")


def test_the_folder_of_commands_has_a_file_for_each_and_nothing_else() -> None:
    names = {path.stem for path in (ROOT / "benchmarks" / "commands").glob("*.py")}
    assert names == {*COMMANDS, "__init__"}


def test_every_command_that_measures_does_so_in_a_session() -> None:
    """None begins a run, waits for Ctrl-C or judges times by itself."""
    for name in COMMANDS:
        text = (ROOT / "benchmarks" / "commands" / f"{name}.py").read_text(encoding="utf-8")
        assert not re.search(r"Run\.begin|KeyboardInterrupt|noise\.(announce|flag)", text), name
        takes_session = "terminal.session import" in text
        assert takes_session == ("JsonOption" in text), name
