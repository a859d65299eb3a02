"""`python -m benchmarks reference`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from benchmarks.commands import readme, report
from benchmarks.measure import files, header, interrupts, rows, runs
from benchmarks.measure.reference_runs import RUNS, ReferenceRun, named
from benchmarks.show.tables import numbers
from benchmarks.terminal import console

INTERRUPTED = 130
"""The exit status of a command that was interrupted."""


def command(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Names of the runs; --list shows them.", show_default="all"),
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="Only list the runs there are.")] = False,
) -> None:
    """Measure the committed reference runs again; draw and tabulate them.

    All of them take some hours, in which the machine should do nothing else. Each is stored in
    results/local, and replaces the committed run when it is complete. A run that fails, or has a
    time below the limit, replaces nothing; the others are measured all the same.

    Example: python -m benchmarks reference forward train
    """
    if listing:
        lines = [(run.name, f"{run.minutes} min", " ".join(run.arguments)) for run in RUNS]
        console.table("Reference runs", ("run", "about", "command"), lines, left=3)
        return
    chosen, statuses = named(names or []), []
    total = 60.0 * sum(run.minutes for run in chosen)
    console.remark(f"this takes about {console.duration(total)}")
    for run in chosen:
        console.remark(f"{run.name}, about {numbers.count(run.minutes, 'minute')}")
        statuses.append(measure(run))
        if statuses[-1] == INTERRUPTED:
            break
    else:
        report.command(reference=True)
        readme.command()
    if worst := max(map(abs, statuses), default=0):
        raise typer.Exit(worst)


def measure(run: ReferenceRun) -> int:
    """Measure a run in a process of its own, and replace the committed one if it is complete.

    Returns the exit status of the process.
    """
    folder = rows.LOCAL / f"{runs.stamp(header.now())}-{run.name}"
    words = [*run.arguments, "--json", str(folder / header.ROWS)]
    command = [sys.executable, "-m", "benchmarks", *words]
    status = interrupts.run(command)
    if status == 0 and header.read(folder / header.HEADER).state == header.COMPLETE:
        files.replace_folder(rows.REFERENCE / run.name, folder)
        console.remark(f"the reference run {run.name} is replaced: {rows.REFERENCE / run.name}")
    else:
        console.remark(f"the reference run {run.name} stays as it was")
    return status
