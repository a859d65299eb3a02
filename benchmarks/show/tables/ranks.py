"""The times of a question that count, from stored rows, and when builds pay back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measure import frames, verdicts
from benchmarks.measure.frames import Record

if TYPE_CHECKING:
    import pandas as pd

NO_BUILD_SECONDS = 0.02
"""Builds up to this duration count as free."""


def measured(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with a time, the fastest first."""
    return frames.timed(frame).sort_values("median_ns", kind="stable")


def times(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with a time that is not below the limit, the fastest first."""
    found = measured(frame)
    return found[~verdicts.is_below(found)]


def below_limit(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with a time below the limit; tables show them, but never as the fastest."""
    found = measured(frame)
    return found[verdicts.is_below(found)]


def comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of `times` without trainings on another loss, which answer another question."""
    found = times(frame)
    return found[found["reason"].fillna("") == ""]


def by_kernel(frame: pd.DataFrame) -> dict[str, Record]:
    """The times that count, by their kernels."""
    return {str(one["kernel"]): one for one in frames.records(times(frame))}


def what_is_timed(record: Record) -> str:
    """A call, an iteration of the article's training, or a step of another."""
    if record["operation"] != "train":
        return "call"
    return "step" if record["training"] else "iteration"


def build_seconds(record: Record) -> float:
    """Duration of the build; 0 if it is not known."""
    return float(record["build_seconds"] or 0.0)


def fastest_without_build(group: pd.DataFrame) -> Record | None:
    """The fastest contender whose build counts as free, or None."""
    found = comparable(group)
    ready = found[found["build_seconds"].fillna(0) <= NO_BUILD_SECONDS]
    return None if ready.empty else frames.first(ready)


def calls_to_pay_back(
    record: Record, ready: Record | None, build: str = "build_seconds"
) -> float | None:
    """Number of calls after which a build has saved more time than it took; None if it never does.

    `ready` is the fastest contender whose build counts as free; `build` is the field of the build's
    duration.
    """
    if ready is None or record["median_ns"] >= ready["median_ns"]:
        return None
    saved = ready["median_ns"] - record["median_ns"]
    return float(((record[build] or 0.0) - (ready[build] or 0.0)) * 1e9 / saved)


def is_cached(record: Record) -> bool:
    """True if what a first build leaves on disk at least halves those of later processes."""
    later = record["rebuild_seconds"]
    return later is not None and bool(2 * later <= build_seconds(record))
