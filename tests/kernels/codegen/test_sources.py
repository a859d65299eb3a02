"""The source files that decide what code is generated, and how an edit of any is noticed."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import kernels
from benchmarks.measure.environment import ROOT
from kernels.codegen import loading, sources
from tests.running import python

FILES = [Path(name) for name in sources.files()]
NAMES = [path.relative_to(ROOT).as_posix() for path in FILES]
HALF = "import kernels; n = kernels.Network([[[0.0]]], [[0.0]]); "
PRINTED = HALF + "print(kernels.plan(n, 'specialized').forward([1.0])[0])"
RELU = """
import numpy as np
import kernels
network = kernels.Network.centred((4, 3, 2), seed=1, activations=("relu", "logistic"))
x = np.arange(4.0)
for rung in ("batched", "specialized"):
    print(kernels.plan(network, rung, operations=["forward"]).forward(x).round(12))
"""
SWAP = """
from kernels.parts.activations import ACTIVATIONS
ACTIVATIONS["relu"] = ACTIVATIONS.pop("relu")  # now the last
"""


def imported(path: Path) -> Iterator[Path]:
    """Yield the files of `kernels` that a file imports, without `__init__.py` files."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            file = ROOT.joinpath(*name.split(".")).with_suffix(".py")
            # C's sources are in its own keys; conversions of networks generate nothing
            is_other = name.startswith(("kernels.c.", "kernels.exchange."))
            if name.startswith("kernels.") and not is_other and file.exists():
                yield file


def test_the_files_are_those_that_the_generator_imports() -> None:
    reached: set[Path] = set()
    waiting = [Path(loading.__file__)]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += imported(path)
    own = [path for path in FILES if any(path.is_relative_to(one) for one in sources.FOLDERS)]
    assert len(reached.intersection(own)) > 15
    assert reached <= set(FILES)
    outside = [path for path in FILES if path not in own]
    assert outside == sorted(path for path in reached if path not in own)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of the package that tests may edit."""
    root = tmp_path_factory.mktemp("package")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "kernels", root / "kernels", ignore=ignored)
    return root


def digest_in(root: Path) -> str:
    """Return the digest of the sources in `root`, of which only one file is imported."""
    path = root / "kernels" / "codegen" / "sources.py"
    spec = importlib.util.spec_from_file_location("sources_elsewhere", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    digest: str = module.digest()
    return digest


def test_a_copy_of_the_sources_has_the_same_digest(package: Path) -> None:
    assert digest_in(package) == sources.digest()


@pytest.mark.parametrize("name", NAMES)
def test_an_edit_of_any_source_changes_the_digest(package: Path, name: str) -> None:
    before = digest_in(package)
    path = package / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n# edited\n", encoding="utf-8")
    assert digest_in(package) != before
    path.write_text(text, encoding="utf-8")
    assert digest_in(package) == before


@pytest.mark.parametrize("name", ["st_mtime", "st_ctime"])
def test_a_file_that_is_newer_than_the_process_is_noticed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its time, or by the time at which an older file was put in its place."""
    assert sources.are_as_loaded()
    newest = max(getattr(path.stat(), name) for path in FILES)
    other = {"st_mtime": "st_ctime", "st_ctime": "st_mtime"}[name]
    stat = os.stat

    def without_the_other(path: str) -> os.stat_result:
        found = stat(path)
        return type("Stat", (), {name: getattr(found, name), other: 0.0})  # type: ignore[return-value]

    monkeypatch.setattr(os, "stat", without_the_other)
    assert sources.are_as_loaded()
    monkeypatch.setattr(kernels, "LOADED", newest)
    assert not sources.are_as_loaded()


def test_a_file_that_is_gone_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sources, "files", lambda: (str(tmp_path / "gone.py"),))
    assert not sources.are_as_loaded()


# --- the whole way ------------------------------------------------------------------------------


def run(code: str, cache: Path, root: Path) -> list[str]:
    """Return the lines that `code` prints in a process with the package in `root`.

    Python's own cache is left out: it takes an edit of the same second and size for none.
    """
    folders = {"MLP_LADDER_CACHE": str(cache), "PYTHONPATH": str(root)}
    result = python("-B", "-c", code, cwd=root, **folders)
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def edit(path: Path, before: str, after: str) -> str:
    """Edit a file and return its former text."""
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    return text


def test_edited_sources_are_compiled_anew(package: Path, tmp_path: Path) -> None:
    assert [run(PRINTED, tmp_path, package) for _ in range(2)] == [["0.5"], ["0.5"]]
    path = package / "kernels" / "codegen" / "emit" / "mathematics.py"
    sigmoid = "exponential.write_sigmoid(self.v, z)"
    text = edit(path, sigmoid, f"self.mul(self.constant(1.5), {sigmoid})")
    try:
        assert run(PRINTED, tmp_path, package) == ["0.75"]
    finally:
        path.write_text(text, encoding="utf-8")
    assert run(PRINTED, tmp_path, package) == ["0.5"]


def test_code_of_sources_edited_after_import_is_not_kept(package: Path, tmp_path: Path) -> None:
    """A process that imports an edited file compiles after the edit was undone."""
    path = package / "kernels" / "parts" / "activations" / "relu.py"
    text = edit(path, "return m.where_less(z, zero, zero, z)", "return z")
    take_back = (
        "import pathlib, kernels, kernels.codegen.program; kernels.find('specialized')\n"
        f"pathlib.Path({str(path)!r}).write_text({text!r}, encoding='utf-8')\n"
    )
    batched, of_the_edit = run(take_back + RELU, tmp_path, package)
    assert of_the_edit != batched
    assert run(RELU, tmp_path, package) == [batched, batched]


def test_code_is_found_by_the_names_of_activations(package: Path, tmp_path: Path) -> None:
    """Swapping two activations in their list, at run time or in the file, changes no result."""
    batched, specialized = run(RELU, tmp_path, package)
    assert specialized == batched
    assert run(SWAP + RELU, tmp_path, package) == [batched, specialized]
    path = package / "kernels" / "parts" / "activations" / "relu.py"
    text = edit(path, "rank = 1", "rank = 9")
    try:
        assert run(RELU, tmp_path, package) == [batched, specialized]
    finally:
        path.write_text(text, encoding="utf-8")
