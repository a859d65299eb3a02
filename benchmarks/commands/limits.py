"""`python -m benchmarks limits`."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.measure import limits, machines, starts
from benchmarks.measure.environment import machine
from benchmarks.measure.rows import Row
from benchmarks.terminal import console
from benchmarks.terminal.options import JsonOption
from benchmarks.terminal.session import Session, measure

SECONDS = 75 * limits.SECONDS
"""About the duration of all measurements."""


def command(json: JsonOption = None) -> None:
    """Measure what this machine can do at best: multiply-adds, activations, reads, calls, starts.

    The best of many short samples counts. They are stored as one row with a column for each. A
    start is the time from the start of a process to its first forward pass through 64-30-10.

    Example: python -m benchmarks limits --json limits.json
    """
    found: limits.Limits = {}
    failures: dict[str, str] = {}

    def work(session: Session) -> None:
        found.update(limits.measure(limits.SECONDS, session.progress))
        measured, reasons = starts.measure(limits.SECONDS, session.progress)
        found.update(measured)
        failures.update(reasons)
        session.run.columns |= found
        session.add([Row("limits", seconds=limits.SECONDS)])

    measure("limits", work, lambda _: show(found, failures), json, seconds=SECONDS, announced=False)


def show(found: limits.Limits, failures: Mapping[str, str]) -> None:
    """Print the table of all limits, and why starts are missing."""
    title = f"Limits of {machines.described(machine())}"
    console.table(title, ("", "", "unit"), limits.lines(found))
    for kernel, reason in failures.items():
        console.remark(f"the start of {kernel} was not measured: {reason}")
