"""Times below the limit win no comparison, are marked everywhere, and are explained."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import typer

from benchmarks.article.figures import FIGURES
from benchmarks.commands import ladder as ladder_command
from benchmarks.experiments import compare, ladder
from benchmarks.experiments.crossover import Point
from benchmarks.measure import frames, limits, noise, rows, verdicts
from benchmarks.measure.contenders import Contender
from benchmarks.show.figures import rankings
from benchmarks.show.figures.sources import with_gaps
from benchmarks.show.tables import article_table, ladder_table, ranks, recommend, serving_table
from benchmarks.show.tables.published import TAGGER, section
from benchmarks.terminal import noise as commands_noise
from tests.benchmarks.made_up import FOUND, QUESTION, fastest, loading, ratio, sitting, stored, time


@pytest.mark.parametrize(
    ("ns", "spread", "below"),
    [
        (900.0, 1.01, True),
        (900.0, 1.06, False),  # its interval reaches 0.954 of the limit
        (949.0, math.nan, True),
        (951.0, math.nan, False),
        (100.0, 9.0, True),
        (2000.0, 1.01, False),
    ],
)
def test_a_time_is_below_the_limit_with_its_whole_interval(
    ns: float, spread: float, below: bool
) -> None:
    (record,) = frames.records(stored(time("k", ns, spread)))
    assert verdicts.is_below_limit(record) == below
    assert not verdicts.is_below_limit(record | {"limit_ns": None})
    assert not verdicts.is_below_limit(record | {"median_ns": None, "high_ns": None})


IMPOSSIBLE = stored(
    time("cheat", 62.0), *fastest(), time("other", 4000.0), ratio("other", 1.9, 2.1),
    ratio("cheat", 0.03, 0.04),
)  # fmt: skip


def test_a_time_below_the_limit_wins_nothing_and_is_marked() -> None:
    assert list(ranks.times(IMPOSSIBLE)["kernel"]) == ["first", "other"]
    lines = ladder_table.lines(IMPOSSIBLE)
    assert [(line[0], line[2], line[3]) for line in lines] == [
        ("first", "1", "fastest"),
        ("other", "2.00 [1.90, 2.10]", "slower"),
        ("cheat", "", verdicts.BELOW),
    ]
    advice = recommend.advice(IMPOSSIBLE)
    assert advice.startswith("Use first: 2.0 µs a call, 50 % of what the machine allows.")
    assert advice.endswith("Below the limit, and so wrong: cheat (1600 % of it).")
    _, summary = ladder_table.summary(IMPOSSIBLE)
    assert ("cheat", "62.0 ns (below the limit)") in summary
    assert not noise.unsupported(IMPOSSIBLE)


def test_a_time_below_the_limit_is_not_compared_with() -> None:
    records = stored(time("first", 62.0), ratio("first", 1.0, 1.0), time("other", 4000.0),
                     ratio("other", 60.0, 70.0))  # fmt: skip
    assert verdicts.ratios(records) == {}
    assert {line[0]: line[2:4] for line in ladder_table.lines(records)} == {
        "other": ("", ""),
        "first": ("", verdicts.BELOW),
    }


def test_a_single_time_below_the_limit_is_not_recommended() -> None:
    text = recommend.advice(stored(time("cheat", 62.0)))
    assert text.startswith("Nothing to recommend.")
    assert "cheat (1600 % of it)" in text


def test_a_fresh_time_below_the_limit_gets_no_ratio() -> None:
    found = sitting(0.01, cheat=2.0, first=1e5, other=2e5, floor=1.0)
    made = list(ladder.rows(QUESTION, found, FOUND))
    assert ladder.below_limit(QUESTION, found, FOUND) == {"cheat"}
    assert [(r.kernel, r.against) for r in made if r.quantity == "ratio"] == [
        ("first", "first"),
        ("other", "first"),
    ]
    found.below_limit = frozenset({"cheat"})
    assert Point(1, found).winner == "first"


def test_limits_are_measured_again_before_a_kernel_is_called_wrong() -> None:
    disturbed = FOUND | {"fma_peak_float64_gflops": 0.5, "sigmoid_float64_ns": 200.0}
    found = sitting(0.01, first=2000.0, floor=1.0)
    assert ladder.below_limit(QUESTION, found, disturbed) == {"first"}
    confirmed = ladder.confirmed(QUESTION, found, disturbed, lambda: FOUND)
    assert confirmed == FOUND
    assert not ladder.below_limit(QUESTION, found, confirmed)
    assert ladder.confirmed(QUESTION, found, FOUND, lambda: disturbed) is FOUND


def test_other_tables_mark_times_below_the_limit() -> None:
    served = IMPOSSIBLE.assign(operation="serve", error=0.0, rows=1)
    tabled = {line[0]: line[2:4] for line in serving_table.lines(served)}
    assert tabled["cheat"] == ("62.00 [61.39, 62.62] ns (below the limit)", "")
    asked = {"processor": "One", "workload": TAGGER}
    published = section(lambda *_: IMPOSSIBLE.assign(**asked))
    assert "cheat" not in published
    assert "2.000 [1.980, 2.020] µs, first" in published
    figure = next(one for one in FIGURES if one.key == "looped 3-3-1")
    records = IMPOSSIBLE.replace({"kernel": {"first": "looped", "cheat": "jitted"}})
    line = dict(
        zip(article_table.HEADINGS[3:], article_table.measured(figure, records), strict=True)
    )
    assert line["jitted"] == "62.0 ns (below the limit)"


def test_figures_leave_out_times_below_the_limit_and_say_so() -> None:
    load = loading(IMPOSSIBLE, "forward")
    for draw in rankings.CHARTS:
        chart = with_gaps(draw(load), load)
        shown = {str(name) for panel in chart.panels for one in panel.series for name in one.y}
        assert "cheat" not in shown
        assert "below the limit: cheat forward 3-3-1" in chart.title


def test_compare_gives_no_verdict_on_times_below_the_limit() -> None:
    old = stored(time("k", 2000.0), time("same", 2000.0))
    new = stored(time("k", 500.0), time("same", 2000.0))
    assert {one.name: one.verdict for one in compare.compare(old, new)} == {
        "k forward 3-3-1": verdicts.BELOW,
        "same forward 3-3-1": verdicts.EQUAL,
    }


def test_compare_calls_equal_only_what_was_measured_closely() -> None:
    old, new = (stored(time("k", ns, spread=1.3)) for ns in (2000.0, 2100.0))
    assert compare.compare(old, new)[0].verdict == verdicts.UNCERTAIN
    none = stored(time("k", 2000.0, spread=math.nan))
    assert compare.compare(none, none)[0].verdict == verdicts.UNCERTAIN
    close = stored(time("k", 2000.0, spread=1.03)), stored(time("k", 2050.0, spread=1.03))
    assert compare.compare(*close)[0].verdict == verdicts.EQUAL


def test_no_reference_run_has_a_time_below_the_limit() -> None:
    for path in rows.REFERENCE.iterdir():
        assert not verdicts.below_limit(rows.read(path)), path.name


def test_the_ladder_shows_stores_explains_and_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(commands_noise, "announce", lambda: None)
    monkeypatch.setattr(limits, "measure", lambda *_, **__: FOUND)
    found = sitting(0.01, cheat=2.0, batched=1e5, floor=1.0)
    monkeypatch.setattr(ladder, "sit", lambda *_, **__: found)
    monkeypatch.setattr(ladder, "contenders", lambda *_: [Contender("cheat"), Contender("batched")])
    path = tmp_path / "rows.jsonl"
    with pytest.raises(typer.Exit) as ended:
        ladder_command.command(["100-100-50-10"], batch=None, json=path, rounds=2)
    assert ended.value.exit_code == 1
    out, err = capsys.readouterr()
    assert "Use batched" in out
    assert verdicts.BELOW in out
    (line,) = [one for one in err.splitlines() if one.startswith("below the limit: ")]
    assert "cheat forward 100-100-50-10" in line
    assert "the limit is" in line
    assert len(verdicts.below_limit(rows.read(path))) == 1
