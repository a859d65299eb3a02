"""Tables and sentences from stored rows."""

from __future__ import annotations

from dataclasses import asdict
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from benchmarks.article import figures
from benchmarks.measure import frames, reference, rows
from benchmarks.measure.rows import Row
from benchmarks.show.pages import readme, result_pages
from benchmarks.show.tables import (
    article_table,
    ladder_table,
    numbers,
    published,
    selftest_table,
)
from tests.running import run

MACHINE = {"processor": "One", "threads": 1, "vector_instructions": "avx2", "cores": 2}


def record(**fields: Any) -> dict[str, Any]:
    return MACHINE | {"threads": 1} | asdict(Row(**fields)) | {"threads": fields.get("threads", 1)}


def time(kernel: str, ns: float, **fields: Any) -> dict[str, Any]:
    interval = {"median_ns": ns, "low_ns": 0.99 * ns, "high_ns": 1.01 * ns}
    return record(quantity="time", kernel=kernel, limit_ns=ns / 2, **interval, **fields)


def rival(kernel: str, ratio: float, ns: float, spread: float = 1.02) -> list[dict[str, Any]]:
    ends = {"low": ratio / spread, "high": ratio * spread}
    return [
        time(kernel, ns) | {"quantity": "rival_time"},
        record(quantity="rival_ratio", kernel=kernel, value=ratio, **ends),
    ]


def verdict(key: str, records: list[dict[str, Any]]) -> str:
    figure = next(one for one in figures.FIGURES if one.key == key)
    return article_table.measured(figure, frames.frame(records))[0]


def test_the_claim_about_a_library_gets_a_verdict_by_its_fastest_way() -> None:
    fast = [*rival("pytensor", 2.1, 5200.0), *rival("pytensor-safe", 0.9, 12000.0)]
    assert verdict("theano", fast) == "yes: 2.1× as fast (pytensor 5.20 µs)"
    slow = [*rival("tensorflow", 0.01, 1e6), *rival("tensorflow-xla", 0.02, 5e5)]
    assert verdict("tensorflow", slow) == "no: 50× as long (tensorflow-xla 500 µs)"
    equal = rival("pytensor", 1.01, 1000.0)
    assert verdict("theano", equal) == "no difference (pytensor 1.00 µs)"


def test_a_library_that_is_not_there_is_no_verdict() -> None:
    reason = "tensorflow is not installed"
    absent = [record(quantity="rival_time", kernel="tensorflow", state="missing", reason=reason)]
    assert verdict("tensorflow", absent) == "not installed"
    crashed = [record(quantity="rival_time", kernel="tensorflow", state="crashed", reason="SIGILL")]
    assert verdict("tensorflow", crashed) == "SIGILL"
    assert verdict("tensorflow", [*absent, crashed[0] | {"kernel": "tensorflow-xla"}]) == "SIGILL"
    for untold in (None, ""):
        hung = [record(quantity="rival_time", kernel="tensorflow", state="hung", reason=untold)]
        assert verdict("tensorflow", hung) == "hung"
    assert verdict("tensorflow", []) == "–"


def test_without_the_articles_own_time_a_library_gets_no_verdict_but_the_reason() -> None:
    alone = rival("pytensor", 2.0, 5000.0)[:1]
    assert verdict("theano", alone) == "–"
    own = record(quantity="rival_time", kernel="vectorized", state="wrong", reason="off by 1")
    reason = "tensorflow is not installed"
    absent = record(quantity="rival_time", kernel="tensorflow", state="missing", reason=reason)
    assert verdict("theano", [*alone, own, absent]) == "off by 1"
    assert verdict("tensorflow", [*alone, own, absent]) == "not installed"


def test_a_note_says_what_libraries_were_duelled_with() -> None:
    own = time("vectorized", 11506.0) | {"quantity": "rival_time"}
    (note,) = article_table.notes(frames.frame([own, *rival("pytensor", 1.6, 7100.0)]))[1:]
    assert note.startswith("libraries: ")
    assert note.endswith("vectorized takes 11.51 [11.39, 11.62] µs")
    assert article_table.notes(frames.frame([])) == [article_table.DERIVED]


