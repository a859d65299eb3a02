"""The table of a sweep."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from benchmarks.measure import scores
from benchmarks.measure.rows import Row
from benchmarks.show.tables import sweep_table
from tests.benchmarks.made_up import stored


def setting(
    network: str, median: float | None, near: float = 1.0, **fields: object
) -> Iterator[Row]:
    """The rows of a setting with 20 seeds."""

    def row(quantity: str, value: float, **more: object) -> Row:
        usual = {"operation": "train", "kernel": "specialized", "rows": 90, "iterations": 5}
        about = usual | {"workload": network, "training": "adam, batch 32"} | fields | more
        return Row(quantity, value=value, **about)  # type: ignore[arg-type]

    yield row("seeds", 20.0)
    yield row("diverged", 0.0 if median is not None else 20.0)
    if median is not None:
        yield row("accuracy_percent", median, low=median - near, high=median + near)
        for name, share in scores.SPREAD.items():
            yield row(scores.part("accuracy_percent", name), median + 10 * (share - 0.5))
    yield row("train_seconds", 0.25)


def frame(*settings: Iterator[Row]) -> pd.DataFrame:
    return stored(*(row for one in settings for row in one)).assign(data="iris")


def test_the_best_setting_is_first_and_one_without_scores_last() -> None:
    found = frame(setting("4-3-3", 90.0), setting("4-9-3", None), setting("4-5-3", 95.0))
    assert sweep_table.title(found) == "iris: 90 training samples, specialized"
    assert sweep_table.headings(found)[4] == "median accuracy, %"
    assert sweep_table.lines(found) == [
        (
            "4-5-3",
            "adam, batch 32",
            "5",
            "20",
            "95.0",
            "250 ms",
            "92.5 … 97.5",
            "90.0 … 100.0",
            "–",
        ),
        ("4-3-3", "adam, batch 32", "5", "20", "90.0", "250 ms", "87.5 … 92.5", "85.0 … 95.0", "–"),
        ("4-9-3", "adam, batch 32", "5", "20", "–", "250 ms", "–", "–", "20"),
    ]


def test_the_summary_names_the_best_and_counts_what_is_level_with_it() -> None:
    apart = frame(setting("4-3-3", 90.0), setting("4-5-3", 95.0))
    assert sweep_table.summary(apart) == (
        "best median accuracy: 4-5-3, adam, batch 32: 95.0 % (90.0 … 100.0, 20 seeds)"
    )
    level = frame(setting("4-3-3", 93.5), setting("4-5-3", 95.0), setting("4-7-3", 10.0))
    assert sweep_table.summary(level).endswith("intervals of 1 other setting overlap with its")
    assert sweep_table.summary(frame(setting("4-3-3", None))) == "all trainings diverged"


def test_settings_that_differ_in_the_training_only_have_lines_of_their_own() -> None:
    found = frame(setting("4-3-3", 90.0), setting("4-3-3", 91.0, training="sgd, batch 32"),
                  setting("4-3-3", 92.0, iterations=6))  # fmt: skip
    assert [line[:3] for line in sweep_table.lines(found)] == [
        ("4-3-3", "adam, batch 32", "6"),
        ("4-3-3", "sgd, batch 32", "5"),
        ("4-3-3", "adam, batch 32", "5"),
    ]
