"""asv's benchmarks with the `kernels` of the oldest commit that has results."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from benchmarks.asv.ladder import AdamPerSample
from benchmarks.measure.environment import ROOT
from tests.benchmarks.asv.test_asv import RELU, RESULTS, TIMINGS
from tests.running import python


def first_recorded() -> str:
    """Return the oldest commit that has results."""
    listed = ["git", "-C", str(ROOT), "rev-list", "--reverse", "HEAD"]
    history = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    recorded = tuple(path.name.split("-")[0] for path in RESULTS.glob("*/*-*.json"))
    return next(commit for commit in history if commit.startswith(recorded))


@pytest.fixture(scope="module")
def first_kernels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the `kernels` of the first recorded commit."""
    folder = tmp_path_factory.mktemp("first")
    archive = ["git", "-C", str(ROOT), "archive", first_recorded(), "kernels"]
    packed = subprocess.run(archive, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder, filter="data")
    return folder


def run_first(code: str, first_kernels: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a process with today's files and the `kernels` of the first recorded commit."""
    head = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'benchmarks')!r})\n"
        "import asv.building, asv.ladder, kernels\n"
        f"assert kernels.__file__.startswith({str(first_kernels)!r}), kernels.__file__\n"
    )
    path = os.pathsep.join((str(first_kernels), str(ROOT)))
    return python("-c", head + code, cwd="/", PYTHONPATH=path)


def test_todays_files_measure_the_first_recorded_commit(first_kernels: Path) -> None:
    """asv runs them with the `kernels` of old commits, whose modules had other names."""
    timings = [one for one in TIMINGS if one is not AdamPerSample]
    asked = {f"ladder.{one.__name__}": ("vectorized", "3-3-1") for one in timings} | {
        "building.Build": ("vectorized", "cold"),
        "building.Memory": ("vectorized",),
    }
    code = (
        f"for name, parameters in {asked!r}.items():\n"
        "    one = eval(f'asv.{name}()')\n"
        "    one.setup(*parameters)\n"
        "    kinds = 'time_', 'track_', 'peakmem_'\n"
        "    (run,) = (method for method in dir(one) if method.startswith(kinds))\n"
        "    found = getattr(one, run)(*parameters)\n"
        "    memory = run.startswith('peakmem')\n"
        "    print(name, memory or (one.timer() > 0 if found is None else found >= 0))\n"
    )
    result = run_first(code, first_kernels)
    assert result.stdout.splitlines() == [f"{name} True" for name in asked], result.stderr
    assert result.returncode == 0, result.stderr


def test_networks_with_other_activations_are_skipped_in_the_first_recorded_commit(
    first_kernels: Path,
) -> None:
    names = [timing.__name__ for timing in TIMINGS]
    code = (
        f"for name in {names!r}:\n"
        "    try:\n"
        f"        getattr(asv.ladder, name)().setup('batched', {RELU!r})\n"
        "    except NotImplementedError as error:\n"
        "        print(name, error)"
    )
    result = run_first(code, first_kernels)
    skipped = [f"{name} no network {RELU} in this commit" for name in names]
    assert result.stdout.splitlines() == skipped, result.stderr


def test_optimizers_are_skipped_in_the_first_recorded_commit(first_kernels: Path) -> None:
    code = (
        "try:\n"
        "    asv.ladder.AdamPerSample().setup('batched', '3-3-1')\n"
        "except NotImplementedError as error:\n"
        "    print(error)"
    )
    result = run_first(code, first_kernels)
    assert result.stdout.splitlines() == ["no optimizers in this commit"], result.stderr
