"""Packages that fail while they are imported, by exceptions of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernels.support import imports
from tests.running import python

ASKED = """
import kernels
network = kernels.Network.random((3, 3, 1), seed=0)
print(kernels.plan(network).name, kernels.is_installed("jitted"))
print(kernels.missing("specialized"))
try:
    kernels.find("jitted")
except ImportError as error:
    print(error.name)
"""


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise OSError('no\\nlibrary')", "numba cannot be imported: OSError: no library"),
        ("raise SystemError", "numba cannot be imported: SystemError"),
        (
            "import math; math.nothing",
            "numba cannot be imported: AttributeError: module 'math' has no attribute 'nothing'",
        ),
        ("raise ImportError('needs another NumPy', name='numba')", "needs another NumPy"),
    ],
)
def test_a_rung_is_missing_where_numba_fails(code: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "numba").mkdir()
    (tmp_path / "numba" / "__init__.py").write_text(code)
    result = python("-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}){ASKED}")
    assert result.stdout.splitlines() == ["batched False", reason, "numba"], result.stderr


def test_a_fault_of_ours_is_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also if it comes up inside a function of another package."""
    (tmp_path / "faulty.py").write_text("import json\njson.loads('}')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match="faulty cannot be imported: JSONDecodeError"):
        imports.load("faulty")
    monkeypatch.setattr(imports, "OWN", "faulty")
    with pytest.raises(ValueError, match="Expecting value"):
        imports.load("faulty")
