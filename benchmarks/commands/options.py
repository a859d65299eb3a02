"""Options that several commands share, and the path that results go to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.measure import rows

JsonOption = Annotated[
    Path | None,
    typer.Option(
        "--json",
        help="Where to write the rows (JSON lines). [default: results/local/COMMAND.jsonl]",
    ),
]


def target(path: Path | None, command: str) -> Path:
    """Where the rows go."""
    chosen = path or rows.LOCAL / f"{command}.jsonl"
    check_writable(chosen)
    return chosen


def check_writable(path: Path) -> None:
    """Find out before a long run, not after it, that its results cannot be stored."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory")
    path.parent.mkdir(parents=True, exist_ok=True)
