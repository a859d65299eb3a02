"""A user's strict type check of the documents' examples, against the package as it is installed."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import kernels

PACKAGE = Path(kernels.__file__).parent
ROOT = PACKAGE.parent
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
OPTIONS = (
    "--strict",
    "--follow-imports=silent",  # an installed package's own errors are no user's business
    "--ignore-missing-imports",  # of scikit-learn, which has no types
    "--disable-error-code=name-defined",  # a reader's own arrays, x and X, are said nowhere
)
RIGHT = """
import kernels
network = kernels.Network.random((3, 3, 1), seed=0)
plan = kernels.plan(network)
fast = kernels.compile(fitted)
print(plan.forward([1, 2, 3]).shape, fast.predict_proba(X).shape, fast.network.sizes)
print(kernels.contract.failures("batched"))
plan.inspect()
"""
WRONG = {
    "plan.foward(x)": "has no attribute",
    "fast.predict_log_probability(X)": "has no attribute",
    "kernels.plan(3)": "incompatible type",
    "kernels.nothing": "has no attribute",
    "plan.build_seconds.upper()": "has no attribute",
    'kernels.plan(network, threads="two")': "incompatible type",
}


def examples(document: str) -> list[str]:
    """The Python programs of a document; of doctests, what is typed.

    A block that imports `kernels` begins a program, and another goes on with the one before.
    """
    parser, programs = doctest.DocTestParser(), [""]
    for block in BLOCK.findall(document):
        typed = "".join(one.source for one in parser.get_examples(block)) or block
        if "import kernels" in typed or "from kernels" in typed:
            programs.append("")
        programs[-1] += typed
    return [program for program in programs if program]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `kernels` lies as in site-packages."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "kernels").symlink_to(PACKAGE, target_is_directory=True)
    return folder


def check(site: Path, files: dict[str, str], folder: Path) -> str:
    """What mypy prints about some modules."""
    for name, code in files.items():
        (folder / name).write_text(code, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "mypy", *OPTIONS, "--cache-dir", str(site / "cache"), *files],
        cwd=folder,
        env=os.environ | {"MYPYPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not result.stderr
    return result.stdout


def test_the_examples_of_every_document_pass(site: Path, tmp_path: Path) -> None:
    files = {
        f"{document.stem}_{number}.py": program
        for document in DOCUMENTS
        for number, program in enumerate(examples(document.read_text(encoding="utf-8")))
    }
    assert any("kernels.plan" in code for code in files.values())
    assert any("kernels.compile" in code for code in files.values())
    found = check(site, files | {"right.py": RIGHT}, tmp_path)
    assert found.startswith("Success"), found


def test_what_is_wrong_does_not_pass(site: Path, tmp_path: Path) -> None:
    lines = RIGHT + "\n".join(WRONG)
    found = check(site, {"wrong.py": lines}, tmp_path).splitlines()
    start = lines[: lines.index(next(iter(WRONG)))].count("\n") + 1
    for number, (line, message) in enumerate(WRONG.items(), start):
        assert any(
            one.startswith(f"wrong.py:{number}: error") and message in one for one in found
        ), (line, found)


def test_the_package_says_that_it_has_types() -> None:
    assert (PACKAGE / "py.typed").exists()


def test_examples_are_found_in_a_document() -> None:
    blocks = ("import kernels\na = 1\n", ">>> a\n1\n", "from kernels import plan\n")
    document = "text\n".join(f"```python\n{block}```\n" for block in blocks)
    assert examples(document) == ["import kernels\na = 1\na\n", "from kernels import plan\n"]
