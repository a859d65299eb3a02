"""A folder of each test's own for object code."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernels.codegen.llvm import cache


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the cache in this test, which does not exist yet."""
    found = tmp_path / "of" / "tests"
    monkeypatch.setenv("MLP_LADDER_CACHE", str(found))
    monkeypatch.setattr(cache, "WARNED", [])
    return found
