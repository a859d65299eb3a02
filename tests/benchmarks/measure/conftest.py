"""A folder of runs for tests of what is stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.measure import rows


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of the user's runs."""
    monkeypatch.setattr(rows, "LOCAL", tmp_path / "local")
    return tmp_path / "local"
