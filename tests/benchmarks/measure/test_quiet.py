"""Samples count where the machine is quiet before and after them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from benchmarks.measure.quiet import Quiet


def test_sampling_waits_for_a_quiet_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample counts only if the yardstick is fast both before and after it."""
    (tmp_path / "kept").write_text("1.0")
    quiet = Quiet(tmp_path / "kept")
    yardsticks = iter([2.0, 1.0, 2.0, 1.0, 1.05])
    monkeypatch.setattr("benchmarks.measure.quiet.yardstick", lambda: next(yardsticks))
    values = iter([30.0, 10.0, 20.0])
    assert quiet.sample(lambda: next(values), patience=60) == (20, True)
    assert next(yardsticks, None) is None


def test_without_a_quiet_moment_the_smallest_sample_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept").write_text("1.0")
    quiet = Quiet(tmp_path / "kept")
    monkeypatch.setattr("benchmarks.measure.quiet.yardstick", lambda: 2.0)
    values = iter([3.0, 1.0, 2.0])

    def loop() -> float:
        value = next(values)
        if value == 2:
            time.sleep(0.05)
        return value

    assert quiet.sample(loop, patience=0.05) == (1, False)


def test_the_best_yardstick_is_kept_and_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    kept.write_text("1.0")
    monkeypatch.setattr("benchmarks.measure.quiet.yardstick", lambda: 0.5)
    quiet = Quiet(kept)
    assert quiet.best == 1
    assert quiet.now()
    assert Quiet(kept).best == 0.5
    os.utime(kept, (0, 0))
    monkeypatch.setattr("benchmarks.measure.quiet.yardstick", lambda: 4.0)
    monkeypatch.setattr("benchmarks.measure.quiet.WATCH_SECONDS", 0.01)
    assert Quiet(kept).best == 4
