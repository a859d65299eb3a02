"""`python -m benchmarks list`."""

from __future__ import annotations

from kernels import LADDER, PEERS
from tests.running import python


def test_list_names_every_kernel_and_workload() -> None:
    result = python("-m", "benchmarks", "list")
    assert result.returncode == 0, result.stderr
    for name in (*LADDER, *PEERS, "100-100-50-10"):
        assert name in result.stdout
    assert "\x1b[" not in result.stdout
