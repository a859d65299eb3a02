"""`python -m benchmarks reference`."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer

from benchmarks.commands import readme, report
from benchmarks.measure.environment import ROOT
from benchmarks.measure.reference import RUNS, named
from benchmarks.show.pages.readme import REFERENCE
from benchmarks.terminal import console

INTERRUPTED = 130


def command(
    names: Annotated[
        list[str] | None, typer.Argument(help="Which runs; --list tells them.", show_default="all")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="Only say which runs there are.")] = False,
) -> None:
    """Measure the committed reference runs anew; draw and tabulate them.

    All of them take some hours, in which the machine should be left alone; each is kept as soon
    as it is finished, and one that fails, or has a time below the limit, does not keep the others
    from being measured.

    Example: python -m benchmarks reference forward train
    """
    if listing:
        lines = [(run.name, f"{run.minutes} min", " ".join(run.arguments)) for run in RUNS]
        table = console.table("Reference runs", ("run", "about", "command"), lines, left=3)
        console.console().print(table)
        return
    statuses = []
    for run in named(names or []):
        console.remark(f"{run.name}, about {run.minutes} minutes")
        path = REFERENCE / f"{run.name}.jsonl"
        words = [sys.executable, "-m", "benchmarks", *run.arguments, "--json", str(path)]
        statuses.append(subprocess.run(words, check=False, cwd=ROOT).returncode)
        if statuses[-1] == INTERRUPTED:
            break
    else:
        report.command()
        readme.command()
    if worst := max(map(abs, statuses), default=0):
        raise typer.Exit(worst)
