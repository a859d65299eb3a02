"""Where a benchmark got faster or slower from one recorded commit to the next, in sentences."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from textwrap import shorten
from typing import NamedTuple

from benchmarks.measure.environment import ROOT
from benchmarks.show.tables import numbers

FACTOR = 1.1
"""A time that changes by a smaller factor counts as unchanged."""
MOST_LETTERS = 60
"""Letters of a subject."""
UNCHANGED = "unchanged"
RULE = f"Changes by less than {100 * (FACTOR - 1):.0f} % count as none."


class Point(NamedTuple):
    """The time of a benchmark at a commit."""

    commit: str
    date: int
    """Milliseconds since 1970."""
    seconds: float


def direction(before: float, after: float) -> str:
    """`faster`, `slower`, or `unchanged` if the times differ by less than `FACTOR`."""
    if before > after * FACTOR:
        return "faster"
    return "slower" if after > before * FACTOR else UNCHANGED


def told(recorded: Mapping[str, Sequence[Point]]) -> str:
    """For each name whether it got faster or slower, and with which commits."""
    moved = {name: steps for name, points in recorded.items() if (steps := moves(points))}
    once = [name for name, points in recorded.items() if len(points) == 1]
    same = [name for name in recorded if name not in moved and name not in once]
    texts = [f"{name} {text}" for name, text in moved.items()]
    if same:
        texts.append(f"{', '.join(same)} unchanged")
    if once:
        texts.append(f"{', '.join(once)} recorded at one commit only")
    return ". ".join(texts) + "." if texts else ""


def moves(points: Sequence[Point]) -> str:
    """The change from the first commit to the last, and each step; empty without any."""
    first, last = points[0], points[-1]
    steps = [
        f"{direction(a.seconds, b.seconds)} ({times(a, b)}) with {about(b)}"
        for a, b in pairwise(points)
        if direction(a.seconds, b.seconds) != UNCHANGED
    ]
    overall = direction(first.seconds, last.seconds)
    if not steps and overall == UNCHANGED:
        return ""
    return "; ".join([f"overall {overall} ({times(first, last)})", *steps])


def times(before: Point, after: Point) -> str:
    """Two times, as `640 ns to 130 ns`."""
    return " to ".join(numbers.duration(one.seconds * 1e9) for one in (before, after))


def about(point: Point) -> str:
    """A commit with its date and, if this repository has it, the start of its subject."""
    about = shorten(subject(point.commit), MOST_LETTERS, placeholder=" …")
    return f"{point.commit} ({', '.join(filter(None, [day(point.date), about]))})"


def day(milliseconds: int) -> str:
    """The date of a commit, from asv's milliseconds since 1970."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date().isoformat()


@cache
def subject(commit: str) -> str:
    """The first line of a commit's message; empty if this repository does not have it."""
    asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%s", "--end-of-options", commit, "--"]
    try:
        found = subprocess.run(asked, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return found.stdout.strip()
