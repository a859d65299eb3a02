"""Options that several commands share, and the path that results go to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.measure import rows

REPLACED = "A file that is there is replaced."
"""What the help of every option says that writes a file, unless it refuses to."""

JsonOption = Annotated[
    Path | None,
    typer.Option(
        "--json",
        help=f"Where to write the rows (JSON lines). {REPLACED}",
        show_default="results/local/COMMAND.jsonl",
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
    make_folder(path.parent)


def make_folder(path: Path) -> None:
    """Make a folder unless it is there; NotADirectoryError if it, or one above it, is a file."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise NotADirectoryError(f"{path} is no folder and cannot be made one") from None
