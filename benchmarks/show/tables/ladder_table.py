"""Rankings of contenders as tables, from stored rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from benchmarks.measure import frames, verdicts
from benchmarks.measure.frames import Record
from benchmarks.show.tables import numbers, questions, ranks

if TYPE_CHECKING:
    import pandas as pd

MISSING = "–"
HEADINGS = (
    "",
    "time per {each}",
    "times the fastest",
    "",
    "of the limit",
    "build",
    "again",
    "pays back after",
)
"""Headings of a ranking; {each} is what is timed: a call, an iteration or a step."""


def headings(group: pd.DataFrame) -> tuple[str, ...]:
    """The headings of a ranking."""
    return tuple(text.format(each=ranks.what_is_timed(frames.first(group))) for text in HEADINGS)


def lines(group: pd.DataFrame) -> list[tuple[str, ...]]:
    """Lines of the contenders with a time: the fastest first, then those below the limit."""
    ratios, ready = verdicts.ratios(group), ranks.fastest_without_build(group)
    counted = [
        line(time, *ratio_and_verdict(ratios.get(time["kernel"])), pays_back(time, ready))
        for time in frames.records(ranks.times(group))
    ]
    marked = [
        line(time, "", verdicts.BELOW, "") for time in frames.records(ranks.below_limit(group))
    ]
    return counted + marked


def line(time: Record, ratio: str, verdict: str, pays: str) -> tuple[str, ...]:
    """The cells of a contender with a time."""
    return (
        name(time),
        numbers.time_interval_of(time),
        ratio,
        verdict,
        share(time),
        numbers.seconds(time["build_seconds"]),
        numbers.seconds(time["rebuild_seconds"]),
        pays,
    )


def failures(frame: pd.DataFrame) -> list[str]:
    """A sentence on each contender without a time; all that are not installed share one."""
    lost = frames.records(frames.untimed(frame))
    absent = dict.fromkeys(str(one["kernel"]) for one in lost if is_absent(one))
    several = frame["workload"].nunique() > 1
    told = [
        f"{one['kernel']}{', ' + str(one['workload']) if several else ''}: {reason(one)}"
        for one in lost
        if not is_absent(one)
    ]
    listed = [f"not installed: {', '.join(absent)} (make peers)"] if absent else []
    return [*dict.fromkeys(told), *listed]


def is_absent(record: Record) -> bool:
    """True for a contender whose package is not installed."""
    return record["state"] == "missing" and str(record["reason"]).endswith("is not installed")


def reason(record: Record) -> str:
    """The reason for a missing time: `no C compiler was found`, `crashed: ended with SIGILL`."""
    missing = record["state"] == "missing"
    return str(record["reason"]) if missing else f"{record['state']}: {record['reason']}"


def summary(frame: pd.DataFrame) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings and lines of a table with a column for each question: times, and ratios to the best.

    Contenders are in the order of the last question's ranking; those it lacks follow in the order
    of the question before, and so on. The last two lines are floor and limit.
    """
    asked = frames.records(frame.drop_duplicates(frames.QUESTION))
    numbered = frame.assign(question=frames.number_of_question(frame))
    ratios = {number: verdicts.ratios(group) for number, group in numbered.groupby("question")}
    found = frames.timed(numbered)
    found = found.assign(below=verdicts.is_below(found)).sort_values(
        ["question", "below", "median_ns"], ascending=[False, True, True]
    )
    cells = [
        against_fastest(one, ratios[one["question"]].get(one["kernel"]))
        for one in frames.records(found)
    ]
    columns = range(len(asked))
    table = (
        found.assign(cell=cells)
        .drop_duplicates(["question", "kernel"], keep="last")
        .pivot(index="kernel", columns="question", values="cell")
        .reindex(index=found["kernel"].unique(), columns=columns)
        .astype("string")
        .fillna(MISSING)
    )
    fastest = found.drop_duplicates("question").set_index("question").reindex(columns)
    ends = [
        (f"*{end}*", *map(numbers.duration, frames.values(fastest[f"{end}_ns"])))
        for end in ("floor", "limit")
    ]
    return ("", *map(questions.short_title, asked)), [*table.itertuples(name=None), *ends]


def against_fastest(time: Record, ratio: Record | None) -> str:
    """A time and its ratio to the fastest: `4.7 µs (1.3×)`; bold if there is no difference."""
    text = numbers.time_of(time)
    if verdicts.is_below_limit(time):
        return f"{text} ({verdicts.BELOW})"
    if ratio is None:
        return text
    if verdicts.is_fastest(ratio):
        return f"**{text}**"
    factor, verdict = numbers.ratio(ratio["value"]), verdicts.of_row(ratio)
    if verdict == verdicts.UNCERTAIN:
        return f"{text} ({factor}, {verdict})"
    return f"**{text} ({factor})**" if verdict == verdicts.EQUAL else f"{text} ({factor})"


def name(record: Record) -> str:
    """The contender, with remarks on its time: extrapolated, another optimizer, another loss."""
    remarks = ["extrapolated"] if verdicts.is_extrapolated(record) else []
    remarks += [record[one] for one in ("form", "reason") if record[one]]
    return f"{record['kernel']} ({', '.join(remarks)})" if remarks else str(record["kernel"])


def ratio_and_verdict(record: Record | None) -> tuple[str, str]:
    """A contender's ratio to the fastest and the verdict: `2.31 [2.25, 2.37]`, `slower`."""
    if record is None:
        return "", ""
    if verdicts.is_fastest(record):
        return "1", "fastest"
    return ratio_text(record), verdicts.of_row(record)


def ratio_text(record: Record) -> str:
    """A stored ratio with its interval: `2.31 [2.25, 2.37]`."""
    ends = (math.nan if record[end] is None else record[end] for end in ("low", "high"))
    return numbers.interval(record["value"], *ends)


def share(record: Record) -> str:
    """The limit as a percentage of the time."""
    if record["limit_ns"] is None:
        return MISSING
    return f"{numbers.significant(100 * record['limit_ns'] / record['median_ns'], 2)} %"


def pays_back(record: Record, ready: Record | None) -> str:
    """The cell on the build's payback: `12,000 calls`, `never` or `no build`.

    Without a contender whose build is free there is nothing to compare with.
    """
    if ranks.build_seconds(record) <= ranks.NO_BUILD_SECONDS:
        return "no build"
    if ready is None:
        return MISSING
    calls = ranks.calls_to_pay_back(record, ready)
    return "never" if calls is None else f"{numbers.about(calls)} calls"
