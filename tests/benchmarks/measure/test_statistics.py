"""Medians and ratios of samples, with intervals that cover the truth as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.measure import statistics
from benchmarks.measure.statistics import LEVEL, Interval
from kernels.support.checks import Array


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
    assert np.isnan(statistics.geometric_mean(np.ones(1)).low)


def test_the_ratio_s_interval_covers_it() -> None:
    generator = np.random.default_rng(0)
    covered = 0
    for seed in range(100):
        slow, fast = generator.normal(200, 10, 40), generator.normal(100, 5, 40)
        found = statistics.ratio_of_medians(slow, fast, seed)
        covered += found.low <= 2 <= found.high
    assert covered >= 88


def by_hand(logs: Array, comparisons: int) -> Interval:
    """exp(mean ± t s / sqrt(n)), as it is in the textbook."""
    mean = float(logs.mean())
    quantile = statistics.student(1 - (1 - LEVEL) / 2 / comparisons, len(logs) - 1)
    half = quantile * logs.std(ddof=1) / math.sqrt(len(logs))
    with np.errstate(over="ignore"):
        return Interval(*(float(np.exp(end)) for end in (mean, mean - half, mean + half)))


@pytest.mark.parametrize("comparisons", [1, 6, 105])
@pytest.mark.parametrize("spread", [0.0, 1e-15, 0.02, 300.0])
def test_the_geometric_mean_s_interval_is_student_s(spread: float, comparisons: int) -> None:
    generator = np.random.default_rng(0)
    for rounds in (2, 3, 8):
        logs = generator.normal(9.2, spread, rounds)
        expected = by_hand(logs, comparisons)
        assert statistics.geometric_mean(logs, comparisons) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("counts", [(40, 40), (31, 6)])
def test_the_ratio_s_interval_is_the_percentile_bootstrap(counts: tuple[int, int]) -> None:
    """Number for number what drawing with the same seed gives: stored runs stay comparable."""
    generator = np.random.default_rng(5)
    samples = [generator.normal(mean, 5, n) for mean, n in zip((200, 100), counts, strict=True)]
    draws = np.random.default_rng(3)
    medians = [
        np.median(one[draws.integers(0, len(one), (statistics.RESAMPLES, len(one)))], axis=1)
        for one in samples
    ]
    ends = np.quantile(medians[0] / medians[1], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    found = statistics.ratio_of_medians(samples[0], samples[1], seed=3)
    assert list(found[1:]) == list(ends)
