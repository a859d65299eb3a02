"""Rungs are named in one list, and each has a file."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

import kernels
from benchmarks.measure.environment import ROOT

ALLOWED = {
    "kernels/__init__.py": "the list itself",
    "benchmarks/measure/workloads.py": "append-only: asv stores results by position",
    "benchmarks/measure/starts.py": "the rungs whose start depends on what is kept on disk",
    "benchmarks/show/figures/history.py": "sample counts of benchmarks that asv no longer runs",
}
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("kernels", "benchmarks", "examples")
    for path in (ROOT / folder).rglob("*.py")
)


def lists(code: str) -> Iterator[tuple[int, list[str]]]:
    """The lines on which a literal collection, or a dictionary's keys, names several rungs."""
    for node in ast.walk(ast.parse(code)):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            parts = [*node.elts]
        elif isinstance(node, ast.Dict):
            parts = node.keys
        named = [one.value for one in parts if isinstance(one, ast.Constant)]
        rungs = [name for name in named if name in kernels.LADDER]
        if isinstance(node, ast.expr) and len(rungs) > 1:
            yield node.lineno, rungs


@pytest.mark.parametrize("path", FILES)
def test_no_other_list_names_rungs(path: str) -> None:
    found = list(lists((ROOT / path).read_text(encoding="utf-8")))
    assert bool(found) == (path in ALLOWED), (path, found)


def test_a_second_list_would_be_found() -> None:
    assert list(lists("a = ('looped', 3)\nb = {'looped': 1, 'jitted': 2}")) == [
        (2, ["looped", "jitted"])
    ]


def test_every_rung_has_a_file_and_every_file_is_a_rung() -> None:
    files = {path.stem for path in (ROOT / "kernels" / "rungs").glob("[!_]*.py")}
    assert files == set(kernels.LADDER)
    peers = {path.stem.replace("_", "-") for path in (ROOT / "kernels/peers").glob("[!_]*.py")}
    assert peers == set(kernels.PEERS)
