"""Trainings of many networks: `kernels.train_many`, a loop, and JAX's vmap, in duels.

`benchmarks.measure.many` has what each of them does.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.experiments import serving
from benchmarks.measure import duel
from benchmarks.measure.many import MANY, ManyQuestion
from benchmarks.measure.rows import Row, interval_fields


def rows(asked: ManyQuestion, sitting: duel.Sitting) -> Iterator[Row]:
    """Rows of each contender: its time, and how many times as long it takes as `train_many`."""
    yield from serving.times(asked, sitting)
    for label, logs in sitting.logs.items():
        if label != MANY and MANY in sitting.logs:
            ratio = sitting.ratio(label, MANY, len(sitting.logs) - 1)
            about = {"against": MANY, "processes": len(logs)}
            yield asked.row("ratio", label, **interval_fields(ratio), **about)
