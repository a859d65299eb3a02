"""Serving a fitted scikit-learn network: its own calls, ONNX Runtime, and `kernels.compile`.

The contenders sit a duel; `benchmarks.measure.serving` has what each of them does.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import duel
from benchmarks.measure.contenders import Contender
from benchmarks.measure.question import ServingQuestion
from benchmarks.measure.rows import Row, interval_fields
from benchmarks.measure.serving import CONTENDERS, ONE, SCIKIT

ROWS = (1, 1000)
"""Samples in one call, of one duel each."""


def contenders(asked: ServingQuestion) -> list[Contender]:
    """The contenders that can predict so many samples in one call."""
    return [Contender(name) for name in CONTENDERS if asked.rows == 1 or name != ONE]


def sit(
    asked: ServingQuestion, seconds: float, rounds: int, progress: duel.Progress
) -> duel.Sitting:
    """A sitting of all contenders, with `seconds` of timing for each."""
    entries = contenders(asked)
    return duel.sit(asked, entries, seconds * len(entries), rounds, progress)


def rows(asked: ServingQuestion, sitting: duel.Sitting) -> Iterator[Row]:
    """Rows of each contender: its time and its speed-up over scikit-learn, or why it has none."""
    compared = len(sitting.logs) - 1
    for label in sitting.logs:
        facts = sitting.facts[label]
        yield asked.row(
            "time",
            label,
            **interval_fields(sitting.time_ns(label), "ns"),
            samples=sitting.samples[label],
            processes=len(sitting.logs[label]),
            build_seconds=facts[0]["build_seconds"],
            error=max(one["error"] for one in facts),
            packages=facts[0].get("packages"),
        )
        if label != SCIKIT and SCIKIT in sitting.logs:
            yield asked.row(
                "ratio",
                label,
                **interval_fields(sitting.ratio(SCIKIT, label, compared)),
                against=SCIKIT,
                processes=len(sitting.logs[label]),
            )
    for label, (state, reason) in sitting.failures.items():
        yield asked.row("time", label, state=state, reason=reason)
