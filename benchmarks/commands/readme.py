"""`python -m benchmarks readme`."""

from __future__ import annotations

from typing import Annotated

import typer

from benchmarks.measure import files
from benchmarks.show.pages import gallery, readme


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
        raise ValueError(f"not up to date: {names}; run python -m benchmarks readme")
    for document in documents:
        files.replace(document.path, document.text)
    for path, text in pictures.items():
        files.replace(path, text)
