"""The tables of docs/sections.md: the article's sections, and the values missing from our copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from benchmarks.article.lost import VALUES
from benchmarks.article.sections import CHAPTERS, OPENINGS, SECTIONS

HEADINGS = ("§", "section", "what it says", "where it is here")
VALUE_HEADINGS = ("§", "not printed", "taken here", "why", "where it is kept")


def lines() -> Iterator[tuple[str, ...]]:
    """A line for each chapter, with its opening text, and for each of its sections."""
    openings = {opening.number: opening for opening in OPENINGS}
    for number, title in CHAPTERS.items():
        opening = openings.get(number)
        told = (opening.says, links(opening.places)) if opening else ("", "")
        yield (f"**{number}**", f"**{title}**", *told)
        for one in SECTIONS:
            if one.chapter == number:
                name = f"{one.title} ({one.russian})"
                yield one.number, name, one.says, links(one.places)


def value_lines() -> Iterator[tuple[str, ...]]:
    """A line for each value that we chose because our copy does not print it."""
    for value in VALUES:
        yield value.section, value.what, value.ours, value.reason, links([value.place])


def links(places: Iterable[str]) -> str:
    """Markdown for places, relative to docs/: files as links, commands as code."""
    found = []
    for place in places:
        path, _, name = place.partition(":")
        if not PurePosixPath(path).suffix:
            found.append(f"`{place}`")
            continue
        label = f"{PurePosixPath(path).stem}.{name}" if name else path
        found.append(f"[`{label}`](../{path})")
    return ", ".join(found)
