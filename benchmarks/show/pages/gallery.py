"""docs/pictures.md: the article's pictures, section by section, each with its description."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from benchmarks.article.sections import ARTICLE, CHAPTERS, SECTIONS
from benchmarks.measure.environment import ROOT
from benchmarks.show.pages import templating
from benchmarks.show.pictures.catalogue import pictures

PATH = ROOT / "docs" / "pictures.md"


def rewritten(path: Path = PATH) -> dict[Path, str]:
    """The document's path with its new text; empty if the file already has that text."""
    wanted = text()
    there = path.read_text(encoding="utf-8") if path.is_file() else ""
    return {} if there == wanted else {path: wanted}


def text() -> str:
    """The whole document, as Markdown."""
    sections = [
        (f"{number} {title(number)}", list(group))
        for number, group in groupby(pictures(), key=lambda one: one.section)
    ]
    return templating.render("pictures.md", article=ARTICLE, sections=sections)


def title(number: str) -> str:
    """The title of a section, in Russian too, or of a chapter."""
    titles = {one.number: f"{one.title} ({one.russian})" for one in SECTIONS}
    return (CHAPTERS | titles)[number]
