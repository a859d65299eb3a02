"""Plug-ins: the worked example behaves like a rung, and broken ones are reported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.measure import rows
from benchmarks.measure.environment import ROOT
from tests.running import python

BROKEN = """
import os, signal
from kernels import find

class Crashes(find("vectorized")):
    name = "crashes"
    def sample_forward(self, parameters, x, out):
        os.kill(os.getpid(), signal.SIGSEGV)

class Wrong(find("vectorized")):
    name = "wrong"
    def sample_forward(self, parameters, x, out):
        super().sample_forward(parameters, x, out)
        out += 1e-9

class Misnamed(find("vectorized")):
    name = "vectorized"

class Homeless(find("vectorized")):
    name = "homeless"
    requires = ("no_such_package",)

number = 3
"""
ENTRY_POINTS = """
[mlp_ladder.kernels]
absent = no_such_module:Kernel
raising = broken_kernels_that_raise:Kernel
crashes = broken_kernels:Crashes
wrong = broken_kernels:Wrong
misnamed = broken_kernels:Misnamed
homeless = broken_kernels:Homeless
number = broken_kernels:number
looped = broken_kernels:Wrong
"""


def run(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the packages installed in `site`."""
    return python(*arguments, PYTHONPATH=str(site))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder into which the worked example was installed from its wheel."""
    wheels, site = (tmp_path_factory.mktemp(name) for name in ("wheels", "site"))
    source = str(ROOT / "examples" / "plugin")
    build = ["build", "--wheel", "--no-isolation", "-o", str(wheels), source]
    subprocess.run([sys.executable, "-m", *build], check=True, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    install = ["pip", "install", "-q", "--no-deps", "--no-index", "--target", str(site), str(wheel)]
    subprocess.run([sys.executable, "-m", *install], check=True, capture_output=True)
    return site


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a package of broken kernels."""
    site = tmp_path_factory.mktemp("broken")
    (site / "broken_kernels.py").write_text(BROKEN)
    (site / "broken_kernels_that_raise.py").write_text("raise RuntimeError('not today')\n")
    info = site / "broken_kernels-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-kernels\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return site


def test_the_worked_example_is_a_kernel_like_any_other(example: Path, tmp_path: Path) -> None:
    code = "import kernels; print(kernels.names()[-1], kernels.find('folded').operations)"
    assert run(example, "-c", code).stdout.startswith("folded ('forward', 'forward_batch')")
    listed = run(example, "-m", "benchmarks", "list")
    assert "folded" in listed.stdout
    assert "plug-in" in listed.stdout
    contract = run(example, "-m", "kernels.contract", "folded")
    assert contract.returncode == 0, contract.stdout
    assert "the contract holds" in contract.stdout
    path = tmp_path / "rows.jsonl"
    ladder = ["ladder", "--sizes", "3-3-1", "--kernels", "folded", "--time", "0.1"]
    result = run(example, "-m", "benchmarks", *ladder, "--rounds", "2", "--json", str(path))
    assert result.returncode == 0, result.stderr
    assert "folded" in result.stdout
    times = {r["kernel"]: r["median_ns"] for r in rows.read(path) if r["quantity"] == "time"}
    assert times["folded"] > 0


def test_the_suite_times_it(example: Path) -> None:
    suite = ["pytest", "-q", "-p", "no:cacheprovider", "benchmarks/suite", "--benchmark-only"]
    result = run(example, "-m", *suite, "-k", "folded-3-3-1 and test_forward")
    assert result.returncode == 0, result.stdout
    assert "test_forward[folded-3-3-1]" in result.stdout
    assert "test_forward_batch[folded-3-3-1]" in result.stdout


def test_broken_kernels_are_listed_with_the_reason(broken: Path) -> None:
    result = run(broken, "-m", "benchmarks", "list")
    assert result.returncode == 0, result.stderr
    reasons = {
        "absent": "No module named 'no_such_module'",
        "raising": "RuntimeError: not today",
        "misnamed": "calls itself 'vectorized'",
        "number": "is not a subclass of kernels.Plan",
        "homeless": "no_such_package is not installed",
    }
    lines = {line.split("│")[1].strip(): line for line in result.stdout.splitlines() if "│" in line}
    for name, reason in reasons.items():
        told = [line for line in result.stdout.splitlines() if line.startswith(f"{name}: ")]
        assert reason in (told or [lines[name]])[0], lines[name]
        assert "plug-in" in lines[name]
    assert "rung" in lines["looped"]  # a plug-in cannot replace a rung


def test_broken_kernels_are_reported_by_name_and_harm_no_other(
    broken: Path, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    names = "vectorized,absent,raising,crashes,wrong,misnamed,homeless,number"
    ladder = ["ladder", "--sizes", "3-3-1", "--kernels", names, "--time", "0.2", "--rounds", "2"]
    result = run(broken, "-m", "benchmarks", *ladder, "--json", str(path))
    assert result.returncode == 0, result.stderr
    found = {r["kernel"]: r for r in rows.read(path) if r["quantity"] == "time"}
    assert found.pop("vectorized")["median_ns"] > 0
    states = {name: record["state"] for name, record in found.items()}
    assert states.pop("crashes") == "crashed"
    assert states.pop("wrong") == "wrong"
    assert set(states.values()) == {"missing"}
    assert set(states) == {"absent", "raising", "misnamed", "homeless", "number"}
    assert "not today" in found["raising"]["reason"]
    assert "not today" in result.stdout


@pytest.mark.parametrize(
    ("name", "message"), [("absent", "no_such_module"), ("homeless", "no_such_package")]
)
def test_the_contract_says_why_there_is_no_such_kernel(
    broken: Path, name: str, message: str
) -> None:
    result = run(broken, "-m", "kernels.contract", name)
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_contract_finds_what_is_wrong(broken: Path) -> None:
    result = run(broken, "-m", "kernels.contract", "wrong")
    assert result.returncode == 1
    assert "FAILED" in result.stdout
    assert "Traceback" not in result.stderr


def test_the_suite_leaves_out_what_cannot_be_imported(broken: Path) -> None:
    suite = ["pytest", "-q", "-p", "no:cacheprovider", "benchmarks/suite", "-k"]
    chosen = "test_forward and 3-3-1 and not batch and not 3-3-3-1 and (raising or vectorized)"
    result = run(broken, "-m", *suite, chosen)
    assert result.returncode == 0, result.stdout
    assert "not collected: raising (" in result.stdout
    assert "RuntimeError: not today)" in result.stdout
    assert "1 passed" in result.stdout
