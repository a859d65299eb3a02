"""The tree of folders in CONTRIBUTING.md, with the first sentence of each folder's docstring."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure.environment import ROOT

PACKAGES = ("kernels", "benchmarks", "tests")
"""The folders whose subfolders are listed too."""
WITH_FILES = ("kernels",)
"""The folders whose files a newcomer must know: they are the public interface."""
OTHERWISE = {
    "kernels": "What is computed: an importable library, which imports NumPy and nothing heavier.",
    "benchmarks": "How long it takes, and what that means: run from a checkout.",
    "benchmarks/suite": "pytest-benchmark over every kernel, on six networks.",
    "tests": "What must hold, in the folders of what is tested.",
    "docs": "Guides, results (generated), the article's sections and its notebook.",
    "examples": "A package that offers a kernel of its own, networks as C, a search on a cluster.",
    "results": "Committed runs, figures and asv's records; local/ is each user's own.",
}
"""The descriptions of folders without a docstring, and of those whose docstring is for users."""
WIDTH = 30


def text() -> str:
    """The tree as a block of code: a line for each folder, and for each file of `WITH_FILES`."""
    others = [name for name in OTHERWISE if "/" not in name and name not in PACKAGES]
    lines = [line for name in (*PACKAGES, *others) for line in branch(ROOT / name)]
    return "\n".join(["```", *lines, "```"])


def branch(folder: Path) -> Iterator[str]:
    """The line of a folder, then those of what is listed below it."""
    name = folder.relative_to(ROOT).as_posix()
    if (described := description(folder)) is None:
        return
    yield line(f"{folder.name}/", described, name)
    if name in WITH_FILES:
        for path in sorted(folder.glob("[!_]*.py")):
            yield line(path.name, first_sentence(path), f"{name}/{path.name}")
    if name.partition("/")[0] in PACKAGES:
        for below in sorted(path for path in folder.iterdir() if holds_code(path)):
            yield from branch(below)


def line(name: str, described: str, path: str) -> str:
    """A line of the tree, indented by how deep the path is."""
    indented = "  " * path.count("/") + name
    return f"{indented:{WIDTH}}{described}"


def holds_code(path: Path) -> bool:
    """True for a folder with modules in it or in a subfolder."""
    return path.is_dir() and any(path.rglob("*.py"))


def description(folder: Path) -> str | None:
    """The description of a folder; None for a folder of tests that mirrors the folder they test.

    Raises ValueError for a folder that nothing describes.
    """
    name = folder.relative_to(ROOT).as_posix()
    package, _, mirrored = name.partition("/")
    if package == "tests" and mirrored and holds_code(ROOT / mirrored):
        return None
    module = folder / "__init__.py"
    found = OTHERWISE.get(name) or (first_sentence(module) if module.is_file() else "")
    if not found:
        raise ValueError(f"{name}/__init__.py needs a docstring that says what lies in the folder")
    return found


def first_sentence(module: Path) -> str:
    """The first sentence of a module's docstring, in one line; nothing if there is none."""
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(docstring.partition("\n\n")[0].split())
    return re.split(r"(?<=\.) (?=[A-Z`])", paragraph)[0]
