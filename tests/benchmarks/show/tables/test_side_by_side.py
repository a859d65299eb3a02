"""Machines side by side: winners, shares, and the verdicts that differ between machines."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

from benchmarks.measure import frames, verdicts
from benchmarks.measure.statistics import Interval
from benchmarks.show.tables import pairs
from benchmarks.show.tables.side_by_side import NO_TIME, NOT_MEASURED, SideBySide
from tests.benchmarks.made_up import duels, ratio, stored, time

FIRST = {"a": 2000.0, "b": 3000.0, "c": 8000.0}
TITLE = "3-3-1 (logistic), one sample at a time, float64, 1 thread"


def two(first: pd.DataFrame, second: pd.DataFrame) -> SideBySide:
    return SideBySide({"one": first, "two": second})


def kinds(found: SideBySide) -> dict[str, str]:
    return {f"{one.first}{one.second}": one.kind for one in found.differing}


def test_the_winner_of_each_machine_has_time_share_and_ratio_to_the_second() -> None:
    other = stored(*duels({"b": 1000.0, "a": 1250.0}, limit_ns=400.0))
    found = two(stored(*duels(FIRST)), other).winners()
    times = "2.000 [1.980, 2.020] µs", "1.000 [0.9901, 1.010] µs"
    assert found.lines == [
        (TITLE, "one", "a", "b", times[0], "50 %", "1.50 [1.49, 1.52]", "slower"),
        (TITLE, "two", "b", "a", times[1], "40 %", "1.25 [1.24, 1.26]", "slower"),
    ]
    assert "nothing is averaged" in found.note


def test_nothing_is_a_mean_over_machines() -> None:
    """Adding a machine changes no cell of the others."""
    frame = {"one": stored(*duels(FIRST)), "two": stored(*duels({"a": 9e3, "b": 8e3, "c": 7e3}))}
    both = SideBySide(frame)
    three = SideBySide(frame | {"three": stored(*duels({"a": 1.0, "b": 1e9}, limit_ns=0.5))})
    for table, more in ((both.winners(), three.winners()), (both.shares(), three.shares())):
        lines = [line for line in more.lines if "three" not in line]
        assert [line[: len(other)] for line, other in zip(lines, table.lines, strict=True)] == list(
            table.lines
        )


def test_without_a_duel_the_ratio_has_neither_interval_nor_verdict() -> None:
    plain = stored(time("a", 2000.0, threads=1), time("b", 3000.0, threads=1))
    line = two(plain, plain).winners().lines[0]
    assert line[-2:] == ("1.50", "")


def test_questions_of_one_machine_and_machines_without_a_time_say_so() -> None:
    lone = stored(*duels(FIRST), *duels({"a": 5000.0}, dtype="float32"))
    failed = stored(time("a", 2000.0, threads=1, state="crashed", reason="SIGILL"))
    third = stored(*duels(FIRST, workload="1-1"))
    found = SideBySide({"one": lone, "two": failed, "three": third})
    cells = [line[1:4] for line in found.winners().lines]
    assert cells == [
        ("one", "a", "b"), ("two", NO_TIME, ""), ("three", NOT_MEASURED, ""),
        ("only one", "a", "–"), ("only three", "a", "b"),
    ]  # fmt: skip
    assert {line[0] for line in found.shares().lines} == {TITLE}
    assert found.agreement().startswith("No two machines compared")


def test_a_time_below_the_limit_wins_nothing_and_differs_in_nothing() -> None:
    wrong = {"a": 2000.0, "b": 500.0, "c": 8000.0}  # b is below the limit of 1000 ns
    found = two(stored(*duels(FIRST)), stored(*duels(wrong)))
    assert [line[2] for line in found.winners().lines] == ["a", "a"]
    assert kinds(found) == {}


@pytest.mark.parametrize(
    ("times", "spread", "expected"),
    [
        ({"a": 2000.0, "b": 3000.0, "c": 8000.0}, 1.01, {}),
        ({"a": 9000.0, "b": 9100.0, "c": 90_000.0}, 1.005, {}),  # other ratios, same verdicts
        ({"a": 3000.0, "b": 2000.0, "c": 8000.0}, 1.01, {"ab": pairs.OPPOSITE}),
        ({"a": 2000.0, "b": 8000.0, "c": 3000.0}, 1.01, {"bc": pairs.OPPOSITE}),  # never in a duel
        ({"a": 2000.0, "b": 2010.0, "c": 8000.0}, 1.02, {"ab": pairs.APART}),
        ({"a": 3000.0, "b": 2000.0, "c": 8000.0}, 2.0, {}),  # too uncertain
    ],
)
def test_verdicts_that_differ_are_found_and_no_others(
    times: dict[str, float], spread: float, expected: dict[str, str]
) -> None:
    one, other = stored(*duels(FIRST)), stored(*duels(times, spread))
    assert kinds(two(one, other)) == expected
    assert kinds(two(other, one)) == expected


def test_a_difference_that_may_be_chance_comes_last_and_is_marked() -> None:
    near = stored(*duels({"a": 2000.0, "b": 2080.0, "c": 2900.0}, 1.03))
    same = stored(*duels({"a": 2000.0, "b": 2080.0, "c": 2900.0}, 1.045))
    found = two(near, same)
    assert kinds(found) == {"ab": pairs.OVERLAPPING}
    assert found.disagreements(every=False).lines == []
    (line,) = found.disagreements().lines
    assert line[1:] == (
        "a against b", "faster, 0.962 [0.934, 0.990]", "no difference, 0.962 [0.920, 1.00]",
        pairs.OVERLAPPING,
    )  # fmt: skip
    assert found.agreement().endswith(
        "differ in 1 (0 opposite, 0 the ratio differs, 1 intervals overlap)."
    )
    flipped = stored(*duels({"c": 2000.0, "a": 2900.0, "b": 3016.0}, 1.02))
    assert [one.kind for one in two(near, flipped).differing] == [
        pairs.OPPOSITE, pairs.OPPOSITE, pairs.OVERLAPPING,
    ]  # fmt: skip


def test_a_third_machine_that_lacks_a_contender_has_a_dash() -> None:
    answers = {
        "one": stored(*duels(FIRST)),
        "two": stored(*duels({"a": 3000.0, "b": 2000.0})),
        "three": stored(*duels({"a": 3000.0, "c": 2000.0})),
    }
    lines = {line[1]: line[2:] for line in SideBySide(answers).disagreements().lines}
    assert set(lines) == {"a against b", "a against c"}
    assert lines["a against b"][2] == lines["a against c"][1] == "–"


def test_the_ratio_of_two_that_were_in_no_duel_is_the_quotient() -> None:
    found = pairs.ratios(stored(*duels(FIRST)))
    assert pairs.ratio(found, "b", "a") == pytest.approx(
        (1.5, 1.5 / 1.01, 1.5 * 1.01)
    )  # the duel's own
    assert pairs.ratio(found, "a", "b") == pytest.approx((1 / 1.5, 1 / 1.515, 1.01 / 1.5))
    value, low, high = pairs.ratio(found, "c", "b") or Interval(0, 0, 0)
    assert value == pytest.approx(8 / 3)
    assert (low, high) == pytest.approx((8 / 3 / 1.01**2, 8 / 3 * 1.01**2))
    assert pairs.ratio(found, "c", "none") is None
    vague = pairs.ratios(stored(*duels(FIRST)[:4], time("d", 5000.0, threads=1),
                                 ratio("d", None, None, against="a", threads=1)))  # fmt: skip
    ends = pairs.ratio(vague, "d", "b")
    assert ends is not None
    assert math.isnan(ends.low)
    assert verdicts.of_interval(*ends[1:]) == verdicts.UNCERTAIN


@pytest.mark.parametrize("operation", ["serve", "predict", "fit"])
def test_a_speed_up_over_scikit_learn_is_turned_into_a_ratio_of_times(operation: str) -> None:
    """Rows of fits and predictions hold how many times as fast as scikit-learn a kernel is."""

    def machine(**gains: float) -> pd.DataFrame:
        asked: dict[str, Any] = {"operation": operation, "threads": 1}
        times = {"scikit-learn": 1.0, **gains}
        return stored(
            *(time(name, 9e6 / gain, limit_ns=None, **asked) for name, gain in times.items()),
            *(
                ratio(name, gain / 1.01, gain * 1.01, **asked | {"against": "scikit-learn"})
                for name, gain in gains.items()
            ),
        )

    found = pairs.ratios(machine(one=3.0, other=2.0))
    assert pairs.ratio(found, "one", "scikit-learn") == pytest.approx((1 / 3, 1 / 3.03, 1.01 / 3))
    swapped = two(machine(one=3.0, other=2.0), machine(one=2.0, other=3.0))
    assert [line[2:4] for line in swapped.winners().lines] == [("one", "other"), ("other", "one")]
    assert {line[-2:] for line in swapped.winners().lines} == {("1.50 [1.47, 1.53]", "slower")}
    (line,) = swapped.disagreements().lines
    assert line[1:] == (
        "one against other",
        "faster, 0.667 [0.654, 0.680]",
        "slower, 1.50 [1.47, 1.53]",
        "opposite",
    )


def test_a_training_on_another_loss_is_compared_with_nobody() -> None:
    own = [time("b", 1000.0, threads=1, reason="minimises the log-loss"),
           ratio("b", 0.4, 0.6, against="a", threads=1)]  # fmt: skip
    other = stored(*duels({"a": 2000.0, "c": 8000.0}), *own)
    assert kinds(two(stored(*duels(FIRST)), other)) == {}


def test_versions_and_packages_that_differ_are_told() -> None:
    one = stored(*duels(FIRST, packages="torch 2.6")).assign(
        commit="aaa", numpy="2.0", blas="unknown", thread_settings=""
    )
    other = stored(*duels(FIRST, packages="torch 2.6")).assign(
        commit="aaa", numpy="2.1", blas="openblas", thread_settings="OMP_NUM_THREADS=1"
    )
    assert two(one, one).notes() == []
    assert two(one, other).notes() == [
        "numpy differs: 2.0 on one; 2.1 on two",
        "thread_settings differs: none on one; OMP_NUM_THREADS=1 on two",
    ]
    newer = other.assign(packages="torch 2.7", numpy="2.0", thread_settings="", commit="bbb")
    assert two(one, pd.concat([one, newer])).notes()[:2] == [
        "commit differs: aaa on one; aaa, bbb on two",
        "packages of a differs: torch 2.6 on one; torch 2.6, torch 2.7 on two",
    ]


def test_a_machine_without_any_question_is_no_error() -> None:
    found = two(stored(*duels(FIRST)), frames.frame(()))
    assert [line[1] for line in found.winners().lines] == ["only one"]
    assert found.disagreements().lines == found.shares().lines == []
