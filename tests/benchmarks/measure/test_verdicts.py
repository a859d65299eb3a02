"""Verdicts follow from intervals alone, in every table, figure and command."""

from __future__ import annotations

import itertools
import math
from dataclasses import asdict, replace

import numpy as np
import pytest

from benchmarks.article import figures
from benchmarks.experiments import ladder
from benchmarks.experiments.crossover import Point, conclusion
from benchmarks.measure import duel, frames, noise, rows, statistics, verdicts
from benchmarks.show.figures import curves, rankings
from benchmarks.show.tables import article_table, ladder_table, recommend
from benchmarks.terminal import crossover as crossover_command
from tests.benchmarks.made_up import FOUND, QUESTION, fastest, loading, ratio, sitting, stored, time


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.001, 1.002, verdicts.SLOWER),
        (1.001, 69900.0, verdicts.SLOWER),  # by how much is not known, that it is so is
        (0.2, 0.999, verdicts.FASTER),
        (0.95, 1.05, verdicts.EQUAL),
        (1 / 1.1, 1.1, verdicts.EQUAL),
        (0.95, 1.2, verdicts.UNCERTAIN),
        (0.8, 1.05, verdicts.UNCERTAIN),
        (0.001, 69900.0, verdicts.UNCERTAIN),
        (1.0, 1.0, verdicts.EQUAL),
        (None, None, verdicts.UNCERTAIN),
        (math.nan, math.nan, verdicts.UNCERTAIN),
        (2.0, math.inf, verdicts.UNCERTAIN),
    ],
)
def test_a_verdict_is_read_from_the_interval(
    low: float | None, high: float | None, verdict: str
) -> None:
    assert verdicts.of_interval(low, high) == verdict
    if low and high and math.isfinite(high):
        opposite = {verdicts.SLOWER: verdicts.FASTER, verdicts.FASTER: verdicts.SLOWER}
        reciprocal = verdicts.of_interval(1 / high, 1 / low)
        assert reciprocal == opposite.get(verdict, verdict)


def test_a_fresh_verdict_is_the_one_that_its_stored_row_gets() -> None:
    generator = np.random.default_rng(0)
    for spread, rounds in itertools.product((0.001, 0.02, 0.5, 300.0), (1, 2, 8)):
        logs = generator.normal(0.01, spread, rounds)
        found = statistics.geometric_mean(logs)
        row = rows.Row("ratio", kernel="k", against="first", **rows.interval_fields(found))
        (record,) = rows.records([row], {})
        assert verdicts.of_row(record) == duel.verdict(found)


WIDE = stored(
    *fastest(), time("wide", 3000.0), ratio("wide", 0.311, 69900.0, verdict="no difference")
)
LEVEL = stored(*fastest(), time("level", 2010.0), ratio("level", 0.98, 1.03))


def test_nothing_is_recommended_from_an_interval_too_wide() -> None:
    text = recommend.advice(WIDE)
    assert text.startswith("Too uncertain to recommend anything: wide takes 147 [0.311, 69900] ")
    assert "--rounds" in text
    assert "Use" not in text
    assert "cannot be told" not in text
    lines = {line[0]: line[3] for line in ladder_table.lines(WIDE)}
    assert lines == {"first": "fastest", "wide": verdicts.UNCERTAIN}
    assert noise.unsupported(WIDE) == ["wide forward 3-3-1 (0.311 to 6.99e+04 times first)"]


def test_a_contender_that_is_no_different_is_named() -> None:
    assert "Use first: 2.0 µs a call (no difference from level)" in recommend.advice(LEVEL)
    assert not noise.unsupported(LEVEL)
    assert recommend.leader(LEVEL) == "first or level, no difference"
    assert recommend.leader(WIDE) == "first or wide, too uncertain"


def test_only_the_fastest_and_its_proven_equals_are_bold() -> None:
    for records, cell in ((WIDE, "3.00 µs (147×, too uncertain)"), (LEVEL, "**2.01 µs (1.0×)**")):
        _, lines = ladder_table.summary(records)
        assert lines[0] == ("first", "**2.00 µs**")
        assert lines[1][1] == cell


@pytest.mark.parametrize("spread", [1.2, math.nan])
def test_a_single_time_too_vague_is_not_recommended(spread: float) -> None:
    (alone,) = fastest(spread=spread)[:1]
    text = recommend.advice(stored(alone))
    assert text.startswith("Too uncertain to recommend anything: first takes 2.0")


def test_what_is_surely_the_fastest_is_recommended_however_vague_its_time() -> None:
    other = time("other", 4000.0, spread=1.3), ratio("other", 1.9, 2.1)
    records = stored(*fastest(spread=1.3), *other)
    assert recommend.advice(records).startswith("Use first: 2.00 [1.54, 2.60] µs a call")
    assert not noise.unsupported(records)


