"""`python -m benchmarks export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import console, stored
from benchmarks.commands.options import check_writable


def export(
    runs: Annotated[list[str], typer.Argument(help="Names of reference runs, or files of rows.")],
    csv: Annotated[
        Path | None, typer.Option("--csv", help="The file, a new one. [default: standard output]")
    ] = None,
) -> None:
    """Stored runs as one table in CSV: a line a row, with the run that it is from.

    Example: python -m benchmarks export forward results/local/ladder.jsonl --csv times.csv
    """
    frame = stored.load(*runs)
    if csv is None:
        sys.stdout.write(stored.csv(frame))
        return
    check_writable(csv)
    stored.write_csv(csv, frame)
    console.remark(f"{len(frame)} rows are in {csv}")
