"""What commands say of the machine before they measure, and of what they measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measure import noise
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
