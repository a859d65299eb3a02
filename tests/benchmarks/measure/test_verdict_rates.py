"""How often verdicts of simulated duels are wrong, and how often they find a difference."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

from benchmarks.experiments import selftest
from benchmarks.measure import duel, statistics, verdicts


def simulate(shift: float, generator: Any, comparisons: int = 1) -> str:
    logs = generator.normal(shift, 0.02, duel.ROUNDS)
    return duel.verdict(statistics.geometric_mean(logs, comparisons))


def test_equals_are_told_apart_as_often_as_the_level_says() -> None:
    generator = np.random.default_rng(0)
    counts = Counter(simulate(0.0, generator) for _ in range(1600))
    assert 0.04 < 1 - counts[verdicts.EQUAL] / 1600 < 0.06
    assert 0.5 < counts[verdicts.FASTER] / counts[verdicts.SLOWER] < 2


def test_a_difference_is_found_and_has_the_right_sign() -> None:
    generator = np.random.default_rng(1)
    assert {simulate(0.1, generator) for _ in range(100)} == {verdicts.SLOWER}
    assert {simulate(-0.1, generator) for _ in range(100)} == {verdicts.FASTER}


def test_many_comparisons_together_err_as_often_as_one() -> None:
    generator = np.random.default_rng(2)
    wrong = sum(
        any(simulate(0.0, generator, comparisons=10) != verdicts.EQUAL for _ in range(10))
        for _ in range(400)
    )
    assert 0.03 < wrong / 400 < 0.07


def test_the_smallest_difference_is_found_nine_times_in_ten() -> None:
    generator = np.random.default_rng(3)
    spread = 0.03
    shift = math.log1p(selftest.smallest_percent(spread, duel.ROUNDS) / 100)
    found = sum(
        duel.verdict(statistics.geometric_mean(generator.normal(shift, spread, duel.ROUNDS)))
        == verdicts.SLOWER
        for _ in range(800)
    )
    assert 0.85 < found / 800 < 0.95


def test_rates_have_exact_intervals() -> None:
    none = selftest.rate(0, 400)
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(100 * (1 - 0.025 ** (1 / 400)))
