"""The crossover search, with contenders whose times follow known laws."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.experiments import crossover
from benchmarks.experiments.crossover import Point
from benchmarks.measure import duel
from benchmarks.measure.contenders import Contender
from benchmarks.measure.question import Question

ASKED = Question((24, 64, 64, 4), "forward", 1)
WHO = [Contender("flat"), Contender("steep")]
Law = Callable[[int], float]


def measure(laws: dict[str, Law], noise: float = 0.01, seed: int = 0) -> crossover.Measure:
    """Return a fake duel of 8 rounds in which times follow each contender's law."""
    generator = np.random.default_rng(seed)

    def sit(asked: Question, who: Sequence[Contender]) -> duel.Sitting:
        result = duel.Sitting()
        for one in who:
            time = laws[one.label](asked.rows)
            result.logs[one.label] = list(math.log(time) + generator.normal(0, noise, 8))
        return result

    return sit


def found(laws: dict[str, Law], noise: float = 0.01, seed: int = 0) -> list[crossover.Crossing]:
    sit = measure(laws, noise, seed)
    points = list(crossover.coarse("batch", ASKED, WHO, sit))
    return list(crossover.crossings("batch", ASKED, points, sit))


def test_a_crossing_is_found_with_its_interval() -> None:
    (one,) = found({"steep": lambda m: 10.0 * m, "flat": lambda m: 1000.0 + m})  # at 111
    assert (one.before, one.after) == ("steep", "flat")
    assert one.low < 111 < one.high
    assert one.high / one.low < 1.3
    assert 105 < one.value < 117
    assert "flat is faster than steep" in crossover.sentence("batch", one)


def test_the_interval_is_wider_where_the_contenders_are_alike() -> None:
    def laws(power: float) -> dict[str, Law]:
        return {"steep": lambda m: (m / 100) ** power, "flat": lambda m: 1.0}

    widths = []
    for power in (1.0, 0.1):
        (one,) = found(laws(power), noise=0.05)
        assert one.low <= 100 <= one.high
        widths.append(one.high / one.low)
    assert widths[1] > 1.5 * widths[0]


def test_the_interval_holds_the_truth_as_often_as_it_should() -> None:
    laws: dict[str, Law] = {"steep": lambda m: 3.0 * m, "flat": lambda m: 300.0}
    inside = [one.low <= 100 <= one.high for seed in range(20) for one in found(laws, 0.05, seed)]
    assert len(inside) == 20
    assert sum(inside) >= 17


def test_no_change_of_the_winner_is_no_crossing() -> None:
    assert found({"steep": lambda m: 10.0 * m, "flat": lambda m: 20.0 * m}) == []


def test_a_contender_that_fails_on_the_way_does_no_harm() -> None:
    sit = measure({"steep": lambda m: 10.0 * m, "flat": lambda m: 1000.0})

    def failing(asked: Question, who: Sequence[Contender]) -> duel.Sitting:
        result = sit(asked, who)
        if asked.rows > 1000:
            del result.logs["steep"]
        return result

    points = list(crossover.coarse("batch", ASKED, WHO, failing))
    (one,) = crossover.crossings("batch", ASKED, points, failing)
    assert one.low <= 100 <= one.high


def test_each_axis_varies_one_thing() -> None:
    assert crossover.at("batch", 64, ASKED).rows == 64
    assert crossover.at("batch", 64, ASKED).operation == "forward_batch"
    assert crossover.at("width", 16, ASKED).sizes == (24, 16, 16, 4)
    assert crossover.at("threads", 2, ASKED).threads == 2
    mixed = Question((5, 40, 10, 2), "train", 1024)
    assert crossover.at("width", 100, mixed).sizes == (5, 100, 25, 2)


def test_a_sitting_is_clear_once_the_fastest_is_told_from_all() -> None:
    def sitting(**times: float) -> duel.Sitting:
        generator = np.random.default_rng(0)
        logs = {k: list(math.log(t) + generator.normal(0, 0.01, 4)) for k, t in times.items()}
        return duel.Sitting(logs=logs)

    assert crossover.is_clear(sitting(a=1.0, b=2.0, c=3.0))
    assert not crossover.is_clear(sitting(a=1.0, b=1.005, c=3.0))
    assert Point(1, sitting(a=2.0, b=1.0, floor=0.1)).ranking == ["b", "a"]
    early = sitting(a=1.0, b=2.0)
    early.logs = {label: logs[:2] for label, logs in early.logs.items()}
    assert not crossover.is_clear(early)


def test_a_beaten_contender_leaves_the_sitting_and_keeps_its_time() -> None:
    logs = {"a": [0.0], "b": [1.2], "c": [0.1], "d": [2.0], "floor": [-9.0]}
    assert crossover.beaten(duel.Sitting(logs=logs)) == ["b", "d"]
    assert crossover.beaten(duel.Sitting(logs={"a": [0.0], "d": [2.0]})) == []  # too few are left
    assert crossover.beaten(duel.Sitting()) == []
    later = duel.Sitting(
        logs={"a": [0.0, 0.01, 0.0], "b": [1.2], "c": [0.1, 0.11, 0.1], "d": [2.0]}
    )
    assert Point(1, later).ranking == ["a", "c", "b", "d"]
    assert crossover.is_clear(later)
    assert not crossover.faster(later, "a", "b")  # one round gives no verdict


def test_a_crossing_is_found_if_a_contender_left_the_sitting_at_an_end_of_it() -> None:
    """At 64 and 1024 samples the loser left after one round."""
    sit = measure({"steep": lambda m: 10.0 * m, "flat": lambda m: 1000.0})

    def ended(asked: Question, who: Sequence[Contender]) -> duel.Sitting:
        result = sit(asked, who)
        last = Point(0, result).ranking[-1]
        if result.ratio(last, Point(0, result).ranking[0]).value > 1.5:
            result.logs[last] = result.logs[last][:1]
        return result

    points = list(crossover.coarse("batch", ASKED, WHO, ended))
    (one,) = crossover.crossings("batch", ASKED, points, ended)
    assert one.low <= 100 <= one.high
    assert one.high / one.low < 1.3
