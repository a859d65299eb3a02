"""`python -m benchmarks readme`."""

from __future__ import annotations

from typing import Annotated

import typer

from benchmarks.measure import files
from benchmarks.show.pages import gallery
from benchmarks.show.pages import readme as report


def command(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the documents are up to date.")
    ] = False,
) -> None:
    """Write the tables of README.md and docs/sections.md, and docs/pictures.md.

    Example: python -m benchmarks readme --check
    """
    changed = report.rewritten(report.REFERENCE) | gallery.rewritten()
    if check and changed:
        names = ", ".join(path.name for path in changed)
        raise ValueError(f"not up to date: {names}; run make report")
    for path, text in changed.items():
        files.replace(path, text)
