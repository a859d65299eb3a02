"""The advice on a ranking, and the table of several rankings side by side."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.measure import frames
from benchmarks.show.tables import (
    ladder_table,
    recommend,
)
from tests.benchmarks.show.tables.records import record, time


@pytest.mark.parametrize(
    ("later", "told"),
    [
        (None, "The first build of a takes 300 ms and pays back after 30,000 calls."),
        (0.2, "The first build of a takes 300 ms and pays back after 30,000 calls."),
        (0.005, "after 30,000 calls; a later process loads the code from disk in 5.0 ms, which "
                "pays back after 500 calls."),
        (1e-9, "which pays back at once."),
    ],
)  # fmt: skip
def test_the_advice_tells_the_builds_of_the_first_process_and_of_later_ones(
    later: float | None, told: str
) -> None:
    asked: dict[str, Any] = {"workload": "1-1", "operation": "forward"}
    rows = [
        time("a", 1000.0, build_seconds=0.3, rebuild_seconds=later, **asked),
        time("b", 11_000.0, build_seconds=0.0, **asked),
        record(quantity="ratio", kernel="b", against="a", value=11.0, low=10.9, high=11.1, **asked),
        record(quantity="ratio", kernel="a", against="a", value=1.0, low=1.0, high=1.0, **asked),
    ]
    assert recommend.advice(frames.frame(rows)).endswith(told)


def test_a_summary_holds_everybody_who_was_timed_anywhere() -> None:
    one = [time(k, ns, workload="1-1", operation="forward") for k, ns in (("a", 1.0), ("b", 2.0))]
    two = [time(k, ns, workload="2-2", operation="forward") for k, ns in (("c", 1.0), ("a", 2.0))]
    headings, lines = ladder_table.summary(frames.frame([*one, *two]))
    assert headings == ("", "1-1", "2-2")
    assert [line[0] for line in lines] == ["c", "a", "b", "*floor*", "*limit*"]
    assert lines[2][2] == "–"


@pytest.mark.parametrize(
    ("seconds", "against", "cell"),
    [(0.0, 2e3, "no build"), (0.3, 2e3, "300,000 calls"), (0.3, 500.0, "never"), (0.3, None, "–")],
)
def test_a_build_is_paid_back_by_what_the_best_without_one_takes(
    seconds: float, against: float | None, cell: str
) -> None:
    record = time("specialized", 1e3) | {"build_seconds": seconds}
    ready = None if against is None else time("batched", against) | {"build_seconds": 0.0}
    assert ladder_table.pays_back(record, ready) == cell
