"""Plug-ins: the worked example behaves like a rung, and broken ones are reported."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import kernels
from benchmarks.measure import contenders, limits, noise, rows
from benchmarks.measure.environment import ROOT
from kernels import contract, plugins
from tests import running
from tests.benchmarks.made_up import FOUND

BROKEN = """
import os, signal
from kernels import find

class Crashes(find("vectorized")):
    name = "crashes"
    def sample_forward(self, parameters, x, out):
        os.kill(os.getpid(), signal.SIGSEGV)

class Wrong(find("vectorized")):
    name = "wrong"
    operations = ("forward",)
    dtypes = ("float64",)
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


def path_of(*sites: Path) -> str:
    """The `PYTHONPATH` with which a process sees the packages in these folders."""
    return os.pathsep.join(map(str, sites))


def run(*arguments: str, sites: tuple[Path, ...]) -> subprocess.CompletedProcess[str]:
    """Run Python with the packages installed in `sites`."""
    return running.python(*arguments, PYTHONPATH=path_of(*sites))


def forget() -> None:
    """Forget the plug-ins that were found."""
    for found in (plugins.found, plugins.imported, contenders.interpreters):
        found.cache_clear()


@contextlib.contextmanager
def installed(*sites: Path) -> Iterator[None]:
    """Let this process, and those it starts, see the packages in `sites`.

    This saves a command's start. Limits are made up, and no disturbances are looked for.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.path", [*map(str, sites), *sys.path])
        patch.setenv("PYTHONPATH", path_of(*sites))
        patch.setattr(limits, "measure", lambda *_, **__: FOUND)
        patch.setattr(noise, "before", list)
        forget()
        yield
    forget()


def hold_to_the_contract(name: str) -> running.Outcome:
    """The outcome of `python -m kernels.contract NAME`."""
    return running.called(lambda: contract.main([name]), ())


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
    return broken_package(tmp_path_factory.mktemp("broken"))


def broken_package(site: Path) -> Path:
    """Install a package of broken kernels in a folder, and return the folder."""
    (site / "broken_kernels.py").write_text(BROKEN)
    (site / "broken_kernels_that_raise.py").write_text("raise RuntimeError('not today')\n")
    info = site / "broken_kernels-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-kernels\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return site


def test_the_worked_example_is_a_kernel_like_any_other(example: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    ladder = ["ladder", "--sizes", "3-3-1", "--kernels", "folded", "--time", "0.1"]
    with installed(example):
        assert kernels.names()[-1] == "folded"
        assert kernels.find("folded").operations == ("forward", "forward_batch")
        listed = running.run("list")
        held = hold_to_the_contract("folded")
        result = running.run(*ladder, "--rounds", "2", "--json", str(path))
    assert "folded" in listed.stdout
    assert "plug-in" in listed.stdout
    assert held.returncode == 0, held.stdout
    assert "the contract holds" in held.stdout
    assert result.returncode == 0, result.stderr
    assert "folded" in result.stdout
    times = {r["kernel"]: r["median_ns"] for r in rows.read(path) if r["quantity"] == "time"}
    assert times["folded"] > 0


def test_the_suite_times_it_and_leaves_out_what_cannot_be_imported(
    example: Path, broken: Path
) -> None:
    suite = ["pytest", "-q", "-p", "no:cacheprovider", "benchmarks/suite", "--benchmark-only"]
    chosen = "test_forward and (folded-3-3-1 or raising)"
    result = run("-m", *suite, "-k", chosen, sites=(example, broken))
    assert result.returncode == 0, result.stdout
    assert "test_forward[folded-3-3-1]" in result.stdout
    assert "test_forward_batch[folded-3-3-1]" in result.stdout
    assert "not collected: raising (" in result.stdout
    assert "RuntimeError: not today)" in result.stdout
    assert "2 passed" in result.stdout


def test_broken_kernels_are_listed_with_the_reason(broken: Path) -> None:
    with installed(broken):
        result = running.run("list")
    assert result.returncode == 0, result.stderr
    reasons = {
        "absent": "No module named 'no_such_module'",
        "raising": "RuntimeError: not today",
        "misnamed": "calls itself 'vectorized'",
        "number": "is not a subclass of kernels.Plan",
        "homeless": "no_such_package is not installed",
    }
    table = [line for line in result.stdout.splitlines() if "  " in line]
    lines = {line.split()[0]: line for line in table}
    for name, reason in reasons.items():
        told = [line for line in result.stdout.splitlines() if line.startswith(f"{name}: ")]
        assert reason in (told or [lines[name]])[0], lines[name]
        assert "plug-in" in lines[name]
    assert "rung" in lines["looped"]  # a plug-in cannot replace a rung


@pytest.mark.parametrize(
    ("name", "message"), [("absent", "no_such_module"), ("homeless", "no_such_package")]
)
def test_the_contract_says_why_there_is_no_such_kernel(
    broken: Path, name: str, message: str
) -> None:
    with installed(broken):
        result = hold_to_the_contract(name)
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_contract_finds_what_is_wrong(broken: Path) -> None:
    with installed(broken):
        result = hold_to_the_contract("wrong")
    assert result.returncode == 1
    assert "FAILED  float64  agrees with the reference: GateError: wrong.forward" in result.stdout
    assert "Traceback" not in result.stderr
