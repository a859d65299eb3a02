"""Medians and ratios of samples, with intervals that cover the truth as often as they say."""

from __future__ import annotations

import numpy as np

from benchmarks.measure import statistics


def test_the_median_s_interval_covers_it_as_often_as_it_says() -> None:
    generator = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        found = statistics.median(generator.exponential(size=31))
        assert found.low <= found.value <= found.high
        covered += found.low <= np.log(2) <= found.high
    assert 0.93 <= covered / 400 <= 1.0


def test_few_samples_give_no_interval() -> None:
    found = statistics.median(np.array([1.0, 2.0, 4.0]))
    assert found.value == 2
    assert np.isnan(found.low)
    assert np.isnan(statistics.ratio_of_medians(np.ones(3), np.ones(3)).low)


def test_the_ratio_s_interval_covers_it() -> None:
    generator = np.random.default_rng(0)
    covered = 0
    for seed in range(100):
        slow, fast = generator.normal(200, 10, 40), generator.normal(100, 5, 40)
        found = statistics.ratio_of_medians(slow, fast, seed)
        covered += found.low <= 2 <= found.high
    assert covered >= 88
