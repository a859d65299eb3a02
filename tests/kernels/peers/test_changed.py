"""A peer whose package changed its interface fails by name, and harms nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import kernels
from benchmarks.measure.environment import ROOT

OWN = {"llvmlite", "scipy", "sklearn"}
"""The packages of peers that the project itself needs."""
CHANGED = {
    name: packages for name in kernels.PEERS if (packages := set(kernels.find(name).requires) - OWN)
}
ALL = """
import sys
import kernels

network = kernels.Network.random((3, 3, 1), 0)
for name in sys.argv[1:]:
    kernel = kernels.find(name)
    try:
        kernels.plan(network, name, kernel.dtypes[0])
    except ImportError as error:
        print(name, type(error).__name__, error, sep="|")
kernels.plan(network, "batched").forward([1, 2, 3])
print("end")
"""


@pytest.fixture
def changed(tmp_path: Path) -> dict[str, str]:
    """An environment in which every peer's packages are there, but empty."""
    for package in set().union(*CHANGED.values()):
        folder = tmp_path / package
        folder.mkdir()
        (folder / "__init__.py").write_text('__version__ = "99.0"\n')
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}


def test_every_peer_names_itself_and_its_changed_package(changed: dict[str, str]) -> None:
    run = subprocess.run(
        [sys.executable, "-c", ALL, *CHANGED],
        env=changed, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    *lines, end = run.stdout.splitlines()
    assert end == "end"
    told = {name: (kind, text) for name, kind, text in (line.split("|", 2) for line in lines)}
    assert set(told) == set(CHANGED)
    for name, (kind, text) in told.items():
        if kind == "NotInstalledError":  # it looks for more than its packages
            assert text.startswith(f"{name}: ")
        else:
            assert kind == "ChangedError"
            assert f"kernel {name}" in text
            assert "99.0" in text or "cannot be imported" in text


def test_a_ranking_names_the_failed_peer_and_ranks_the_rest(changed: dict[str, str]) -> None:
    command = ["ladder", "--sizes", "3-3-1", "--quick", "--time", "0.1", "--rounds", "2"]
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", *command, "--kernels", "batched,jax"],
        env=changed, capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    told = " ".join(run.stdout.split())
    assert "jax: failed: ChangedError: kernel jax" in told
    assert "Use batched" in told or "Too uncertain" in told