def test_a_recommendation_and_the_remark_on_noise_never_contradict() -> None:
    """Advice is withheld exactly where the remark on noise says that a ratio is uncertain."""
    for low, high, own in itertools.product((0.5, 0.95, 1.2), (1.05, 1.3, 50.0), (1.01, 1.3)):
        if low < high:
            records = stored(
                *fastest(spread=own), time("other", 2500.0, spread=1.5), ratio("other", low, high)
            )
            assert bool(noise.unsupported(records)) != recommend.advice(records).startswith("Use")


def test_a_contender_that_left_after_one_round_is_not_compared_with() -> None:
    records = stored(*fastest(), time("out", 9000.0), ratio("out", None, None, processes=1))
    assert verdicts.rivals(records) == {}
    assert recommend.leader(records) == "first"
    stayed = stored(*fastest(), time("out", 9000.0), ratio("out", None, None))
    assert verdicts.rivals(stayed) == {"out": verdicts.UNCERTAIN}


def test_duels_are_drawn_with_their_verdicts() -> None:
    records = stored(
        *fastest(),
        *(time(name, 2500.0) for name in ("apart", "level", "wide")),
        ratio("apart", 1.2, 1.4), ratio("level", 0.98, 1.03), ratio("wide", 0.8, 2.0),
    )  # fmt: skip
    chart = rankings.duels(loading(records, "forward"))
    (panel,) = chart.panels
    assert {series.name: list(series.y) for series in panel.series} == {
        name: [name] for name in ("apart", "level (no difference)", "wide (too uncertain)")
    }
    assert chart.finding == (
        "No different from the fastest: level on 3-3-1. "
        "Too uncertain to be told from the fastest: wide on 3-3-1."
    )


def test_a_curve_names_a_winner_only_where_a_verdict_says_so() -> None:
    batches: list[rows.Row] = []
    for count, ends in ((1, (0.98, 1.02)), (4, (0.5, 3.0)), (16, (1.5, 2.0)), (64, (1.5, 2.0))):
        several = {"operation": "forward_batch", "rows": count}
        batches += [
            rows.Row(**{**asdict(one), **several})
            for one in (*fastest(), time("other", 2500.0), ratio("other", *ends))
        ]
    frame = stored(*batches)
    text = curves.winners(frame, frame["rows"], "batch size")
    assert text == (
        "The fastest by batch size: 1: first or other, no difference; 4: first or other, too "
        "uncertain; 16 to 64: first."
    )


def test_a_library_s_claim_is_not_judged_from_an_interval_too_wide() -> None:
    figure = next(one for one in figures.FIGURES if one.key == "theano")
    measured = rows.Row("rival_time", kernel="pytensor", median_ns=5000.0)
    for low, high, said in ((0.5, 3.0, "too uncertain"), (0.97, 1.02, "no difference"),
                            (1.9, 2.1, "yes: 2.0× as fast")):  # fmt: skip
        claim = replace(ratio("pytensor", low, high), quantity="rival_ratio")
        assert article_table.measured(figure, stored(measured, claim))[0].startswith(said)


def test_a_crossover_s_sentences_agree_with_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither names a winner at a point where the fastest cannot be told from all others."""
    points = [
        Point(1, sitting(0.8, a=100.0, b=110.0)),
        Point(4, sitting(0.01, a=100.0, b=100.1)),
        Point(16, sitting(0.01, a=100.0, b=150.0)),
    ]
    assert [point.winner for point in points] == [None, None, "a"]
    assert list(conclusion("batch", points, [])) == [
        "a is the fastest at 16.",
        "At 4 there is no difference between the fastest.",
        "At 1 it is too uncertain which is the fastest: measure again with more --rounds, on an "
        "idle machine.",
    ]
    crossover_command.show("batch", QUESTION, points, [])
    out = capsys.readouterr().out
    first, second, third = (
        next(line for line in out.splitlines() if line.startswith(f"{value} "))
        for value in (1, 4, 16)
    )
    assert verdicts.UNCERTAIN in first
    assert verdicts.EQUAL in second
    assert third.rstrip().endswith(verdicts.SLOWER)
    assert "everywhere" not in out
    assert list(conclusion("batch", points[2:], [])) == ["a is the fastest everywhere."]


def test_a_point_is_judged_as_its_stored_rows_are() -> None:
    for spread, other in itertools.product((0.001, 0.05, 0.5), (1.005, 1.3, 2.5)):
        found = sitting(spread, a=1e5, b=1e5 * other, c=4e5, floor=10.0)
        facts = {"build_seconds": 0.0, "first_seconds": 0.0, "error": 0.0,
                 "extrapolated_from": None}  # fmt: skip
        found.facts = {label: [facts] for label in found.logs}
        found.samples = dict.fromkeys(found.logs, 1)
        frame = frames.frame(rows.records(ladder.rows(QUESTION, found, FOUND), {}))
        assert verdicts.rivals(frame) == Point(1, found).rivals
