"""Statistics, timing, portions, rows and the way numbers are written."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from benchmarks.measure import portion, rows, statistics, timing, workloads
from benchmarks.measure.environment import environment
from benchmarks.measure.quiet import Quiet
from benchmarks.measure.rows import Row
from benchmarks.measure.sizes import parse_sizes
from benchmarks.show.tables import numbers
from benchmarks.show.pages.readme import render


def test_the_median_s_interval_covers_it_as_often_as_it_says() -> None:
    generator = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        found = statistics.median(generator.exponential(size=31))
        assert found.low <= found.value <= found.high
        covered += found.low <= np.log(2) <= found.high
    assert 0.93 <= covered / 400 <= 1.0


def test_few_samples_give_no_interval() -> None:
    found = statistics.median(np.array([1.0, 2.0, 4.0]))
    assert found.value == 2
    assert np.isnan(found.low)
    assert np.isnan(statistics.ratio_of_medians(np.ones(3), np.ones(3)).low)


def test_the_ratio_s_interval_covers_it() -> None:
    generator = np.random.default_rng(0)
    covered = 0
    for seed in range(100):
        slow, fast = generator.normal(200, 10, 40), generator.normal(100, 5, 40)
        found = statistics.ratio_of_medians(slow, fast, seed)
        covered += found.low <= 2 <= found.high
    assert covered >= 88


def test_alternation_calls_every_contender_and_counts_its_calls() -> None:
    calls: list[str] = []

    def contender(name: str) -> None:
        calls.append(name)

    found = timing.alternate({name: timing.Call(contender, (name,)) for name in "ab"}, seconds=0.05)
    for name in "ab":
        assert len(found[name].ns) >= timing.MIN_SAMPLES
        assert (found[name].ns > 0).all()
        assert calls.count(name) >= len(found[name].ns) * found[name].calls


def test_timeit_is_seven_runs() -> None:
    found = timing.as_timeit(timing.Call(timing.floor, (1, 2)), quick=True)
    assert len(found.ns) == 7
    assert found.calls > 1


@pytest.mark.parametrize("operation", ["forward_batch", "gradient", "train"])
@pytest.mark.parametrize("rung", ["looped", "batched"])
def test_a_portion_is_the_whole_or_says_what_it_is(rung: str, operation: str) -> None:
    workload = workloads.named("3-3-1")
    plan = kernels.plan(workload.network, rung)
    X, Y = workload.samples
    iterations = 50 if operation == "train" else 1
    whole = portion.choose(plan, operation, X, Y, iterations, whole_seconds=1e9)
    assert (whole.factor, whole.label) == (1, None)
    part = portion.choose(plan, operation, X, Y, iterations, whole_seconds=0, part_seconds=0)
    assert part.rows == (1 if rung == "looped" else len(X))
    assert part.iterations == 1
    if part.factor > 1:
        assert re.search(r"1 of (50 iter|1024 samples)", str(part.label))
    assert part.factor == len(X) / part.rows * iterations
    portion.run(part.call)


def test_rows_are_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "rows.jsonl"
    written = [Row("time", "3-3-1", "forward", "looped", median_ns=1.5, low_ns=float("nan"))]
    rows.write(path, written, {"threads": 1})
    found = rows.read(path)
    assert found[0]["median_ns"] == 1.5
    assert found[0]["low_ns"] is None
    assert found[0]["threads"] == 1
    assert [file.name for file in path.parent.iterdir()] == ["rows.jsonl"]
    pandas = pytest.importorskip("pandas")
    assert pandas.read_json(path, lines=True).kernel.tolist() == ["looped"]


@pytest.mark.parametrize("line", ["hello", "{}", '{"schema": 99}', "[1]", "null"])
def test_a_foreign_file_is_refused_by_its_line(line: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"schema": rows.SCHEMA, "quantity": "x"}) + "\n" + line + "\n")
    with pytest.raises(ValueError, match=r"rows\.jsonl:2: not a result row"):
        rows.read(path)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows.write(path, [Row("time")], {})
    before = path.read_text()
    with pytest.raises(TypeError):
        rows.write(path, [Row("time")], {"bad": object()})
    assert path.read_text() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_the_environment_names_versions_and_no_host() -> None:
    import getpass
    import platform

    found = environment()
    for key in ("processor", "numpy", "numba", "llvm", "blas", "python", "commit", "cores"):
        assert found[key] not in (None, ""), key
    text = json.dumps(found)
    for private in (platform.node(), getpass.getuser(), str(Path.home())):
        assert not re.search(rf"(?<!\w){re.escape(private)}(?!\w)", text)


@pytest.mark.parametrize(
    ("ns", "low", "high", "text"),
    [
        (24831.0, 24700.0, 25000.0, "24.8 µs"),
        (24831.0, 22000.0, 27000.0, "25 µs"),
        (24831.0, None, None, "25 µs"),
        (999.6, 999.0, 1000.2, "1000 ns"),
        (5.6e6, 4.0e6, 8.0e6, "5.6 ms"),
        (180e9, None, None, "3.0 min"),
        (None, None, None, "–"),
    ],
)
def test_durations_show_what_the_interval_supports(ns: Any, low: Any, high: Any, text: str) -> None:
    assert numbers.duration(ns, low, high) == text


def test_intervals_and_ratios() -> None:
    assert numbers.duration_interval(24831.0, 24600.0, 25100.0) == "24.8 [24.6, 25.1] µs"
    assert numbers.mean_deviation(24831.0, 410.0) == "24.8 µs ± 410 ns"
    assert numbers.ratio(16.2) == "16×"
    assert numbers.ratio(487.6) == "488×"
    assert numbers.ratio(0.0039) == "0.0039×"


def test_sections_are_replaced_between_their_markers() -> None:
    document = "a\n<!-- t: generated, do not edit -->\nold\n<!-- end of t -->\nb"
    once = render(document, {"t": "new"})
    assert "old" not in once
    assert once.startswith("a\n")
    assert once.endswith("\nb")
    assert render(once, {"t": "new"}) == once
    with pytest.raises(ValueError, match="no section"):
        render("nothing", {"t": "new"})


@pytest.mark.parametrize("text", ["3-0-1", "3-x", "", "3", "3--1", "-3-1", "3.5-1"])
def test_wrong_sizes_are_explained(text: str) -> None:
    with pytest.raises(ValueError, match="sizes are written like 3-3-1"):
        parse_sizes(text)


def test_workloads_are_found_by_name() -> None:
    assert workloads.named("64-30-10").rows == 1078
    assert workloads.named("64-30-10").samples[0].shape == (1078, 64)
    with pytest.raises(ValueError, match="3-3-1, 3-3-3-1"):
        workloads.named("1-1")


def test_operation_counts() -> None:
    workload = workloads.named("100-100-50-10")
    assert workload.multiply_adds() == 100 * 100 + 100 * 50 + 50 * 10
    assert workload.flops("forward") == 2 * 15500
    assert workload.flops("gradient") == 2 * 1024 * (3 * 15500 - 10000)
    assert workload.bytes("forward") == 8 * (15660 + 110)


def test_a_quiet_moment_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop counts where the yardstick was at its best before and after it, and only there."""
    (tmp_path / "kept").write_text("1.0")
    quiet = Quiet(tmp_path / "kept")
    yardsticks = iter([2.0, 1.0, 2.0, 1.0, 1.05])
    monkeypatch.setattr("benchmarks.measure.quiet.yardstick", lambda: next(yardsticks))
    values = iter([30.0, 10.0, 20.0])
    assert quiet.sample(lambda: next(values), patience=60) == (20, True)
    assert next(yardsticks, None) is None


def test_without_a_quiet_moment_the_least_counts(
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
    monkeypatch.setattr("benchmarks.measure.quiet.WATCH", 0.01)
    assert Quiet(kept).best == 4
