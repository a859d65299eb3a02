"""Nobody pays for what he does not use: what is imported to start a worker, or to read options."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.__main__ import COMMANDS
from benchmarks.measure.environment import ROOT
from benchmarks.measure.question import Question

HEAVY = {"scipy", "sklearn", "pandas", "matplotlib", "plotly", "numba", "llvmlite", "asv", "pytest"}
SHOWING = {"typer", "rich"}


def imported(code: str) -> set[str]:
    """The top-level modules that are there after some code ran in a process of its own."""
    told = "import sys\ntry:\n    {code}\nfinally:\n    print('\\n', *sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", told.format(code=code)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert "Traceback" not in result.stderr, result.stderr
    return {name.partition(".")[0] for name in result.stdout.splitlines()[-1].split()}


def typed(*words: str) -> set[str]:
    """The same after a command line."""
    return imported(
        f"sys.argv = ['benchmarks', *{words!r}]; "
        "from benchmarks.__main__ import main; assert main() in (0, 2)"
    )


def test_a_worker_imports_what_its_task_needs() -> None:
    found = imported("import benchmarks.measure.worker")
    assert "numpy" in found
    assert not found & (HEAVY | SHOWING)


def test_a_worker_that_is_ready_has_imported_nothing_to_judge_or_show_with() -> None:
    """Numba is there if compiled code is to be timed; what makes verdicts is the parent's."""
    asked = Question((3, 3, 1), "forward", 1).encoded()
    found = imported(
        "from benchmarks.measure import question, worker; "
        f"worker.prepare(question.decoded({asked!r}), 'vectorized')"
    )
    assert not found & (HEAVY | SHOWING)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_usage_error_imports_nothing_heavy(name: str) -> None:
    assert not typed(name, "--nonsense") & HEAVY


@pytest.mark.parametrize("words", [("--help",), ("nonsense",), ("ladder", "--help"), ()])
def test_help_imports_nothing_heavy(words: tuple[str, ...]) -> None:
    assert not typed(*words) & HEAVY
