"""What commands say of the machine before they measure, and of what they measured."""

from __future__ import annotations

from pathlib import Path

from benchmarks import console
from benchmarks.measure import noise, rows


def announce() -> None:
    """Say what would spoil the measurement that is to come."""
    for line in noise.before():
        console.remark(f"this may spoil the measurement: {line}")


def flag(path: Path) -> None:
    """Name the stored times that are too uncertain for a verdict."""
    found = noise.unsupported(rows.read(path))
    if found:
        console.remark(f"too uncertain for a verdict: {', '.join(found)}")
