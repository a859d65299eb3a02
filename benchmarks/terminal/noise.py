"""Remarks on standard error: what may spoil a measurement, and which of its times do not count."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchmarks.measure import noise, verdicts
from benchmarks.measure.frames import Record
from benchmarks.terminal import console

if TYPE_CHECKING:
    import pandas as pd


def announce() -> None:
    """Say what would spoil the measurement that is to come."""
    for line in noise.before():
        console.remark(f"this may spoil the measurement: {line}")


def flag(frame: pd.DataFrame) -> None:
    """Name the times that are too uncertain for a verdict."""
    found = noise.unsupported(frame)
    if found:
        console.remark(f"too uncertain for a verdict: {', '.join(found)}")


def below_limit(records: Iterable[Record]) -> list[str]:
    """Name the times below the limit; the list of them."""
    found = verdicts.below_limit(records)
    if found:
        console.remark(
            f"below the limit: {', '.join(found)}: the kernel is wrong in a way that the gate does "
            "not see, or the limit is too high"
        )
    return found
