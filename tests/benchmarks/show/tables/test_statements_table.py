"""Findings about the article's statements, told from their rows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from benchmarks.article import statements
from benchmarks.article.statements import STATEMENTS, Statement
from benchmarks.measure import frames
from benchmarks.measure.rows import Row
from benchmarks.show.tables.statements_table import NOT_INSTALLED, NOT_MEASURED, finding
from tests.benchmarks.statements import record, statement


@pytest.mark.parametrize("one", STATEMENTS, ids=lambda one: one.key)
def test_every_finding_can_be_told_from_its_rows(one: Statement) -> None:
    rows = [
        record(quantity, 5.0, one.key, seed=seed, iterations=mark)
        for quantity in one.quantities
        for seed in (0, 1)
        for mark in (1000, 3000)
    ]
    told = finding(one, frames.frame(rows))
    assert told != NOT_MEASURED
    assert "{" not in told


def test_a_finding_has_the_range_over_seeds() -> None:
    one = [record("accuracy_percent", 86.04, "accuracy", seed=0)]
    accuracy = statement("statement accuracy")
    assert finding(accuracy, frames.frame([])) == NOT_MEASURED
    assert finding(accuracy, frames.frame(one)).endswith("which give 86.0 % (1 seed)")
    three = [
        *one,
        *(record("accuracy_percent", a, "accuracy", seed=s) for s, a in ((1, 85), (2, 90))),
    ]
    assert finding(accuracy, frames.frame(three)).endswith(
        "which give 86.0 % (85.0 … 90.0, 3 seeds)"
    )


def test_a_finding_has_the_course_over_iterations() -> None:
    def run(seed: int, *accuracies: float) -> list[dict[str, Any]]:
        marks = (1000, 3000, 10_000)[: len(accuracies)]
        return [
            record(quantity, value, "statement iterations", seed=seed, iterations=mark)
            for mark, accuracy in zip(marks, accuracies, strict=True)
            for quantity, value in (
                (statements.ACCURACY, accuracy),
                (statements.ERROR, (1 + seed) * 1e3 / mark),
            )
        ]

    both = frames.frame([*run(0, 60, 86, 94), *run(1, 70, 88, 93)])
    told = finding(statement("statement iterations"), both)
    assert "86.0 … 88.0 % after 3000, 93.0 … 94.0 % after 10,000 (2 seeds)" in told
    assert told.endswith("ends at 0.100 … 0.200")
    short = finding(statement("statement iterations"), frames.frame(run(0, 60)))
    assert "60.0 % after 1000 (1 seed)" in short


def test_the_finding_about_the_curve_gives_its_last_iteration() -> None:
    rows = [record(q, v, "cost", seed=0, iterations=k) for k, v in ((1, 2.8), (3000, 0.42))
            for q in ("mean_error", "cost")]  # fmt: skip
    told = finding(statement("statement curve"), frames.frame(rows))
    assert "0.420 in the last iteration, where J is 0.4200" in told


def test_a_library_is_as_slow_as_its_fastest_way_or_not_installed() -> None:
    one = statement("statement tensorflow")
    ratios = [
        asdict(Row("rival_ratio", "100-100-50-10", "forward", kernel, value=value))
        for kernel, value in (("tensorflow", 0.02), ("tensorflow-xla", 0.05), ("pytensor", 2.0))
    ]
    assert "takes 20× as long" in finding(one, frames.frame(ratios))
    assert finding(one, frames.frame(ratios[2:])) == NOT_MEASURED
    absent = asdict(Row("rival_time", kernel="tensorflow", state="missing", reason="..."))
    assert finding(one, frames.frame([*ratios[2:], absent])) == NOT_INSTALLED
