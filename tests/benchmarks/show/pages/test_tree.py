"""The tree in CONTRIBUTING.md has every folder of the house, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.measure.environment import ROOT
from benchmarks.show.pages import tree


def listed() -> dict[str, str]:
    """The paths in the tree as it stands in CONTRIBUTING.md, with their descriptions."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    block = text.partition("```\n")[2].partition("\n```")[0]
    found: dict[str, str] = {}
    parents: list[str] = []
    for line in block.splitlines():
        match = re.fullmatch(r"((?:  )*)(\S+) +(\S.*)", line)
        assert match, f"no path with a description: {line!r}"
        indent, name, described = match.groups()
        parents[len(indent) // 2 :] = [name]
        found["".join(parents)] = described
    return found


def folders(package: str) -> set[str]:
    """The folders of a package that hold modules or lead to some, by walking them."""
    modules = (path.relative_to(ROOT) for path in (ROOT / package).rglob("*.py"))
    return {f"{parent}/" for path in modules for parent in path.parents if parent != Path()}


def test_every_folder_is_in_the_tree() -> None:
    tests = {
        name
        for name in folders("tests")
        if name == "tests/" or name.removeprefix("tests/") not in every_folder_of_code()
    }
    assert every_folder_of_code() | tests <= listed().keys()


def every_folder_of_code() -> set[str]:
    return folders("kernels") | folders("benchmarks")


def test_everything_in_the_tree_is_there() -> None:
    for name in listed():
        path = ROOT / name
        assert path.is_dir() if name.endswith("/") else path.is_file(), name


def test_the_public_files_are_in_the_tree() -> None:
    files = {f"kernels/{path.name}" for path in (ROOT / "kernels").glob("[a-z]*.py")}
    assert files <= listed().keys()


def test_every_description_is_a_sentence_of_its_own() -> None:
    described = listed()
    assert len(set(described.values())) == len(described)
    for name, text in described.items():
        assert re.match(r"[A-Za-z]", text), name
        assert text.endswith("."), name


def test_a_folder_that_nothing_describes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "kernels" / "new" / "module.py"
    module.parent.mkdir(parents=True)
    module.touch()
    monkeypatch.setattr(tree, "ROOT", tmp_path)
    with pytest.raises(ValueError, match=r"^kernels/new/__init__\.py needs a docstring"):
        list(tree.branch(tmp_path / "kernels"))
    (module.parent / "__init__.py").write_text('"""What is new,\nv1.5. And more.\n\nLater."""\n')
    assert [line.split()[0] for line in tree.branch(tmp_path / "kernels")] == ["kernels/", "new/"]
    assert tree.first_sentence(module.parent / "__init__.py") == "What is new, v1.5."


def test_tests_that_mirror_a_folder_are_not_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("kernels/parts", "tests/kernels/parts", "tests/odd"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "__init__.py").write_text('"""Some."""\n')
    monkeypatch.setattr(tree, "ROOT", tmp_path)
    assert [line.split()[0] for line in tree.branch(tmp_path / "tests")] == ["tests/", "odd/"]
