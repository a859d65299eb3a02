"""The first page says what building costs, and where the last rung is not the fastest."""

from __future__ import annotations

import pytest

from benchmarks.measure.frames import frame
from benchmarks.show.pages import losses
from tests.benchmarks.show.tables.records import ranked


def test_losses_and_ties_stand_beside_the_number_of_questions() -> None:
    won = ranked({"specialized": 1000.0, "batched": 2000.0})
    lost = ranked({"litert": 1000.0, "specialized": 2000.0}, dtype="float32")
    tied = ranked({"specialized": 1000.0, "c": 1005.0}, workload="3-3-1")
    step = ranked({"eigen": 995.0, "specialized": 1000.0}, operation="train")
    other = ranked({"batched": 1000.0}, workload="3-3-3-1")
    built = [row | {"build_seconds": 0.5 * (row["kernel"] == "specialized")} for row in won]
    text = losses.text(frame([*built, *lost, *tied, *step, *other]))
    assert text.endswith(
        "Of the 4 questions that the documents have tables of, measured on One (avx2, 2 cores), "
        "specialized alone is the fastest in 1, and not in the others:\n\n"
        "- One sample. Another kernel is faster: 100-100-50-10, float32: 1.00 µs by litert against "
        "2.00 µs (2.00 [1.98, 2.02] times as long). No certain winner, with times as multiples of "
        "specialized's: 3-3-1 (c 1.00 [0.995, 1.02]).\n"
        "- Gradients and training. No certain winner, with times as multiples of specialized's: "
        "100-100-50-10, an iteration of training (eigen 0.995 [0.985, 1.00])."
    )


def test_questions_of_several_machines_are_told_of_apart() -> None:
    won = ranked({"specialized": 1000.0, "batched": 2000.0})
    built = [row | {"build_seconds": 0.5 * (row["kernel"] == "specialized")} for row in won]
    here = ranked({"specialized": 1000.0, "c": 1005.0}, workload="3-3-1")
    there = ranked({"specialized": 1000.0, "c": 1005.0}, workload="3-3-3-1")
    other = [row | {"processor": "Two"} for row in there]
    text = losses.text(frame([*built, *here, *other]))
    tie = "No certain winner, with times as multiples of specialized's, on"
    assert text.endswith(
        "Of the 3 questions that the documents have tables of, measured on One (avx2, 2 cores) and "
        "Two (avx2, 2 cores), specialized alone is the fastest in 1, and not in the others:\n\n"
        f"- One sample. {tie} One (avx2, 2 cores): 3-3-1 (c 1.00 [0.995, 1.02]). "
        f"{tie} Two (avx2, 2 cores): 3-3-3-1 (c 1.00 [0.995, 1.02])."
    )


def test_what_a_build_costs_and_when_it_pays() -> None:
    one = ranked({"specialized": 1000.0, "vectorized": 3000.0})
    many = ranked({"specialized": 1e6, "batched": 2e6}, operation="forward_batch", rows=1024)
    built = [
        row | {"build_seconds": 0.1 if row["rows"] == 1024 else 0.5}
        for row in one + many
        if row["kernel"] == "specialized"
    ]
    rest = [row for row in one + many if row["kernel"] != "specialized"]
    text = losses.text(frame(built + rest))
    assert "takes 100 ms to 500 ms, and is paid back after 100 to 250,000 calls" in text
    assert text.endswith("specialized alone is the fastest in 2.")
    assert "later process" not in text
    later = losses.text(frame([row | {"rebuild_seconds": 0.004} for row in built] + rest))
    assert (
        "takes 100 ms to 500 ms, and is paid back after 100 to 250,000 calls; a later process "
        "loads the code from disk, which takes 4.0 ms, and is paid back after 4 to 2000 calls."
    ) in later
    assert losses.text(frame(rest)) == "**Where it loses.** Not measured."


@pytest.mark.parametrize(
    ("times", "spread", "faster", "equal"),
    [
        ({"specialized": 1000.0, "jax": 1400.0, "batched": 1500.0}, 1.01, "", []),
        ({"specialized": 1000.0, "batched": 1010.0}, 1.02, "", ["batched 1.01 [0.990, 1.03]"]),
        ({"specialized": 1000.0, "batched": 1400.0}, 1.5, "", ["batched 1.40 [0.933, 2.10]"]),
        ({"batched": 1000.0, "specialized": 1010.0}, 1.02, "", ["batched 0.990 [0.971, 1.01]"]),
        (
            {"litert": 1000.0, "specialized": 1400.0},
            1.01,
            "1.00 µs by litert against 1.40 µs (1.40 [1.39, 1.41] times as long)",
            [],
        ),
        ({"specialized": 1000.0}, 1.01, "", []),
    ],
)
def test_what_is_faster_or_may_be_as_fast_is_told(
    times: dict[str, float], spread: float, faster: str, equal: list[str]
) -> None:
    rows = ranked(times, spread, operation="forward_batch", rows=1024)
    assert losses.rivals(frame(rows)) == (faster, equal)


def test_a_tie_without_an_interval_has_its_ratio_alone() -> None:
    rows = ranked({"batched": 1000.0, "specialized": 1250.0}, operation="forward_batch", rows=1024)
    for row in rows:
        if row["quantity"] == "ratio" and row["kernel"] == "specialized":
            row.update(low=None, high=None)
    assert losses.rivals(frame(rows)) == ("", ["batched 0.800"])
