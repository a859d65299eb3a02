"""Processes import only what they need: workers no pandas, help and usage errors no Numba."""

from __future__ import annotations

import json

import pytest

from benchmarks.__main__ import COMMANDS
from benchmarks.measure.question import Question
from tests.running import python

HEAVY = {"scipy", "sklearn", "pandas", "matplotlib", "plotly", "numba", "llvmlite", "asv", "pytest"}
SHOWING = {"typer", "rich"}
LINES = (
    (),
    ("--help",),
    ("nonsense",),
    ("ladder", "--help"),
    *((name, "--nonsense") for name in COMMANDS),
)
TYPED = f"""
import json, sys
from benchmarks.__main__ import main

imported = [list(sys.modules)]
for line in {LINES!r}:
    before = set(sys.modules)
    sys.argv = ["benchmarks", *line]
    assert main() in (0, 2), line
    imported.append(sorted(set(sys.modules) - before))
print()
print(json.dumps(imported))
"""
"""A program that prints, for each command line, the modules that it was the first to import."""


def modules(code: str) -> set[str]:
    """Return the top-level modules that a process has imported after running some code."""
    result = python("-c", f"{code}\nimport json, sys\nprint(json.dumps(list(sys.modules)))")
    assert result.returncode == 0, result.stderr
    return {name.partition(".")[0] for name in json.loads(result.stdout.splitlines()[-1])}


def test_a_worker_imports_no_library_but_numpy() -> None:
    found = modules("import benchmarks.measure.worker")
    assert "numpy" in found
    assert not found & (HEAVY | SHOWING)


def test_a_worker_that_is_ready_to_time_numpy_has_imported_no_heavy_library() -> None:
    """Numba is imported where compiled code is timed; the parent process computes statistics."""
    asked = Question((3, 3, 1), "forward", 1).encoded()
    found = modules(
        "from benchmarks.measure import question, worker; "
        f"worker.prepare(question.decoded({asked!r}), 'vectorized')"
    )
    assert not found & (HEAVY | SHOWING)


@pytest.fixture(scope="module")
def typed() -> dict[tuple[str, ...], set[str]]:
    """Return the top-level modules that each command line was the first to import."""
    result = python("-c", TYPED)
    assert result.returncode == 0, result.stderr
    first, *others = json.loads(result.stdout.splitlines()[-1])
    assert not {name.partition(".")[0] for name in first} & HEAVY
    return {
        line: {name.partition(".")[0] for name in found}
        for line, found in zip(LINES, others, strict=True)
    }


@pytest.mark.parametrize("line", LINES, ids=" ".join)
def test_help_and_usage_errors_import_nothing_heavy(
    line: tuple[str, ...], typed: dict[tuple[str, ...], set[str]]
) -> None:
    assert not typed[line] & HEAVY
