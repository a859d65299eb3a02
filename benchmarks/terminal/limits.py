"""The machine's limits, measured with a bar that says what is measured, or without."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.measure import limits as measuring
from benchmarks.measure.environment import machine
from benchmarks.terminal import console


def measured(seconds: float = measuring.SECONDS) -> measuring.Limits:
    """All limits, with a bar that says what is measured."""
    with console.progress() as bar:
        task = bar.add_task("", total=None)
        return again(seconds, lambda what: bar.update(task, description=what))


def again(
    seconds: float = measuring.SECONDS, tell: Callable[[str], object] = lambda _: None
) -> measuring.Limits:
    """All limits, without a bar: where there is one already."""
    return measuring.measure(machine()["cores"], seconds, tell)
