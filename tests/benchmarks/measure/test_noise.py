"""Noise of the machine is reported before a measurement, and wide intervals after it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from benchmarks.measure import frames, noise

SPIN = "import time\nend = time.time() + 20\nwhile time.time() < end: pass"


class Times(NamedTuple):
    user: float
    idle: float
    steal: float


def test_busy_processes_are_seen_except_relatives_of_this_one() -> None:
    child = subprocess.Popen([sys.executable, "-c", SPIN])
    try:
        time.sleep(0.2)
        assert child.pid in noise.family()
        name = psutil.Process(child.pid).name()
        assert not [line for line in noise.busy([(5.0, name)]) if "uses" in line]
        assert noise.busy([(55.0, name)]) == [f"{name} uses 55 % of a core"]
    finally:
        child.kill()
        child.wait()


def test_busy_processes_are_named_before_a_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    child = subprocess.Popen([sys.executable, "-c", SPIN])
    monkeypatch.setattr(noise, "family", lambda: {psutil.Process().pid})
    try:
        time.sleep(0.2)
        found = noise.before(0.5)
    finally:
        child.kill()
        child.wait()
    assert any(line.endswith("% of a core") for line in found), found


def test_time_stolen_by_the_host_is_reported() -> None:
    assert noise.stolen(Times(0, 0, 0), Times(50, 40, 10)) == [
        "the host took away 10 % of the processor's time"
    ]
    assert not noise.stolen(Times(0, 0, 0), Times(50, 50, 0))
    assert not noise.stolen(Times(1, 1, 1), Times(1, 1, 1))


def test_a_high_load_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (3.25, 0.0, 0.0))
    assert noise.load() == ["the load of the last minute was 3.2"]
    monkeypatch.setattr("os.getloadavg", lambda: (0.1, 9.0, 9.0))
    assert not noise.load()


def test_a_slow_clock_is_reported_where_it_is_visible(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Frequency(NamedTuple):
        current: float
        max: float

    governor = tmp_path / "governor"
    monkeypatch.setattr(noise, "GOVERNOR", governor)
    monkeypatch.setattr(psutil, "cpu_freq", lambda: Frequency(1200, 3400))
    assert noise.clock() == ["the clock runs at 1200 of 3400 MHz"]
    monkeypatch.setattr(psutil, "cpu_freq", lambda: None)
    assert not noise.clock()
    governor.write_text("powersave\n")
    assert noise.clock() == ["the frequency governor is 'powersave', not 'performance'"]
    governor.write_text("performance\n")
    assert not noise.clock()


def test_rows_too_wide_for_a_verdict_are_named() -> None:
    def record(low: float | None, high: float | None, **more: Any) -> dict[str, Any]:
        fixed = {"quantity": "time", "kernel": "jitted", "operation": "forward", "workload": "1-1"}
        return fixed | {"state": "ok", "median_ns": 100.0, "low_ns": low, "high_ns": high} | more

    assert noise.unsupported(frames.frame([record(80, 120), record(99, 101)])) == [
        "jitted forward 1-1 (± 20 %)"
    ]
    others = [record(None, None), record(80, 120, state="wrong")]
    assert not noise.unsupported(frames.frame(others))
