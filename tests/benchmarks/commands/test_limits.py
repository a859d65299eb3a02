"""`python -m benchmarks limits`."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from benchmarks.measure import limits, rows, starts, stored
from benchmarks.measure.environment import ROOT
from tests.benchmarks.made_up import FOUND
from tests.running import run


def test_the_command_prints_and_stores_every_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code of Numba's is from the usual cache: `test_numba_cache.py` compiles it into a new one."""
    first, path = starts.first_forward, tmp_path / "l.json"

    def first_forward(kernel: str, cache: str) -> float:
        return first(kernel, "" if kernel == starts.NUMBA else cache)

    monkeypatch.setattr(starts, "first_forward", first_forward)
    result = run("limits", "--json", str(path))
    assert result.returncode == 0, result.stderr
    found = json.loads(path.read_text())
    calls = [f"call_floor_{count}_arrays_ns" for count in (0, 1, 3, 5)]
    forwards = [
        f"first_forward_{kernel}_{cache}_seconds"
        for kernel in starts.STARTED
        for cache in ("cold", "cached")
    ]
    numba = ["import_numba_seconds", "first_use_of_numba_seconds"]
    rates = [limits.activation_key(name, one) for name in limits.RATED for one in limits.PRECISIONS]
    for key in (*FOUND, *rates, limits.FLOOR_KEY, *calls, *forwards, *numba):
        assert found[key] > 0
        name = re.sub("_(gflops|ns|gbytes_per_s|seconds)$", "", key).replace("_", " ")
        assert name in result.stdout
    assert "not measured" not in result.stderr
    assert not run("export", str(path), "--csv", str(tmp_path / "l.csv")).returncode


def test_limits_that_were_stored_under_earlier_names_are_still_read(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    old = {"schema": 2, "quantity": "limits", "call_floor_3_objects_ns": 48.0, "seconds": 0.6}
    path.write_text(json.dumps(old) + "\n")
    assert rows.read(path)[0]["call_floor_3_objects_ns"] == 48.0
    assert len(stored.load(path)) == 1


def test_what_numba_costs_is_left_out_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a NumPy that Numba does not know nor its absence ends the command."""
    (tmp_path / "numba.py").write_text("raise ImportError('no Numba here')")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(ROOT))))
    monkeypatch.setattr(limits, "measure", lambda *_: dict(FOUND))
    path = tmp_path / "l.json"
    result = run("limits", "--json", str(path))
    assert result.returncode == 0, result.stderr
    found = json.loads(path.read_text())
    assert found["first_forward_specialized_cached_seconds"] > 0
    assert not [key for key in found if "jitted" in key or "numba" in key or "arrays" in key]
    assert "the start of jitted was not measured: ImportError: no Numba here\n" in result.stderr
