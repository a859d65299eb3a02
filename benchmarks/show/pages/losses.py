"""What the last rung costs, and where it is not the fastest: a generated part of README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measure import frames, machines, verdicts
from benchmarks.measure.frames import Record
from benchmarks.show.tables import ladder_table, numbers, questions, ranks
from kernels import LADDER

if TYPE_CHECKING:
    import pandas as pd

BEST = LADDER[-1]
KINDS = {"forward": "One sample", "forward_batch": "Batches"}
"""Kinds of questions, by their operation; all others are `REST`."""
REST = "Gradients and training"
LOST = "Another kernel is faster"
TIED = f"No certain winner, with times as multiples of {BEST}'s"
Place = tuple[str, str, str]
"""Where a question is told of: its kind, `LOST` or `TIED`, and its machine."""


def text(frame: pd.DataFrame) -> str:
    """A paragraph on builds and how often the last rung wins, and a list of where it does not."""
    groups = [group for group in frames.questions(frame) if BEST in ranks.by_kernel(group)]
    built = costs(groups)
    if not built:
        return "**Where it loses.** Not measured."
    asked = [frames.first(group) for group in groups]
    found: dict[Place, list[str]] = {}
    for one, group in zip(asked, groups, strict=True):
        faster, equal = rivals(group)
        title = questions.short_title(one)
        kind, machine = KINDS.get(one["operation"], REST), machines.described(one)
        if faster:
            found.setdefault((kind, LOST, machine), []).append(f"{title}: {faster}")
        elif equal:
            found.setdefault((kind, TIED, machine), []).append(f"{title} ({', '.join(equal)})")
    total = numbers.count(len(groups), "question")
    told = f"Of the {total} that the documents have tables of, measured on "
    told += f"{machines.listed(asked)}, {BEST} alone is the fastest in "
    told += f"{len(groups) - sum(map(len, found.values()))}"
    lines = listed(found, list(dict.fromkeys(map(machines.described, asked))))
    told += ", and not in the others:\n\n" + "\n".join(lines) if lines else "."
    return f"**Where it loses.** {built}. {told}"


def listed(found: dict[Place, list[str]], on: list[str]) -> list[str]:
    """A line for each kind of questions that are not won.

    If there are several machines, each sentence names that of its questions.
    """
    lines = []
    for kind in (*KINDS.values(), REST):
        told = [
            f"{sentence}{f', on {machine}' * (len(on) > 1)}: {'; '.join(titles)}."
            for sentence in (LOST, TIED)
            for machine in on
            if (titles := found.get((kind, sentence, machine)))
        ]
        lines += [" ".join([f"- {kind}.", *told])] if told else []
    return lines


def costs(groups: list[pd.DataFrame]) -> str:
    """What builds take, and when they are paid back: a sentence without its end, "" if unknown."""
    found = [
        (ranks.by_kernel(group)[BEST], ranks.fastest_without_build(group))
        for group in groups
        if frames.first(group)["dtype"] == "float64"
    ]
    first = builds(found, "build_seconds")
    if not first:
        return ""
    told = f"In float64, building a plan takes {first}"
    if all(ranks.is_cached(record) for record, _ in found):
        later = builds(found, "rebuild_seconds")
        told += f"; a later process loads the code from disk, which takes {later}"
    return told


def rivals(group: pd.DataFrame) -> tuple[str, list[str]]:
    """What is faster than the last rung in a question, and what may be as fast, with figures."""
    ratios = verdicts.ratios(group)
    own = ratios.get(BEST)
    if own is None:
        return "", []
    if verdicts.is_fastest(own):
        return "", [multiple(name, ratios[name]) for name in verdicts.rivals(group)]
    first = str(own["against"])
    if verdicts.of_row(own) != verdicts.SLOWER:
        return "", [multiple(first, inverse(own))]
    times = ranks.by_kernel(group)
    told = f"{numbers.time_of(times[first])} by {first} against {numbers.time_of(times[BEST])}"
    return f"{told} ({ladder_table.ratio_text(own)} times as long)", []


def inverse(ratio: Record) -> Record:
    """The ratio of the other contender to this one; without an interval if this has none."""
    low, high = (None if ratio[end] is None else 1 / ratio[end] for end in ("high", "low"))
    return {"value": 1 / ratio["value"], "low": low, "high": high}


def multiple(name: str, ratio: Record) -> str:
    """A kernel and its ratio to the last rung: `c 1.06 [0.94, 1.20]`."""
    return f"{name} {ladder_table.ratio_text(ratio)}"


def builds(found: list[tuple[Record, Record | None]], build: str) -> str:
    """The range of some builds, and after how many calls each is paid back; "" if none is known.

    Each is given by what was built and the fastest contender without a build; `build` is the field
    of its duration.
    """
    known = [(record, ready) for record, ready in found if record[build] is not None]
    paid = [
        calls
        for record, ready in known
        if (calls := ranks.calls_to_pay_back(record, ready, build)) is not None
    ]
    if not paid:
        return ""
    taken = [float(record[build]) for record, _ in known]
    ends = dict.fromkeys(numbers.seconds(end) for end in (min(taken), max(taken)))
    counts = dict.fromkeys(numbers.about(max(1.0, count)) for count in (min(paid), max(paid)))
    return f"{' to '.join(ends)}, and is paid back after {' to '.join(counts)} calls"
