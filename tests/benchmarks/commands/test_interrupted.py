"""Ctrl-C during a measuring command: what was measured is stored and shown."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from benchmarks.measure import rows
from tests.running import started


@pytest.mark.parametrize("command", ["ladder", "selftest"])
def test_an_interrupted_run_keeps_what_it_measured(command: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    options = {
        "ladder": ("--sizes", "3-3-1", "--sizes", "3-4-1", "--kernels", "batched", "--rounds", "2"),
        "selftest": ("--rounds", "2"),
    }[command]
    asked = ("-m", "benchmarks", command, *options, "--time", "0.1", "--json", str(path))
    with started(*asked) as process:
        while not path.exists():
            time.sleep(0.1)
            assert process.poll() is None, process.stderr
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted" in err
    assert "Traceback" not in err
    assert rows.read(path)
    assert out


def test_an_interrupted_article_keeps_what_it_measured(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    command = ("-m", "benchmarks", "article", "--json", str(path))
    # with colours forced, progress is written to the pipe
    with started(*command, FORCE_COLOR="1") as process:
        assert process.stderr is not None
        seen = ""
        deadline = time.monotonic() + 120
        while "forward" not in seen and time.monotonic() < deadline:
            seen += process.stderr.read(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "interrupted" in err
    assert "Traceback" not in err
    assert rows.read(path)
    assert "0.83545566" in out
