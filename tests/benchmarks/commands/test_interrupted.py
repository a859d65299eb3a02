"""Ctrl-C during a measuring command: what was measured is stored and shown."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from benchmarks.measure import duel, noise, rows
from tests.benchmarks.made_up import sitting
from tests.running import run, started


def test_an_interrupted_ladder_keeps_what_it_measured(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    asked = ("--sizes", "3-3-1", "--sizes", "3-4-1", "--kernels", "batched", "--rounds", "2",
             "--time", "0.1", "--json", str(path))  # fmt: skip
    with started("-m", "benchmarks", "ladder", *asked) as process:
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


def test_an_interrupted_self_test_keeps_its_finished_duels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rows.jsonl"
    held = iter([sitting(0.01, vectorized=1e3, copy=1e3), duel.Sitting(interrupted=True)])
    monkeypatch.setattr(duel, "sit", lambda *_: next(held))
    monkeypatch.setattr(noise, "before", list)
    result = run("selftest", "--equals", "3", "--slowed", "0", "--json", str(path))
    assert result.returncode == 130, result.stderr
    assert "interrupted: 1 of 3 duels were finished" in result.stderr
    assert [record["quantity"] for record in rows.read(path)].count("duel") == 1
    assert "a difference seen between equals" in result.stdout


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
