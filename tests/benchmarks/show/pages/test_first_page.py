"""The generated parts of README.md say what the rows say, and no more."""

from __future__ import annotations

from benchmarks.article.figures import FIGURES
from benchmarks.measure.frames import frame
from benchmarks.show.pages import first_page
from tests.benchmarks.show.tables.records import ranked, record, time


def test_the_answer_names_the_ways_that_were_timed_and_the_limit() -> None:
    rows = ranked({"specialized": 1400.0, "vectorized": 11_000.0, "looped": 3.3e6})
    other = ranked({"specialized": 9.0}, workload="3-3-1")
    text = first_page.answer(frame(other + rows))
    assert "3.30 ms in Python loops, 11.0 µs in NumPy, 1.40 µs in machine code" in text
    assert "PyTorch" not in text
    assert text.endswith("the limit of that machine is 700 ns.")
    assert "called from Python, on One (avx2, 2 cores): 3.30 ms" in text
    assert first_page.answer(frame(other)) == "One sample through 100-100-50-10: not measured."


def test_the_digits_have_every_rung_c_and_the_fastest_other_libraries() -> None:
    rungs = {"specialized": 1.0, "c": 1.5, "jitted": 2.0, "looped": 90.0}
    others = {"a": 3.0, "b-safe": 4.0, "b": 5.0, "c2": 6.0, "d": 7.0, "e": 8.0}
    few = {"specialized": 1.0, "d": 2.0, "c2": 3.0}
    rows = [
        row | {"run": run}
        for number, (run, workload) in enumerate(first_page.DIGITS)
        for row in ranked(
            few if run == "adam-32" else rungs | others, workload=workload, rows=number + 1
        )
    ]
    elsewhere = [row | {"run": "forward"} for row in ranked({"f": 0.1}, workload="3-3-1")]
    lines = first_page.digits(frame(elsewhere + rows)).splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")][1:]
    names = [line[0] for line in cells]
    rung = "[{0}](kernels/rungs/{0}.py)".format
    assert names[:4] == [rung("specialized"), rung("jitted"), rung("looped"), "c"]
    # d is in the places 5, 5, 5, 0; a and c2 in 0, 0, 0, 6 and 4, 4, 4, 1; b-safe in 1, 1, 1, 6
    assert names[4:] == ["a", "b-safe", "c2", "d", "*limit*"]
    assert cells[0][1:] == ["**1.0 ns**"] * 4
    assert cells[4][-1] == "–"
    assert "Machine: One (avx2, 2 cores), one thread, float64." in lines[-1]
    assert first_page.digits(frame(elsewhere)) == "Not measured."


def test_the_article_s_lines_are_figures_of_the_article() -> None:
    assert set(first_page.ARTICLE_KEYS) <= {figure.key for figure in FIGURES}
    asked = {"workload": "3-3-1", "operation": "forward"}
    rows = [time("looped", 10_000.0, **asked), time("specialized", 100.0, **asked)]
    text = first_page.article(frame(rows))
    assert "| about 40 µs | 10.00 [9.900, 10.10] µs | 100 ns (100× as fast) |" in text
    assert "scaled up" not in text
    starred = first_page.article(frame([rows[0] | {"extrapolated_from": "1 of 2"}]))
    assert "10.00 [9.900, 10.10] µs * |" in starred
    assert "scaled up" in starred


def test_compiling_is_told_for_one_sample_and_for_many() -> None:
    rows = [
        row
        for many in (1000, 1)
        for row in (
            time("scikit-learn", 2e5, operation="serve", rows=many),
            time("compiled", 1e3, operation="serve", rows=many, error=1e-15),
            record(quantity="ratio", operation="serve", rows=many, kernel="compiled",
                   against="scikit-learn", value=200.0, low=198.0, high=202.0),
        )
    ]  # fmt: skip
    assert first_page.compiled(frame(rows)) == (
        "`predict_proba` then takes 1.00 µs instead of 200 µs for 1 sample (200×) and 1.00 µs "
        "instead of 200 µs for 1000 samples (200×); the probabilities differ by 1e-15 at most."
    )
    alone = [row for row in rows if row["kernel"] == "compiled" and row["quantity"] == "time"]
    assert first_page.compiled(frame(alone)) == "Not measured."


def test_the_harness_is_told_by_its_self_test() -> None:
    rows = [
        record(quantity="false_positives_percent", samples=400, value=3.5),
        record(quantity="smallest_difference_percent", samples=400, value=2.31),
    ]
    text = first_page.harness(frame(rows))
    assert "Of 400 duels of a kernel with itself 3.5 % saw a difference" in text
    assert "a slow-down of 2.3 % is seen nine times in ten" in text
    assert first_page.harness(frame(rows[:1])) == "- The harness was not tested."
