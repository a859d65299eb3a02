"""The table of a sweep, from stored rows: a line a setting, the best one first."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measure import frames, scores
from benchmarks.measure.scores import Score
from benchmarks.show.tables import numbers

if TYPE_CHECKING:
    import pandas as pd

SETTING = ["workload", "training", "iterations"]
"""The columns that identify a setting."""


class Line(NamedTuple):
    """A setting, and its scores over the seeds; None where all trainings diverged."""

    network: str
    training: str
    passes: int
    seeds: int
    diverged: int
    median: float | None
    interval: tuple[float, float] | None
    spread: tuple[float, ...]
    seconds: float


def kind(frame: pd.DataFrame) -> Score:
    """The kind of the scores; without any, that of the networks."""
    there = set(frame["quantity"])
    for name, one in scores.SCORES.items():
        if name in there:
            return one
    return scores.usual(str(frame["workload"].dropna().iloc[0]))


def settings(frame: pd.DataFrame) -> list[Line]:
    """All settings, from the highest median score to the lowest."""
    found = []
    for _, group in frame[frame["operation"] == "train"].groupby(SETTING, sort=False):
        rows = {str(row["quantity"]): row for row in frames.records(group)}
        name = next((name for name in scores.SCORES if name in rows), None)
        score = rows[name] if name else None
        about = rows["seeds"]
        found.append(
            Line(
                str(about["workload"]),
                str(about["training"]),
                int(about["iterations"]),
                int(about["value"]),
                int(rows["diverged"]["value"]),
                score["value"] if score else None,
                (score["low"], score["high"]) if score and score["low"] is not None else None,
                tuple(rows[scores.part(name, part)]["value"] for part in scores.SPREAD)
                if name
                else (),
                float(rows["train_seconds"]["value"]),
            )
        )
    return sorted(found, key=lambda line: (line.median is None, -(line.median or 0.0)))


def title(frame: pd.DataFrame) -> str:
    """The data, and how many samples of it were trained on."""
    one = frames.first(frame[frame["operation"] == "train"])
    return f"{one['data']}: {numbers.count(one['rows'], 'training sample')}, {one['kernel']}"


def headings(frame: pd.DataFrame) -> tuple[str, ...]:
    """The columns, of which those from the quartiles on can be spared."""
    score = kind(frame)
    unit = f", {score.unit}" if score.unit else ""
    return (
        "network",
        "training",
        "passes",
        "seeds",
        f"median {score.name}{unit}",
        "a training",
        "quartiles",
        "range",
        "diverged",
    )


SPARED = 3
"""Columns of `headings`, from the last, that can be spared."""


def lines(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """A line for each setting."""
    score = kind(frame)
    return [
        (
            one.network,
            one.training,
            str(one.passes),
            str(one.seeds),
            "–" if one.median is None else score.text(one.median),
            numbers.seconds(one.seconds),
            *ranges(one, score),
            str(one.diverged) if one.diverged else "–",
        )
        for one in settings(frame)
    ]


def ranges(line: Line, score: Score) -> tuple[str, str]:
    """The quartiles and the range of a setting's scores as text."""
    if len(line.spread) < 2 or line.seeds == 1:
        return "–", "–"
    least, lower, upper, most = map(score.text, line.spread)
    return f"{lower} … {upper}", f"{least} … {most}"


def summary(frame: pd.DataFrame) -> str:
    """A sentence on the best setting, and which others the seeds cannot tell from it."""
    score = kind(frame)
    ranked = [one for one in settings(frame) if one.median is not None]
    if not ranked:
        return "all trainings diverged"
    best, *others = ranked
    median, least, most = map(score.text, (best.median or 0.0, best.spread[0], best.spread[-1]))
    seeds = best.seeds - best.diverged
    range_of = "" if seeds == 1 else f"{least} … {most}, "
    unit = f" {score.unit}" if score.unit else ""
    told = f"{median}{unit} ({range_of}{numbers.count(seeds, 'seed')})"
    text = f"best median {score.name}: {best.network}, {best.training}: {told}"
    level = [one for one in others if overlap(best, one)]
    if level:
        text += (
            f"; the 95 % intervals of {numbers.count(len(level), 'other setting')} overlap with its"
        )
    return text


def overlap(one: Line, other: Line) -> bool:
    """True if the medians' intervals overlap; False where there is none."""
    if one.interval is None or other.interval is None:
        return False
    return one.interval[0] <= other.interval[1] and other.interval[0] <= one.interval[1]
