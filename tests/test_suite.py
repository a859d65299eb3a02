"""`pytest --benchmark-only` from the root: what it writes, and that the gate stands before it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.measure.environment import ROOT
from tests.wrong_kernels import SPOIL_VECTORIZED


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python, as if these tests were not themselves dealt out to several processes."""
    alone = {name: value for name, value in os.environ.items() if "XDIST" not in name}
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=alone | environment,
    )


def test_benchmarks_are_timed_grouped_and_described(tmp_path: Path) -> None:
    path = tmp_path / "suite.json"
    result = run(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "benchmarks/suite", "--benchmark-only"),
        *("-k", "3-3-1 or (looped and forward_batch and 100-100-50-10)"),
        f"--benchmark-json={path}",
    )
    assert result.returncode == 0, result.stdout
    assert "benchmark 'forward 3-3-1'" in result.stdout
    report = json.loads(path.read_text())
    assert "node" not in report["machine_info"]
    assert {"processor", "numpy", "blas", "numba", "llvm", "threads"} <= set(report["machine_info"])
    assert set(report["commit_info"]) <= {"id", "time", "dirty"}
    timed = [bench for bench in report["benchmarks"] if "floor" not in bench["name"]]
    assert {bench["extra_info"]["kernel"] for bench in timed} >= {"looped", "jitted"}
    for bench in timed:
        info = bench["extra_info"]
        assert info["kernel"] in bench["fullname"]
        assert info["workload"] in bench["fullname"]
        assert info["operation"] in bench["fullname"]
        assert info["flops"] > 0
        assert info["bytes"] > 0
        assert info["error"] < 1e-9
        assert info["build_seconds"] > 0
        assert (info["dtype"], info["threads"]) == ("float64", 1)
    scaled = [bench for bench in timed if bench["extra_info"]["extrapolated_from"]]
    assert scaled
    assert all(bench["name"].endswith("extrapolated") for bench in scaled)
    # a batch of 1024 samples takes as long as 1024 single ones, within what noise may do
    whole = scaled[0]["stats"]["median"]
    assert whole > 0.1


def test_a_wrong_kernel_gets_no_time(tmp_path: Path) -> None:
    plugin = tmp_path / "spoil.py"
    plugin.write_text(SPOIL_VECTORIZED)
    code = (
        f"import sys, pytest; sys.path.insert(0, {str(tmp_path)!r}); import spoil; "
        "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '--benchmark-only', '-k', "
        "'test_forward and vectorized-3-3-1', 'benchmarks/suite']))"
    )
    result = run("-c", code)
    assert result.returncode == 1
    assert "GateError" in result.stdout
    assert "Rounds" not in result.stdout
