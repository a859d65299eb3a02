"""The self-test of duels: do they find the differences that there are, and no others?

A kernel is timed against itself, which should give "no difference" in 19 of 20 duels, and against
copies that do 1, 2, 5 and 10 % more work, which should be found to be slower.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from benchmarks.measure import duel, verdicts
from benchmarks.measure.contenders import Contender, ContenderError
from benchmarks.measure.question import Question
from benchmarks.measure.rows import Row, interval_fields
from benchmarks.measure.statistics import LEVEL, Interval, student

STEPS = (1.0, 2.0, 5.0, 10.0)
"""Percentages by which a copy is slower."""
EQUALS = 0.0
KERNEL = "vectorized"
QUESTION = Question((3, 3, 1), "forward", rows=1)
POWER = 0.9
"""The probability with which the smallest difference is found."""
EQUAL_DUELS, SLOWED_DUELS = 400, 20
START_SECONDS = 0.25
"""About the time until a process of the kernel is ready."""
SECONDS = 2.0
"""Duration of the timing of a duel. Twice as much finds no smaller differences, since processes
differ by more than their samples do; `ladder` takes longer, so that it finds what is found here."""


def schedule(equals: int, slowed: int) -> list[float]:
    """The slow-down of each duel in percent, in a random order that is always the same."""
    steps = [EQUALS] * equals + [step for step in STEPS for _ in range(slowed)]
    generator = np.random.default_rng(0)
    return [float(step) for step in generator.permutation(steps)]


def one(percent: float, seconds: float, rounds: int) -> Row:
    """The row of a duel of the kernel against a copy.

    Raises ContenderError if either could not be timed, KeyboardInterrupt if it was interrupted.
    """
    copy = Contender(KERNEL, percent, name="copy")
    sitting = duel.sit(QUESTION, [Contender(KERNEL), copy], seconds, rounds)
    if sitting.interrupted:
        raise KeyboardInterrupt
    for state, reason in sitting.failures.values():
        raise ContenderError(state, reason)
    ratio = sitting.ratio("copy", KERNEL)
    return QUESTION.row(
        "duel",
        KERNEL,
        against=KERNEL,
        **interval_fields(ratio),
        verdict=duel.verdict(ratio),
        slower_percent=percent,
        processes=rounds,
        samples=sum(sitting.samples.values()),
        seconds=seconds,
    )


def rate(hits: int, of: int) -> Interval:
    """A share in percent with its exact (Clopper-Pearson) interval."""
    from scipy import stats

    found = stats.binomtest(hits, of).proportion_ci(LEVEL, method="exact")
    return Interval(100 * hits / of, 100 * float(found.low), 100 * float(found.high))


def smallest_percent(spread: float, rounds: int) -> float:
    """The slow-down in percent that is found nine times in ten.

    `spread` is the standard deviation, over rounds, of the logarithm of the ratio.
    """
    freedom = rounds - 1
    quantiles = student((1 + LEVEL) / 2, freedom) + student(POWER, freedom)
    return 100 * float(np.expm1(quantiles * spread / np.sqrt(rounds)))


def summary(duels: list[Row]) -> Iterator[Row]:
    """Rows with the share of duels that found a difference, and the smallest that can be found."""
    counts = {
        step: Counter(row.verdict for row in duels if row.slower_percent == step)
        for step in (EQUALS, *STEPS)
    }
    for step, counted in counts.items():
        of = counted.total()
        if of:
            slower = counted[verdicts.SLOWER]
            hits = slower + counted[verdicts.FASTER] if step == EQUALS else slower
            yield Row(
                quantity="false_positives_percent" if step == EQUALS else "found_percent",
                kernel=KERNEL,
                slower_percent=step,
                samples=of,
                **interval_fields(rate(hits, of)),
            )
    equal = [row for row in duels if row.slower_percent == EQUALS]
    if equal:
        rounds = equal[0].processes or duel.ROUNDS
        quantile = student((1 + LEVEL) / 2, rounds - 1)
        halves = np.array([np.log((row.high or 1) / (row.low or 1)) / 2 for row in equal])
        spread = float(np.median(halves) / quantile * np.sqrt(rounds))
        yield Row(
            quantity="smallest_difference_percent",
            kernel=KERNEL,
            value=smallest_percent(spread, rounds),
            samples=len(equal),
        )
