"""Parts are found by their files; two of one name are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernels.parts import discovery

ONE = """
class Made:
    name, rank = "{name}", {rank}

PART = Made()
"""


def written(folder: Path, **files: str) -> str:
    """Write a package of files; return its name."""
    folder.mkdir()
    (folder / "__init__.py").touch()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder.name


def test_parts_are_sorted_by_rank_and_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    files = {
        "one": ONE.format(name="b", rank=2),
        "two": ONE.format(name="a", rank=2),
        "three": ONE.format(name="c", rank=0),
    }
    name = written(tmp_path / "found_parts", **files)
    assert list(discovery.parts(name, [str(tmp_path / name)])) == ["c", "a", "b"]


def test_two_parts_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    same = ONE.format(name="relu", rank=1)
    name = written(tmp_path / "equal_parts", one=same, two=same)
    with pytest.raises(ValueError, match="are both called 'relu'"):
        discovery.parts(name, [str(tmp_path / name)])
