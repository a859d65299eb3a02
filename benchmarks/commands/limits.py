"""`python -m benchmarks limits`."""

from __future__ import annotations

from benchmarks.measure import header, rows
from benchmarks.measure import limits as measuring
from benchmarks.measure.environment import machine
from benchmarks.measure.runs import Run
from benchmarks.show.tables import numbers
from benchmarks.terminal import console
from benchmarks.terminal.limits import measured
from benchmarks.terminal.options import JsonOption, check_new, words


def command(json: JsonOption = None) -> None:
    """What this machine can do at best: multiply-adds, sigmoids, reads, calls of compiled code.

    Of each the best of many short samples counts. The JSON has one line with a key for each.

    Example: python -m benchmarks limits --json limits.json
    """
    check_new(json)
    found = measured()
    about = machine()
    cores = numbers.count(about["cores"], "core")
    title = f"Limits of {about['processor']}, {about['vector_instructions']}, {cores}"
    lines = measuring.lines(found)
    console.console().print(console.table(title, ("", "", "unit"), lines))
    run = Run.begin("limits", words(), json)
    run.columns |= found
    run.add([rows.Row(quantity="limits", seconds=measuring.SECONDS)])
    run.finish(header.COMPLETE)
    console.remark(f"they are in {run.path}")
