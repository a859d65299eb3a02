"""The page on generated code names every file; its drawing names files that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import kernels.codegen
from benchmarks.measure.environment import ROOT

FOLDER = Path(kernels.codegen.__file__).parent
PAGE = ROOT / "docs" / "how-it-works" / "codegen.md"
DRAWING = PAGE.with_suffix(".svg")
FILES = {
    str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.py") if path.name != "__init__.py"
}
MOST_PARAMETERS, MOST_LINES = 6, 300


def test_every_file_stands_in_the_table_once() -> None:
    rows = re.findall(r"^\| `([\w/]+\.py)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert set(rows) == FILES


def test_the_drawing_names_files_that_exist_and_describes_itself() -> None:
    tree = ElementTree.fromstring(DRAWING.read_text(encoding="utf-8"))
    texts = ["".join(one.itertext()) for one in tree.iter("{http://www.w3.org/2000/svg}text")]
    named = {name for text in texts for name in re.findall(r"[\w/]+\.py", text)}
    places = {str(path.relative_to(ROOT / "kernels")) for path in ROOT.glob("kernels/**/*.py")}
    assert len(named) > 5
    assert {
        one for one in named if not any(f"/{path}".endswith(f"/{one}") for path in places)
    } == set()
    assert tree.find("{http://www.w3.org/2000/svg}desc") is not None


@pytest.mark.parametrize("name", sorted(one for one in FILES if one.startswith("emit/")))
def test_emitters_are_short_and_take_few_parameters(name: str) -> None:
    """What belongs together is one argument: a frame, a matrix, a block."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            counted = [one.arg for one in given if one.arg != "self"]
            assert len(counted) <= MOST_PARAMETERS, node.name
