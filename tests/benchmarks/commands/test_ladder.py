"""`python -m benchmarks ladder`: its options, its rows, its output."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.commands import ladder as command
from benchmarks.measure import frames, rows
from benchmarks.measure.stored import load
from benchmarks.show.tables import numbers
from tests.running import run

pytestmark = pytest.mark.usefixtures("quick_duels")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--crossover", "depth"), "batch, width, threads"),
        (("--crossover", "batch", "--batch", "3"), "leave --batch out"),
        (("--crossover", "width", "--sizes", "3-3"), "one network"),
        (("--crossover", "batch", "--sizes", "1-1"), "one network"),
    ],
)
def test_contradictory_options_are_refused(arguments: tuple[str, ...], message: str) -> None:
    result = run("ladder", "--sizes", "3-3-1", *arguments)
    assert result.returncode != 0
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="there is one core only")
def test_a_crossover_is_measured_stored_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    result = run("ladder", "--sizes", "3-3-1", "--crossover", "threads", "--kernels",
                 "batched,vectorized", "--time", "0.2", "--rounds", "3",
                 "--json", str(path))  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "Fastest by threads" in result.stdout
    times = [r for r in rows.read(path) if r["quantity"] == "time" and r["median_ns"]]
    assert {r["threads"] for r in times} >= {1, 2}


def test_several_networks_are_shown_side_by_side_too(capsys: pytest.CaptureFixture[str]) -> None:
    frame = load("forward")
    command.show(frame)
    _, _, table = capsys.readouterr().out.partition("Time per call (times the fastest)")
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in table.splitlines()]
    lines = {line[0]: line[1:] for line in cells if line}
    pivot = frames.timed(frame).pivot(index="kernel", columns="workload", values="median_ns")
    assert len(lines) == len(pivot) + 2
    for kernel, times in pivot[list(frame["workload"].unique())].iterrows():
        told = [cell.partition(" (")[0] for cell in lines[str(kernel)]]
        scale = dict(numbers.UNITS)
        found = [float(number) * scale[unit] for number, unit in map(str.split, told)]
        assert found == pytest.approx(list(times), rel=0.05)
    command.show(frame[frame["workload"] == "3-3-1"])
    assert "Time per call (times" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ("--sizes", "3-x"),
        ("--sizes", "3"),
        ("--sizes", "3-3-1", "--operation", "sideways"),
        ("--sizes", "3-3-1", "--kernels", "nope"),
        ("--sizes", "3-3-1", "--dtype", "float16"),
        ("--sizes", "3-3-1", "--batch", "0"),
        ("--sizes", "3-3-1", "--rounds", "1"),
        ("--sizes", "3-3-1", "--threads", "2", "--kernels", "looped", "--rounds", "2"),
        (),
    ],
)
def test_wrong_options_are_explained_in_one_line(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    arguments = (*arguments, "--time", "0.1", "--json", str(tmp_path / "rows.jsonl"))
    result = run("ladder", *arguments)
    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert "Traceback" not in result.stderr


def test_the_command_ranks_stores_and_advises(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    result = run(
        "ladder", "--sizes", "3-3-1", "--sizes", "4-5-2", "--kernels", "batched,jitted",
        "--batch", "16", "--time", "0.1", "--rounds", "2", "--json", str(path),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "4-5-2, a batch of 16 samples, float64, 1 thread" in result.stdout
    advice = [result.stdout.count(text) for text in ("Use ", "Too uncertain to recommend")]
    assert sum(advice) == 2  # of so short a run either may come out
    frame = load(path)
    assert set(frame["kernel"]) == {"batched", "jitted"}
    times = frame[frame["quantity"] == "time"]
    assert (times["processes"] == 2).all()
    assert (times["limit_ns"] > times["floor_ns"]).all()
    assert "commit" in frame
    assert "node" not in frame
