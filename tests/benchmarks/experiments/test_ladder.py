"""The ladder's rows, and the ranking and advice computed from them."""

from __future__ import annotations

from pathlib import Path

import pandas
import pytest

from benchmarks.experiments import ladder
from benchmarks.measure import duel, frames, limits, rows, verdicts
from benchmarks.measure.question import Question
from benchmarks.measure.stored import load
from benchmarks.show.tables import ladder_table, ranks, recommend
from tests.benchmarks.made_up import FOUND

pytestmark = pytest.mark.usefixtures("quick_duels")
QUESTION = Question((3, 3, 1), "forward", 1)


def sitting(**times: float) -> duel.Sitting:
    """Return a duel of eight rounds with these times in ns, which scatter by 1 %."""
    import numpy as np

    generator = np.random.default_rng(0)
    result = duel.Sitting()
    for label, value in times.items():
        result.logs[label] = list(np.log(value) + generator.normal(0, 0.01, 8))
        build = 3.0 if label == "jax" else 0.001
        facts = {"first_seconds": 0.0, "error": 1e-16, "extrapolated_from": None}
        result.facts[label] = [facts | {"build_seconds": build}] * 8
        result.samples[label] = 800
    return result


def stored(result: duel.Sitting, tmp_path: Path) -> pandas.DataFrame:
    path = tmp_path / "rows.jsonl"
    rows.write(path, ladder.rows(QUESTION, result, FOUND), {"threads": 1})
    return load(path)


def test_contenders_are_ranked_with_ratio_limit_and_build(tmp_path: Path) -> None:
    result = sitting(floor=150, vectorized=10_000, jax=2000, batched=10_001)
    result.failures["pytorch"] = ("missing", "torch is not installed")
    result.failures["jitted"] = ("crashed", "ended with SIGKILL")
    frame = stored(result, tmp_path)
    limit = result.time_ns("floor").value + limits.limit_ns(FOUND, QUESTION)
    for record in frames.records(ranks.times(frame)):
        assert record["floor_ns"] == pytest.approx(150, rel=0.02)
        assert record["limit_ns"] == pytest.approx(limit)
        assert record["low_ns"] < record["median_ns"] < record["high_ns"]
    first, *_ = ladder_table.lines(frame)
    assert first[0] == "jax"
    assert first[2:4] == ("1", "fastest")
    assert first[4].endswith(" %")
    assert first[7] in ("370,000 calls", "380,000 calls")  # 3 s over 8 µs
    assert ladder_table.failures(frame) == [
        "jitted: crashed: ended with SIGKILL",
        "not installed: pytorch (make peers)",
    ]
    told = {line[0]: line[3] for line in ladder_table.lines(frame)}
    assert told["vectorized"] == told["batched"] == "slower"


def test_a_build_is_the_first_and_a_rebuild_the_median_of_the_others() -> None:
    """Each with the first call, which may compile."""
    result = sitting(batched=10_000, jitted=2000, looped=50_000)
    usual = result.facts["jitted"][0]
    seconds = [(5.0, 2.0), (1.0, 0.25), (4.0, 0.5), (2.0, 0.125), (3.0, 1.0)]
    for label, count in (("jitted", 5), ("batched", 1), ("looped", 4)):
        result.facts[label] = [
            usual | {"build_seconds": build, "first_seconds": first}
            for build, first in seconds[:count]
        ]
    jitted, batched, looped = ladder.times(QUESTION, result, FOUND)
    # the others take 1.25, 4.5, 2.125 and 4 s: the higher of the two in the middle
    assert (jitted.build_seconds, jitted.rebuild_seconds) == (7.0, 4.0)
    assert (batched.build_seconds, batched.rebuild_seconds) == (7.0, 7.0)
    assert (looped.build_seconds, looped.rebuild_seconds) == (7.0, 2.125)


def test_advice_names_the_fastest_kernel_and_its_gain(tmp_path: Path) -> None:
    frame = stored(sitting(floor=150, vectorized=10_000, jax=2000), tmp_path)
    text = recommend.advice(frame)
    assert text.startswith("Use jax: 2.0 µs a call, 4.9 times as fast as vectorized")
    assert "pays back after 380,000 calls" in text or "pays back after 370,000 calls" in text


def test_advice_says_that_equals_cannot_be_told_apart(tmp_path: Path) -> None:
    result = sitting(floor=150, vectorized=10_000, batched=10_000)
    result.logs["batched"] = result.logs["vectorized"][::-1]
    result.logs["batched"][0] += 0.001
    text = recommend.advice(stored(result, tmp_path))
    assert "(no difference from " in text
    assert "times as fast" not in text


def test_advice_says_that_nothing_could_be_timed() -> None:
    assert recommend.advice(load()) == "Nothing could be timed."


def test_verdicts_count_every_pair_that_was_compared(tmp_path: Path) -> None:
    """Intervals are wider the more contenders there are."""
    two = stored(sitting(vectorized=50, batched=101), tmp_path)
    names = {f"k{k}": 101.0 + k for k in range(8)}
    ten = stored(sitting(vectorized=50, batched=101, **names), tmp_path)

    def width(frame: pandas.DataFrame) -> float:
        ratio = verdicts.ratios(frame)["batched"]
        return float(ratio["high"] - ratio["low"])

    assert width(ten) > 1.5 * width(two)


def test_a_training_on_another_loss_is_shown_and_never_advised(tmp_path: Path) -> None:
    result = sitting(floor=150, batched=9000)
    result.logs["scikit-learn"] = [value - 1 for value in result.logs["batched"]]
    facts = result.facts["batched"][0] | {"error": None, "other_loss": "the log-loss"}
    result.facts["scikit-learn"] = [facts] * 8
    result.samples["scikit-learn"] = 8
    frame = stored(result, tmp_path)
    first, second = ladder_table.lines(frame)
    assert first[0] == "scikit-learn (minimises the log-loss)"
    assert first[3] == "faster"
    assert second[2:4] == ("1", "fastest")
    assert recommend.advice(frame).startswith("Use batched: ")
    del result.logs["batched"]
    alone = stored(result, tmp_path)
    assert ladder_table.lines(alone)[0][2:4] == ("", "")
    assert recommend.advice(alone) == "Nothing could be timed."
