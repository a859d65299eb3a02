"""pytest-benchmark's files of results, read as rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.experiments import compare
from benchmarks.measure import frames, rows
from benchmarks.measure.verdicts import EQUAL, SLOWER

MACHINE = {"processor": "one", "vector_instructions": "avx2", "cores": 2, "threads": 1}


def report(path: Path, factor: float, keep: bool, **more: Any) -> Path:
    """Write a JSON file as pytest-benchmark does, with or without the samples."""
    samples = factor * (1e-6 + 1e-9 * np.random.default_rng(0).standard_normal(100))
    quartiles = np.quantile(samples, [0.25, 0.75])
    summary = {"median": float(np.median(samples)), "rounds": 100, "iqr": float(np.ptp(quartiles))}
    info = {"workload": "3-3-1", "operation": "forward", "kernel": "jitted", "dtype": "float64"}
    benchmarks = [
        {"extra_info": info | {"threads": 1, "samples": 1} | more,
         "stats": summary | ({"data": samples.tolist()} if keep else {})},
        {"extra_info": {}, "stats": summary},
    ]  # fmt: skip
    path.write_text(json.dumps({"machine_info": MACHINE, "benchmarks": benchmarks}))
    return path


@pytest.mark.parametrize("keep", [True, False])
def test_pytest_benchmarks_files_are_read(tmp_path: Path, keep: bool) -> None:
    old = compare.read(report(tmp_path / "old", 1.0, keep))
    new = compare.read(report(tmp_path / "new", 1.3, keep))
    (same,) = compare.compare(old, old)
    assert same.verdict == EQUAL
    (one,) = compare.compare(old, new)
    assert one.verdict == SLOWER
    assert one.ratio.low < 1.3 < one.ratio.high
    assert one.ratio.high - one.ratio.low < 0.01


def test_fields_of_a_training_in_pytest_benchmarks_files_are_kept(tmp_path: Path) -> None:
    said = {"iterations": 3000, "error": 1e-12, "build_seconds": 0.5,
            "extrapolated_from": "3 of 3000 iterations"}  # fmt: skip
    training = {"operation": "train", "samples": 32}
    run = compare.read(report(tmp_path / "new", 1.0, True, **training, **said))
    (row,) = frames.records(run)
    assert {name: row[name] for name in said} == said
    (earlier,) = frames.records(compare.read(report(tmp_path / "old", 1.0, True, **training)))
    assert {name: earlier[name] for name in said} == dict.fromkeys(said)
    ours = rows.Row("time", "3-3-1", "train", "jitted", rows=32, iterations=3000, median_ns=1e3)
    rows.write(tmp_path / "ours", [ours], MACHINE)
    assert len(compare.compare(compare.read(tmp_path / "ours"), run)) == 1
