"""The user's stored runs, numbered.

Numbers count from the oldest run, so that a number keeps its meaning when another run is added.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import header, rows
from benchmarks.measure.header import Header

LATEST = "latest"
"""The name of the newest run."""
NAME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d)-(.+?)(?:-(\d+))?")
"""The name of a run's folder: start in UTC, command, and a number if that name existed already."""


class Listed(NamedTuple):
    """The entry of a stored run in a list of runs."""

    number: int
    path: Path
    header: Header
    rows: int
    """The number of its rows."""
    problem: str = ""
    """The reason why it cannot be read; empty if it can."""


def paths(folder: Path | None = None) -> list[Path]:
    """The folders of the user's runs, the oldest first; run number N is the Nth of them."""
    folder = rows.LOCAL if folder is None else folder
    return sorted((path for path in folder.glob("*") if is_run(path)), key=age)


def is_run(path: Path) -> bool:
    """True for a folder with the name of a run, and with a header or rows."""
    parts = NAME.fullmatch(path.name)
    if not parts or not rows.is_run(path):
        return False
    try:
        datetime.datetime.strptime(parts[1], "%Y-%m-%dT%H-%M-%S")
    except ValueError:
        return False
    return True


def age(path: Path) -> tuple[str, str, int, str]:
    """A key that sorts folders of runs by their start: by second, then by millisecond."""
    try:
        started = header.read(path / header.HEADER).started or ""
    except (OSError, ValueError):
        started = ""
    parts = NAME.fullmatch(path.name)
    second, command, number = parts.groups() if parts else ("", path.name, None)
    return second, started, int(number or 1), command


def listed(folder: Path | None = None) -> Iterator[Listed]:
    """The user's runs, the oldest first, with their numbers; damaged ones with the reason."""
    for number, path in enumerate(paths(folder), start=1):
        try:
            yield Listed(number, path, header.read(path / header.HEADER), len(rows.read(path)))
        except (OSError, ValueError) as error:
            yield Listed(number, path, Header(), 0, str(error))
