"""`python -m benchmarks limits`."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.measure import limits as measuring
from benchmarks.measure import rows
from benchmarks.measure.environment import environment, machine
from benchmarks.show.tables import numbers
from benchmarks.terminal import console
from benchmarks.terminal.options import JsonOption, target


def limits(json: JsonOption = None) -> None:
    """What this machine can do at best: multiply-adds, sigmoids, reads, calls of compiled code.

    Of each the best of many short samples counts. The JSON has one line with a key for each.

    Example: python -m benchmarks limits --json limits.json
    """
    path = target(json, "limits")
    found = measured()
    about = machine()
    cores = numbers.count(about["cores"], "core")
    title = f"Limits of {about['processor']}, {about['vector_instructions']}, {cores}"
    lines = measuring.lines(found)
    console.console().print(console.table(title, ("", "", "unit"), lines))
    rows.write(
        path, [rows.Row(quantity="limits", seconds=measuring.SECONDS)], environment() | found
    )
    console.remark(f"they are in {path}")


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
