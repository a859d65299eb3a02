"""The rows of a sweep: a row for each setting and quantity, over its seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.experiments.sweep.data import Data
from benchmarks.experiments.sweep.settings import Setting
from benchmarks.experiments.sweep.sweep import Sweep
from benchmarks.experiments.sweep.tasks import Result
from benchmarks.measure import scores, statistics
from benchmarks.measure.arrays import Array
from benchmarks.measure.rows import Row, interval_fields


def rows(sweep: Sweep) -> Iterator[Row]:
    """The rows of all settings with results, then the share of the time in which workers trained.

    Medians have a 95 % interval over the seeds, from six on. A training that diverged has no score;
    how many did is a quantity of its own.
    """
    for setting, results in sweep.results():
        yield from of_setting(sweep.data, setting, results)
    if sweep.share is not None:
        yield Row(
            "trained_percent_of_time",
            value=100 * sweep.share,
            seconds=sweep.wall_seconds,
            threads=sweep.workers,
        )


def of_setting(data: Data, setting: Setting, results: Sequence[Result]) -> Iterator[Row]:
    """The rows of a setting."""
    seconds = np.array([one.seconds for one in results])
    about = Row(
        "",
        setting.name(data),
        "train",
        results[0].instructions.split()[0],
        rows=len(data.X_train),
        iterations=setting.passes,
        training=str(setting.stepping),
    )
    reached = np.array([one.score for one in results])
    known = reached[np.isfinite(reached)]
    yield replace(about, quantity="seeds", value=float(len(results)))
    yield replace(about, quantity="diverged", value=float(len(reached) - len(known)))
    yield from of_scores(about, quantity(data), known)
    median = interval_fields(statistics.median(seconds))
    yield replace(about, quantity="train_seconds", seconds=float(seconds.sum()), **median)


def of_scores(about: Row, quantity: str, known: Array) -> Iterator[Row]:
    """The median of the scores and the parts of their spread; nothing if all trainings diverged."""
    if not known.size:
        return
    yield replace(about, quantity=quantity, **interval_fields(statistics.median(known)))
    for name, share in scores.SPREAD.items():
        value = float(np.quantile(known, share))
        yield replace(about, quantity=scores.part(quantity, name), value=value)


def quantity(data: Data) -> str:
    """The quantity of the scores: accuracy of classes, R² of numbers to predict."""
    return "r_squared" if data.classes is None else "accuracy_percent"