@pytest.mark.parametrize("label", [None, "", "3 of 9 samples"])
def test_a_star_has_its_note_and_a_note_its_star(label: str | None) -> None:
    one = time("looped", 5.0, operation="train", extrapolated_from=label)
    starred = article_table.duration_cell(one).endswith("*")
    notes = article_table.notes(frames.frame([one]))[1:]
    assert notes == (["* extrapolated from a part (looped train: 3 of 9 samples)"] if label else [])
    assert starred == bool(label)


def test_every_machine_and_commit_of_the_rows_is_told() -> None:
    one = record(quantity="output") | {"commit": "abc", "date": "2026-01-01"}
    later = one | {"commit": "def", "date": "2026-01-02"}
    other = later | {"processor": "Two", "threads": 4}
    alone = article_table.machine(frames.frame([one, later, one]))
    assert alone.startswith("One (avx2, 2 cores), one thread, float64; ")
    assert alone.endswith("; commit abc, 2026-01-01 and commit def, 2026-01-02")
    both = article_table.machine(frames.frame([one, other, later]))
    first, second = both.split("; (2) ")
    assert first == f"Rows of 2 machines or sets of versions: (1) {alone}"
    assert second.startswith("Two (avx2, 2 cores); Python")
    assert second.endswith("; commit def, 2026-01-02")
    assert article_table.machine(frames.frame([])) == "Not measured"


def test_a_self_test_without_duels_says_so() -> None:
    assert selftest_table.title(frames.frame([time("looped", 5.0)])) == "No duel was held"


def test_the_accuracy_says_how_many_seeds_stay_at_or_below_the_articles() -> None:
    values = [record(quantity="accuracy_percent", value=value, seed=seed)
              for seed, value in enumerate((85.0, 86.0, 90.0))]  # fmt: skip
    assert verdict("accuracy", values) == (
        "86.0 % (85.0 … 90.0, 3 seeds; 86 % or less with 2 of them)"
    )


def test_a_rung_that_could_not_be_timed_is_a_dash() -> None:
    asked: dict[str, Any] = {"workload": "3-3-1", "operation": "forward"}
    gone = record(quantity="time", kernel="jitted", state="crashed", reason="SIGILL", **asked)
    figure = next(one for one in figures.FIGURES if one.key == "looped 3-3-1")
    cells = article_table.measured(figure, frames.frame([time("looped", 5.0, **asked), gone]))
    line = dict(zip(article_table.HEADINGS[3:], cells, strict=True))
    assert line["looped"] == "5.00 ns"
    assert line["jitted"] == "–"


@pytest.mark.parametrize(
    ("fields", "long", "short"),
    [
        ({"operation": "forward"}, "one sample at a time, float64, 1 thread", "3-3-1"),
        ({"operation": "forward_batch", "rows": 64},
         "a batch of 64 samples, float64, 1 thread", "3-3-1 × 64"),
        ({"operation": "gradient", "rows": 1},
         "the gradient over 1 sample, float64, 1 thread", "3-3-1, gradient"),
        ({"operation": "train", "rows": 9, "dtype": "float32", "threads": 2},
         "training, an iteration over 9 samples, float32, 2 threads",
         "3-3-1 × 9, an iteration of training, float32, 2 threads"),
    ],
)  # fmt: skip
def test_a_ranking_says_what_was_asked(fields: dict[str, Any], long: str, short: str) -> None:
    one = record(quantity="time", workload="3-3-1", kernel="k", **fields)
    assert ladder_table.title(one) == f"3-3-1, {long}"
    assert ladder_table.short_title(one) == short


def test_a_summary_holds_everybody_who_was_timed_anywhere() -> None:
    one = [time(k, ns, workload="1-1", operation="forward") for k, ns in (("a", 1.0), ("b", 2.0))]
    two = [time(k, ns, workload="2-2", operation="forward") for k, ns in (("c", 1.0), ("a", 2.0))]
    headings, lines = ladder_table.summary(frames.frame([*one, *two]))
    assert headings == ("", "1-1", "2-2")
    assert [line[0] for line in lines] == ["c", "a", "b", "*floor*", "*limit*"]
    assert lines[2][2] == "–"


