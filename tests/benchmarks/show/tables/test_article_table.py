"""The article's figures beside this machine's: verdicts, notes, machine, accuracies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.article import figures
from benchmarks.experiments.article import experiment
from benchmarks.measure import frames, rows
from benchmarks.show.tables import (
    article_table,
    training_table,
)
from tests.benchmarks.show.tables.records import record, rival, time


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


def test_a_library_that_failed_or_is_missing_gets_its_reason_and_no_verdict() -> None:
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
def test_extrapolated_times_have_a_star_and_a_note(label: str | None) -> None:
    one = time("looped", 5.0, operation="train", extrapolated_from=label)
    starred = article_table.duration_cell(one).endswith("*")
    notes = article_table.notes(frames.frame([one]))[1:]
    assert notes == (["* extrapolated from a part (looped train: 3 of 9 samples)"] if label else [])
    assert starred == bool(label)


def test_the_description_lists_every_machine_and_commit() -> None:
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


def test_generations_of_one_processor_are_machines_of_their_own() -> None:
    amd = {"processor": "AMD EPYC", "processor_vendor": "AuthenticAMD", "processor_family": 25}
    one, other = (record(quantity="output") | amd | {"processor_model": model} for model in (1, 17))
    told = article_table.machine(frames.frame([one, other]))
    assert told.startswith("Rows of 2 machines or sets of versions: (1) AMD EPYC (Zen 3, avx2, 2")
    assert "; (2) AMD EPYC (Zen 4, avx2, 2 cores)" in told


def test_a_package_that_several_contenders_have_is_named_once() -> None:
    one = record(quantity="time", packages="llvmlite 0.50.0")
    two = one | {"packages": "llvmlite 0.50.0, nanobind 3.1.0"}
    versions = article_table.machine(frames.frame([one, two])).split("; ")[1]
    assert versions.endswith(", llvmlite 0.50.0, nanobind 3.1.0")
    assert versions.count("llvmlite") == 1


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


def test_a_trainings_line_has_the_values_of_its_last_iteration() -> None:
    one = experiment.run("batched", 3, iterations=12)
    found = [
        row for seed in (0, 1) for row in experiment.rows(replace(one, seed=seed), curve=seed == 0)
    ]
    frame = frames.frame(rows.records(found, {"threads": 2}))
    assert training_table.title(frame) == (
        "64-30-10 on digits, 12 iterations: batched, float64, 2 threads"
    )
    for seed, line in enumerate(training_table.lines(frame)):
        assert line[:4] == (
            str(seed),
            f"{one.trained.cost[-1]:.5f}",
            f"{one.trained.error[-1]:.4f}",
            f"{one.accuracy_percent:.1f} %",
        )
        assert line[4].endswith("s")
