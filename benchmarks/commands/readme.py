"""`python -m benchmarks readme`."""

from __future__ import annotations

from typing import Annotated

import typer

from benchmarks.measure import files
from benchmarks.report import readme as report


def readme(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the README is up to date.")
    ] = False,
) -> None:
    """Write the README's tables from the committed reference run.

    Example: python -m benchmarks readme --check
    """
    before = report.README.read_text(encoding="utf-8")
    after = report.render(before, report.sections(report.REFERENCE))
    if before == after:
        return
    if check:
        raise ValueError("README.md is not what the reference run gives: run make report")
    files.replace(report.README, after)
