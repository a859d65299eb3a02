"""Comparison of two stored runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmarks.experiments import compare
from benchmarks.measure import fields, frames, rows, statistics
from benchmarks.measure.verdicts import BELOW, EQUAL, FASTER, SLOWER

MACHINE = {
    "processor": "AMD EPYC", "processor_vendor": "AuthenticAMD", "processor_family": 25,
    "processor_model": 17, "processor_stepping": 1, "microcode": "0xa1011d1",
    "vector_instructions": "avx512f", "cores": 2, "memory_gib": 24, "system": "Linux x86_64",
    "system_kernel": "6.1.0", "threads": 1,
}  # fmt: skip


def stored(
    path: Path,
    generator: Any,
    factors: dict[str, float],
    count: int = 30,
    of: dict[str, dict[str, Any]] | None = None,
    **machine: Any,
) -> Path:
    """Store a run of `count` kernels, 8 processes each, whose times scatter by 1 %.

    `of` gives fields of a kernel's row.
    """
    written = []
    for k in range(count):
        logs = np.log(1000 * (k + 1)) + generator.normal(0, 0.01, 8)
        logs += np.log(factors.get(f"k{k}", 1.0))
        interval = rows.interval_fields(statistics.geometric_mean(logs), "ns")
        more = (of or {}).get(f"k{k}", {})
        written.append(
            rows.Row("time", "3-3-1", "forward", f"k{k}", processes=8, **interval, **more)
        )
    written.append(rows.Row("ratio", "3-3-1", "forward", "k0", value=2.0))
    rows.write(path, written, MACHINE | machine)
    return path


def compared(tmp_path: Path, factors: dict[str, float], seed: int = 0) -> dict[str, str]:
    generator = np.random.default_rng(seed)
    old = stored(tmp_path / "old.jsonl", generator, {})
    new = stored(tmp_path / "new.jsonl", generator, factors)
    found = compare.compare(compare.read(old), compare.read(new))
    return {one.old["kernel"]: one.verdict for one in found}


def test_changes_are_found_and_nothing_else(tmp_path: Path) -> None:
    found = compared(tmp_path, {"k3": 1.2, "k7": 0.8, "k9": 1.03})
    assert found.pop("k3") == SLOWER
    assert found.pop("k7") == FASTER
    assert set(found.values()) == {EQUAL}


def test_equal_runs_are_seldom_told_apart(tmp_path: Path) -> None:
    """False verdicts are rarer than 1 in 20 without a margin, and very rare with one."""
    told = [set(compared(tmp_path, {}, seed).values()) != {EQUAL} for seed in range(20)]
    assert sum(told) <= 1


def test_without_a_margin_small_differences_count(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    old = compare.read(stored(tmp_path / "old", generator, {}))
    new = compare.read(stored(tmp_path / "new", generator, {"k9": 1.05}))
    found = {one.old["kernel"]: one.verdict for one in compare.compare(old, new, margin=0.0)}
    assert found["k9"] == SLOWER


def test_the_greatest_change_comes_first_with_its_interval(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    old = compare.read(stored(tmp_path / "old", generator, {}))
    new = compare.read(stored(tmp_path / "new", generator, {"k3": 1.5, "k4": 0.5}))
    first, second, *_ = compare.compare(old, new)
    assert (first.old["kernel"], second.old["kernel"]) == ("k4", "k3")
    assert first.ratio.low < 0.5 < first.ratio.high
    assert second.ratio.low < 1.5 < second.ratio.high


def test_holm_is_stricter_the_more_there_are() -> None:
    assert compare.holm([0.04]) == [True]
    assert compare.holm([0.04, 0.9]) == [False, False]
    assert compare.holm([0.001, 0.03, 0.9]) == [True, False, False]
    assert compare.holm([0.02, 0.001]) == [True, True]
    assert compare.holm([]) == []


def test_other_machines_and_questions_are_refused(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    old = compare.read(stored(tmp_path / "old", generator, {}))
    other = compare.read(stored(tmp_path / "other", generator, {}, processor="two"))
    fewer = compare.read(stored(tmp_path / "fewer", generator, {}, count=29))
    with pytest.raises(compare.DifferentRunsError, match="different machines"):
        compare.compare(old, other)
    with pytest.raises(
        compare.DifferentRunsError,
        match=r"^1 timing is in one run only, for example k29 .*\(--anyway leaves it out\)$",
    ):
        compare.compare(old, fewer)
    shorter = old[old["kernel"] < "k2"]
    with pytest.raises(compare.DifferentRunsError, match=r"^18 timings are in .* leaves them out"):
        compare.compare(old, shorter)
    assert len(compare.compare(old, other, anyway=True)) == 30
    assert len(compare.compare(old, fewer, anyway=True)) == 29
    elsewhere = other.assign(workload="1-1")
    with pytest.raises(compare.DifferentRunsError, match="in common"):
        compare.compare(old, elsewhere, anyway=True)


@pytest.mark.parametrize("name", ["index", "row", "row_old", "side", "level_0"])
@pytest.mark.parametrize("numbers", [range(2, -1, -1), [None, 7, None]])
def test_other_columns_do_not_keep_rows_of_a_kernel_apart(
    tmp_path: Path, name: str, numbers: Any
) -> None:
    path = stored(tmp_path / "run", np.random.default_rng(0), {}, count=3)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    more = [
        line | ({} if k is None else {name: k}) for line, k in zip(lines[:3], numbers, strict=True)
    ]
    odd = tmp_path / "odd"
    odd.write_text("".join(json.dumps(line) + "\n" for line in more))
    for old, new in ((odd, path), (path, odd), (odd, odd)):
        found = compare.compare(compare.read(old), compare.read(new))
        assert sorted(one.new["kernel"] for one in found) == ["k0", "k1", "k2"]
        assert all(one.old["kernel"] == one.new["kernel"] for one in found)


def test_every_row_is_compared_with_one_of_its_own_machine(tmp_path: Path) -> None:
    run = compare.read(stored(tmp_path / "run", np.random.default_rng(0), {}, count=2))
    old = run.assign(processor=["A", "B"])
    new = run.assign(processor=["A", "C"])
    with pytest.raises(compare.DifferentRunsError, match=r"for k1 forward 3-3-1 .* 'B' and 'C'"):
        compare.compare(old, new)
    assert len(compare.compare(old, new, anyway=True)) == 2
    assert len(compare.compare(old, old[::-1])) == 2


def test_an_example_of_a_question_that_one_run_lacks_names_what_is_different(
    tmp_path: Path,
) -> None:
    one = compare.read(stored(tmp_path / "one", np.random.default_rng(0), {}, count=1))
    asked = {"operation": "train", "rows": 32, "iterations": 1, "dtype": "float32", "threads": 2,
             "workload": "3-3-1-log", "loss": "log", "weights": "0a1b"}  # fmt: skip
    lacking = re.escape("k0 train 3-3-1-log (weights 0a1b) x 32 1 iteration float32 2 threads")
    (usual,) = frames.records(one)
    both = frames.frame([usual, usual | asked])
    with pytest.raises(compare.DifferentRunsError, match=f"for example {lacking} "):
        compare.compare(one, both)


@pytest.mark.parametrize("part", fields.MACHINE)
def test_machines_that_differ_in_any_known_part_are_refused(part: str, tmp_path: Path) -> None:
    other: Any = MACHINE[part] + 1 if isinstance(MACHINE[part], int) else f"{MACHINE[part]} 2"  # type: ignore[operator]
    old, new = (
        compare.read(stored(tmp_path / name, np.random.default_rng(0), {}, count=2, **machine))
        for name, machine in (("old", dict[str, Any]()), ("new", {part: other}))
    )
    unknown = old.assign(**{part: "unknown" if isinstance(other, str) else None})
    with pytest.raises(compare.DifferentRunsError, match=rf"machines: for k\d .* {part} is .* and"):
        compare.compare(old, new)
    assert len(compare.compare(old, new, anyway=True)) == 2
    for pair in ((old, unknown), (unknown, new), (unknown, unknown)):
        assert len(compare.compare(*pair)) == 2
    assert compare.unknown({"old": old, "unknown": unknown}) == {"unknown": [part]}


def test_another_generation_under_the_same_name_is_another_machine(tmp_path: Path) -> None:
    """Clouds call Zen 3, 4 and 5 alike: "AMD EPYC"; rows of schema 1 know the family in a text."""
    runs: list[pd.DataFrame] = []
    for family in ("AuthenticAMD-25-17", "AuthenticAMD-26-2"):
        path = stored(tmp_path / family, np.random.default_rng(0), {}, count=2)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        for line in lines:
            for name in ("vendor", "model", "stepping"):
                del line[f"processor_{name}"]
            line |= {"schema": 1, "processor_family": family}
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        runs.append(compare.read(path))
    with pytest.raises(compare.DifferentRunsError, match="processor_family is 25 and 26"):
        compare.compare(runs[0], runs[1])
    assert compare.unknown({"a": runs[0]}) == {"a": ["processor_stepping"]}


def test_the_interval_and_p_value_are_welch_s(tmp_path: Path) -> None:
    """As SciPy computes them from the logarithms that the stored intervals were made of."""
    generator = np.random.default_rng(5)
    samples = [np.log(1000) + generator.normal(0, scale, count)
               for scale, count in ((0.01, 8), (0.05, 5))]  # fmt: skip
    old, new = (
        {"median_ns": t.value, "low_ns": t.low, "high_ns": t.high, "processes": len(logs)}
        for logs in samples
        for t in [statistics.geometric_mean(logs)]
    )
    expected = stats.ttest_ind(samples[1], samples[0], equal_var=False)
    ratio, chance = compare.difference(old, new, 0.0)
    assert chance == pytest.approx(expected.pvalue, rel=1e-9)
    low, high = np.exp(expected.confidence_interval(0.95))
    assert ratio.low == pytest.approx(low, rel=1e-12)
    assert ratio.high == pytest.approx(high, rel=1e-12)
    assert ratio.value == pytest.approx(np.exp(samples[1].mean() - samples[0].mean()), rel=1e-12)
    _, within = compare.difference(old, new, 0.5)
    assert within > chance


@pytest.mark.parametrize("wrong", ["old", "new"])
def test_a_time_below_the_limit_in_either_run_is_neither_faster_nor_slower(
    wrong: str, tmp_path: Path
) -> None:
    old, new = (
        compare.read(stored(tmp_path / name, np.random.default_rng(0), factors, count=1,
                            of={"k0": {"limit_ns": 5000.0}} if name == wrong else {}))
        for name, factors in (("old", {}), ("new", {"k0": 2.0}))
    )  # fmt: skip
    assert [one.verdict for one in compare.compare(old, new)] == [BELOW]


def test_the_last_row_of_a_task_counts(tmp_path: Path) -> None:
    run = stored(tmp_path / "run", np.random.default_rng(0), {}, count=1)
    late = stored(tmp_path / "late", np.random.default_rng(0), {"k0": 2.0}, count=1)
    both = tmp_path / "both"
    both.write_text(run.read_text() + late.read_text())
    (change,) = compare.compare(compare.read(run), compare.read(both))
    assert change.ratio.value == pytest.approx(2.0)
    (change,) = compare.compare(compare.read(both), compare.read(run))
    assert change.ratio.value == pytest.approx(0.5)
