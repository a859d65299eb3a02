"""Median and its confidence interval; mean and standard deviation as IPython's %timeit has them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from benchmarks.measure.arrays import Array
from benchmarks.measure.timing import MIN_SAMPLES

LEVEL = 0.95


class Interval(NamedTuple):
    """A value with the ends of its confidence interval; NaN ends where there is none."""

    value: float
    low: float
    high: float


def student(share: float, freedom: float) -> float:
    """The quantile of Student's t."""
    from scipy import stats  # slow to import, and not needed by all that imports this

    return float(stats.t.ppf(share, freedom))


def median(samples: Array) -> Interval:
    """The median, with the distribution-free interval from order statistics (95 %).

    Fewer than six samples give no such interval: its ends are NaN.
    """
    from scipy import stats

    interval: Any = stats.quantile_test(samples, p=0.5).confidence_interval(LEVEL)
    return Interval(float(np.median(samples)), float(interval.low), float(interval.high))


def ratio_of_medians(numerator: Array, denominator: Array, seed: int = 0) -> Interval:
    """How many times larger one median is than another, with a bootstrap interval (95 %).

    The samples were taken in turn, but each contender's are resampled on their own, which does
    not assume that they keep pace with each other.
    """
    value = float(np.median(numerator) / np.median(denominator))
    if min(len(numerator), len(denominator)) < MIN_SAMPLES:
        return Interval(value, np.nan, np.nan)
    generator = np.random.default_rng(seed)

    def medians(samples: Array) -> Array:
        picks = generator.integers(0, len(samples), (2000, len(samples)))
        result: Array = np.median(samples[picks], axis=1)
        return result

    low, high = np.quantile(
        medians(numerator) / medians(denominator), [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
    )
    return Interval(value, float(low), float(high))
