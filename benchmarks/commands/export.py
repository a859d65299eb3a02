"""`python -m benchmarks export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.measure import stored
from benchmarks.show.tables import numbers
from benchmarks.terminal import console
from benchmarks.terminal.options import RUN_HELP, check_writable


def command(
    runs: Annotated[list[str], typer.Argument(help=RUN_HELP)],
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            help="A new file; one that exists is an error.",
            show_default="standard output",
        ),
    ] = None,
) -> None:
    """Write stored runs as one CSV table: a line a row, with the name of its run.

    A run without rows is an error, and so is one that is given twice.

    Example: python -m benchmarks export forward batch --csv times.csv
    """
    frame = stored.load(*runs)
    for run in stored.paths_of(runs):
        if not (frame["run"] == run).any():
            raise ValueError(f"{run} has no rows")
    if csv is None:
        sys.stdout.write(stored.csv(frame))
        return
    check_writable(csv)
    stored.write_csv(csv, frame)
    console.remark(f"{numbers.are(len(frame), 'row')} in {csv}")
