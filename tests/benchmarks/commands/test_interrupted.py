"""Ctrl-C during a measuring command: what was measured is stored and shown."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import psutil
import pytest

from benchmarks.commands import list as listing
from benchmarks.measure import duel, files, noise, rows, stored
from benchmarks.show.pages import readme
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


@pytest.mark.parametrize("phase", ["limits: reads", "3-3-1: "])
def test_ctrl_c_in_any_phase_leaves_no_process_and_no_traceback(phase: str, tmp_path: Path) -> None:
    """While the limits are measured, and while the first round's processes start."""
    path = tmp_path / "rows.jsonl"
    asked = ("--sizes", "3-3-1", "--no-peers", "--rounds", "2", "--json", str(path))
    with started("-m", "benchmarks", "ladder", *asked, FORCE_COLOR="1") as process:
        assert process.stderr is not None
        seen = ""
        while phase not in seen:
            part = process.stderr.read(1)
            assert part, seen
            seen += part
        mine = psutil.Process(process.pid)
        process.send_signal(signal.SIGINT)
        children = mine.children(recursive=True)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted: " in err
    assert "nothing is stored" in err
    assert "Traceback" not in seen + err
    assert not list(tmp_path.iterdir())
    assert not psutil.wait_procs(children, timeout=10)[1]


@pytest.mark.parametrize(
    "words", [("compare", "article", "forward"), ("export", "forward"), ("readme",), ("list",)]
)
def test_ctrl_c_in_a_command_that_measures_nothing_takes_a_line(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for owner, name in ((stored, "paths_of"), (files, "make_folder"), (readme, "stale"),
                        (listing, "list_kernels")):  # fmt: skip
        monkeypatch.setattr(owner, name, interrupt)
    result = run(*words)
    assert result.returncode == 130
    assert result.stderr == "interrupted: nothing was measured, and no file is half written\n"