def test_published_figures_stand_beside_the_fastest_here() -> None:
    measured = frames.frame(
        time(kernel, ns, workload="24-8-2", operation="gradient") | {"limit_ns": 1000.0}
        for kernel, ns in (("batched", 40_000.0), ("specialized", 4000.0))
    )
    asked: list[tuple[str, ...]] = []

    def load(*runs: str) -> pd.DataFrame:
        asked.append(runs)
        return measured

    text, used = published.section(load)
    assert used is measured
    assert asked[-1] == tuple(one.run for one in published.FIGURES)
    assert "published 5.66 µs" in text
    assert text.count("here 4.000 [3.960, 4.040] µs, specialized") == 2
    assert "1 thread of One, 25 % of the limit" in text


def test_accuracies_of_both_precisions_are_told_with_their_range() -> None:
    def runs(dtype: str, *values: float) -> list[dict[str, Any]]:
        return [record(quantity="accuracy_percent", dtype=dtype, value=value) for value in values]

    both = [*runs("float32", 86.0, 90.0), *runs("float64", 85.0, 88.0, 89.0)]
    text = result_pages.accuracy(frames.frame(both))
    assert "float64 88.0 % (85.0 … 89.0, 3 seeds)" in text
    assert "float32 88.0 % (86.0 … 90.0, 2 seeds)" in text
    one = result_pages.accuracy(frames.frame([*runs("float32", 86.0), *runs("float64", 85.0)]))
    assert "float64 85.0 % (1 seed), float32 86.0 % (1 seed)" in one


@pytest.mark.parametrize(
    ("accuracies", "cell"),
    [
        ([86.62], "86.6 % (1 seed)"),
        ([85.0, 88.0, 86.0], "86.0 % (85.0 … 88.0, 3 seeds; 86 % or less with 2 of them)"),
        ([88.0, 90.0], "89.0 % (88.0 … 90.0, 2 seeds; 86 % or less with 0 of them)"),
    ],
)
def test_the_article_s_accuracy_stands_beside_that_of_the_seeds_there_are(
    accuracies: list[float], cell: str
) -> None:
    rows = [record(quantity="accuracy_percent", seed=seed, value=value)
            for seed, value in enumerate(accuracies)]  # fmt: skip
    (line,) = (one for one in article_table.headline(frames.frame(rows)) if one[0] == "5.5")
    assert line[3] == cell


@pytest.mark.parametrize("one", reference.RUNS, ids=lambda one: one.name)
def test_every_reference_run_is_there_and_shown(one: reference.Run) -> None:
    records = rows.read(readme.REFERENCE / f"{one.name}.jsonl")
    asked = {name for flag, name in pairwise(one.arguments) if flag == "--sizes"}
    if "width" not in one.arguments:  # which varies the sizes
        assert asked <= {r["workload"] for r in records}
    assert one.name in {run for part in readme.PARTS for run in part.runs}


def test_reference_runs_are_listed_and_named() -> None:
    result = run("reference", "--list")
    assert result.returncode == 0, result.stderr
    assert all(one.name in result.stdout for one in reference.RUNS)
    wrong = run("reference", "nope")
    assert wrong.returncode == 1
    assert "no reference run is called 'nope'; there are article" in wrong.stderr


def test_counts_have_a_plural() -> None:
    assert numbers.count(1, "thread") == "1 thread"
    assert numbers.count(0, "thread") == "0 threads"
    assert numbers.are(1, "row") == "1 row is"
    assert numbers.are(2, "row") == "2 rows are"
    about = record(quantity="output") | {"cores": 1}
    assert ", 1 core)" in article_table.machine(frames.frame([about]))
    assert (
        numbers.over_seeds(1.5, 1, 2, 2, places=".2f", unit="s") == "1.50 s (1.00 … 2.00, 2 seeds)"
    )
    assert numbers.interval(2.0, 1.9, 2.1) == "2.00 [1.90, 2.10]"
    assert numbers.interval(2.0, float("nan"), float("nan")) == "2.00"
