"""`python -m benchmarks readme`."""

from __future__ import annotations

from typing import Annotated

import typer

from benchmarks.article import gallery
from benchmarks.measure import files
from benchmarks.report import readme as report


def readme(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the documents are up to date.")
    ] = False,
) -> None:
    """Write the README's tables from the committed reference runs, and docs/pictures.md.

    Example: python -m benchmarks readme --check
    """
    before = report.README.read_text(encoding="utf-8")
    after = report.render(before, report.sections(report.REFERENCE))
    changed = ({} if before == after else {report.README: after}) | gallery.rewritten()
    if check and changed:
        names = ", ".join(path.name for path in changed)
        raise ValueError(f"not up to date: {names}; run make report")
    for path, text in changed.items():
        files.replace(path, text)
