"""`python -m benchmarks readme`."""

from __future__ import annotations

from typing import Annotated

import typer

from benchmarks.measure import files
from benchmarks.measure.environment import ROOT
from benchmarks.measure.errors import FailedError
from benchmarks.show.pages import gallery, readme
from benchmarks.terminal import console


def command(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the documents are up to date.")
    ] = False,
) -> None:
    """Write the generated parts of README.md, CONTRIBUTING.md and docs.

    Example: python -m benchmarks readme --check
    """
    documents, pictures = readme.stale(), gallery.rewritten()
    if check and (documents or pictures):
        names = ", ".join([*map(str, documents), *(path.name for path in pictures)])
        raise FailedError(f"not up to date: {names}; run python -m benchmarks readme")
    for document in documents:
        files.replace(document.path, document.text)
    for path, text in pictures.items():
        files.replace(path, text)
    for path in (*(document.path for document in documents), *pictures):
        shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
        console.remark(f"written: {shown}")
    if not check and not documents and not pictures:
        console.remark("everything is up to date")
