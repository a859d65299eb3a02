"""The article's experiment in several ways, side by side."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import frames
from benchmarks.show.tables import today_table
from tests.benchmarks.show.tables.records import record


def trained(seed: int, percent: float, seconds: float, **fields: Any) -> dict[str, Any]:
    return record(
        quantity="accuracy_percent", operation="train", dtype="float64", seed=seed, value=percent,
        seconds=seconds, **fields,
    )  # fmt: skip


def test_each_way_has_its_accuracy_and_its_time() -> None:
    articles = {"workload": "64-30-10", "kernel": "batched", "iterations": 3000}
    today = {
        "workload": "64-30-10-relu-softmax",
        "kernel": "specialized",
        "iterations": 100,
        "training": "adam, batch 32",
    }
    found = today_table.lines(
        frames.frame(
            [
                *(trained(seed, 96.0 + seed, 0.04, **today) for seed in range(3)),
                *(trained(seed, 86.0, 5.0, **articles) for seed in range(2)),
            ]
        )
    )
    slow, fast = found
    assert slow[:3] == ("64-30-10", "gradient descent, all samples", "3000")
    assert slow[4:] == ("5.0 s", "batched")
    assert fast[:3] == ("64-30-10-relu-softmax", "adam, batch 32", "100")
    assert fast[3].startswith("97.0 % (96.0 … 98.0, 3 seeds")
    assert fast[4:] == ("40 ms", "specialized")
    assert len(today_table.HEADINGS) == len(slow)
