"""`python -m benchmarks list`."""

from __future__ import annotations

from benchmarks.measure.workloads import KNOWN, WORKLOADS
from kernels import LADDER, PEERS
from tests.running import python


def test_list_names_every_kernel_and_workload() -> None:
    result = python("-m", "benchmarks", "list")
    assert result.returncode == 0, result.stderr
    networks = [workload.name for workload in (*WORKLOADS, *KNOWN)]
    for name in (*LADDER, *PEERS, *networks, "hls4ml", "MLPerf Tiny", "logistic"):
        assert name in result.stdout
    assert "\x1b[" not in result.stdout
