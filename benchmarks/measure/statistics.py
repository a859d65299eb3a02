"""Values with their confidence intervals, by SciPy: medians, ratios, means of logarithms.

SciPy is imported when an interval is made: a worker and `--help` import this module without it.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

from benchmarks.measure.arrays import Array
from benchmarks.measure.timing import MIN_SAMPLES

LEVEL = 0.95
RESAMPLES = 2000


class Interval(NamedTuple):
    """A value with the ends of its confidence interval; NaN ends where there is none."""

    value: float
    low: float
    high: float


def student(share: float, freedom: float) -> float:
    """The quantile of Student's t distribution."""
    from scipy import stats

    return float(stats.t.ppf(share, freedom))


def median(samples: Array) -> Interval:
    """The median, with the distribution-free interval from order statistics (95 %).

    Fewer than six samples give no such interval: its ends are NaN.
    """
    from scipy import stats

    interval: Any = stats.quantile_test(samples, p=0.5).confidence_interval(LEVEL)
    return Interval(float(np.median(samples)), float(interval.low), float(interval.high))


def ratio_of_medians(numerator: Array, denominator: Array, seed: int = 0) -> Interval:
    """The ratio of two medians, with a bootstrap interval (95 %).

    The samples were taken in turn, but each contender's are resampled on their own, which does
    not assume that the two are correlated.
    """
    from scipy import stats

    value = float(np.median(numerator) / np.median(denominator))
    if min(len(numerator), len(denominator)) < MIN_SAMPLES:
        return Interval(value, np.nan, np.nan)
    found = stats.bootstrap(
        (numerator, denominator),
        lambda a, b, axis: np.median(a, axis=axis) / np.median(b, axis=axis),
        n_resamples=RESAMPLES,
        confidence_level=LEVEL,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(value, float(found.low), float(found.high))


def geometric_mean(logs: Array, comparisons: int = 1) -> Interval:
    """The geometric mean of values with these logarithms, with Student's interval (95 %).

    The interval is widened (Bonferroni) for a verdict that is one of so many comparisons. A single
    value has no interval: its ends are NaN.
    """
    from scipy import stats

    mean = float(logs.mean())
    if len(logs) < 2:
        return Interval(float(np.exp(mean)), np.nan, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # logarithms may be equal
        found = stats.ttest_1samp(logs, 0.0).confidence_interval(1 - (1 - LEVEL) / comparisons)
    with np.errstate(over="ignore"):  # two rounds that disagree: an end at infinity
        return Interval(*(float(np.exp(end)) for end in (mean, found.low, found.high)))
