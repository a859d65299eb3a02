"""Packages that fail while they are imported, by exceptions of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

import kernels
from kernels.support import imports
from tests.running import python

ASKED = """
import kernels
network = kernels.Network.random((3, 3, 1), seed=0)
print(kernels.plan(network).name, kernels.is_installed("jitted"))
print(kernels.missing(rung))
try:
    kernels.find(rung)
except ImportError as error:
    print(error.name)
"""


@pytest.mark.parametrize(
    ("package", "rung", "default"),
    [("numba", "jitted", "specialized"), ("llvmlite", "specialized", "batched")],
)
@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise OSError('no\\nlibrary')", "{} cannot be imported: OSError: no library"),
        ("raise SystemError", "{} cannot be imported: SystemError"),
        (
            "import math; math.nothing",
            "{} cannot be imported: AttributeError: module 'math' has no attribute 'nothing'",
        ),
        ("raise ImportError('needs another', name=__name__)", "needs another"),
    ],
)
def test_a_rung_is_missing_where_its_package_fails(
    package: str, rung: str, default: str, code: str, reason: str, tmp_path: Path
) -> None:
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text(code)
    start = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); rung = {rung!r}"
    result = python("-c", start + ASKED)
    assert result.stdout.splitlines() == [
        f"{default} False",
        reason.format(package),
        package,
    ], result.stderr


def test_a_rung_says_which_package_is_not_installed() -> None:
    code = (
        "import sys, kernels; sys.modules['llvmlite'] = None\n"
        "print(kernels.missing('specialized'))\n"
        "try: kernels.plan(kernels.Network.random((3, 3, 1)), 'specialized')\n"
        "except ImportError as error: print(error)"
    )
    lines = python("-c", code).stdout.splitlines()
    assert len(lines) == 2
    assert all("llvmlite" in line for line in lines)
    assert kernels.find("specialized").requires == ("llvmlite",)


def test_a_fault_of_ours_is_passed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also if it comes up inside a function of another package."""
    (tmp_path / "faulty.py").write_text("import json\njson.loads('}')\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match="faulty cannot be imported: JSONDecodeError"):
        imports.load("faulty")
    monkeypatch.setattr(imports, "OWN", "faulty")
    with pytest.raises(ValueError, match="Expecting value"):
        imports.load("faulty")
