"""The accuracy of trainings with several seeds, and where the article's 86 % lies among them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.measure.digits import ARTICLE_ACCURACY_PERCENT
from benchmarks.show.tables import numbers

ARTICLE = f"{ARTICLE_ACCURACY_PERCENT:.0f} %"


def cell(percents: Sequence[float]) -> str:
    """Median and range over seeds: `87.3 % (84.0 … 90.5, 9 seeds; 86 % or less with 2 of them)`.

    A single seed gives `86.6 % (1 seed)`.
    """
    below = sum(percent <= ARTICLE_ACCURACY_PERCENT for percent in percents)
    remark = f"{ARTICLE} or less with {below} of them"
    return numbers.over_seeds(median(percents), min(percents), max(percents), len(percents), remark)


def sentence(percents: Sequence[float]) -> str:
    """The accuracy as a clause; a single seed's is compared with the article's 86 %."""
    if len(percents) > 1:
        return f"in the median {cell(percents)}"
    (percent,) = percents
    place = "which is"
    if percent != ARTICLE_ACCURACY_PERCENT:
        place = "above" if percent > ARTICLE_ACCURACY_PERCENT else "below"
    return f"{cell(percents)}, {place} the article's {ARTICLE}"
