"""Rankings of contenders as tables, from stored rows, and the advice that follows from each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from benchmarks.measure import frames, verdicts
from benchmarks.measure.frames import Record
from benchmarks.show.tables import numbers, questions

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
CLOSE = 1.1
"""Gains below this factor are told with a digit more."""
NO_BUILD_SECONDS = 0.02
"""Builds up to this duration count as free."""


def measured(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with a time, the fastest first."""
    return frames.timed(frame).sort_values("median_ns", kind="stable")


def times(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with a time that is not below the limit, the fastest first."""
    found = measured(frame)
    return found[~verdicts.is_below(found)]


def below_limit(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with a time below the limit; tables show them, but never as the fastest."""
    found = measured(frame)
    return found[verdicts.is_below(found)]


def comparable(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of `times` without trainings on another loss, which answer another question."""
    found = times(frame)
    return found[found["reason"].fillna("") == ""]


def by_kernel(frame: pd.DataFrame) -> dict[str, Record]:
    """The times that count, by their kernels."""
    return {str(one["kernel"]): one for one in frames.records(times(frame))}


def headings(group: pd.DataFrame) -> tuple[str, ...]:
    """The headings of a ranking."""
    return tuple(text.format(each=what_is_timed(frames.first(group))) for text in HEADINGS)


def what_is_timed(record: Record) -> str:
    """A call, an iteration of the article's training, or a step of another."""
    if record["operation"] != "train":
        return "call"
    return "step" if record["training"] else "iteration"


def lines(group: pd.DataFrame) -> list[tuple[str, ...]]:
    """Lines of the contenders with a time: the fastest first, then those below the limit."""
    ratios, ready = verdicts.ratios(group), fastest_without_build(group)
    counted = [
        line(time, *ratio_and_verdict(ratios.get(time["kernel"])), pays_back(time, ready))
        for time in frames.records(times(group))
    ]
    marked = [line(time, "", verdicts.BELOW, "") for time in frames.records(below_limit(group))]
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


def build_seconds(record: Record) -> float:
    """Duration of the build; 0 if it is not known."""
    return float(record["build_seconds"] or 0.0)


def fastest_without_build(group: pd.DataFrame) -> Record | None:
    """The fastest contender whose build counts as free, or None."""
    found = comparable(group)
    ready = found[found["build_seconds"].fillna(0) <= NO_BUILD_SECONDS]
    return None if ready.empty else frames.first(ready)


def calls_to_pay_back(
    record: Record, ready: Record | None, build: str = "build_seconds"
) -> float | None:
    """Number of calls after which a build has saved more time than it took; None if it never does.

    `ready` is the fastest contender whose build counts as free; `build` is the field of the build's
    duration.
    """
    if ready is None or record["median_ns"] >= ready["median_ns"]:
        return None
    saved = ready["median_ns"] - record["median_ns"]
    return float(((record[build] or 0.0) - (ready[build] or 0.0)) * 1e9 / saved)


def is_cached(record: Record) -> bool:
    """True if what a first build leaves on disk at least halves those of later processes."""
    later = record["rebuild_seconds"]
    return later is not None and bool(2 * later <= build_seconds(record))


def pays_back(record: Record, ready: Record | None) -> str:
    """The cell on the build's payback: `1200 calls`, `never` or `no build`.

    Without a contender whose build is free there is nothing to compare with.
    """
    if build_seconds(record) <= NO_BUILD_SECONDS:
        return "no build"
    if ready is None:
        return MISSING
    calls = calls_to_pay_back(record, ready)
    return "never" if calls is None else f"{numbers.significant(calls, 2)} calls"


def advice(group: pd.DataFrame) -> str:
    """A sentence on which kernel to use, and one on times below the limit."""
    below = frames.records(below_limit(group))
    out = [f"{one['kernel']} ({share(one)} of it)" for one in below]
    wrong = f" Below the limit, and so wrong: {', '.join(out)}." if out else ""
    return recommendation(group) + wrong


def recommendation(group: pd.DataFrame) -> str:
    """A sentence on which kernel to use, or that the times are too uncertain to recommend one."""
    ranked = frames.records(comparable(group))
    if not ranked:
        return "Nothing could be timed." if below_limit(group).empty else "Nothing to recommend."
    ratios = verdicts.ratios(group)
    first = ranked[0]
    timed = what_is_timed(first)
    each, many = f"{'an' if timed == 'iteration' else 'a'} {timed}", f"{timed}s"
    vague = [uncertainty(one, ratios.get(one["kernel"]), each) for one in ranked
             if verdicts.is_uncertain(one, ratios.get(one["kernel"]))]  # fmt: skip
    if vague:
        return (
            f"Too uncertain to recommend anything: {'; '.join(vague)}. Measure again with more "
            "--rounds, on an idle machine."
        )
    sentence = f"Use {first['kernel']}: {numbers.duration(first['median_ns'])} {each}"
    equal = [r["kernel"] for r in ranked[1:] if is_equal(ratios.get(r["kernel"]))]
    if equal:
        sentence += f" (no difference from {', '.join(equal)})"
    ready = fastest_without_build(group)
    calls = calls_to_pay_back(first, ready)
    if ready is None or calls is None:
        reached = f", {share(first)} of what the machine allows" if first["limit_ns"] else ""
        return f"{sentence}{reached}."
    times = ready["median_ns"] / first["median_ns"]
    gain = numbers.significant(times, 2 if times >= CLOSE else 3)
    text = (
        f"{sentence}, {gain} times as fast as {ready['kernel']}, the best that needs no build; its "
        f"{numbers.seconds(first['build_seconds'])} of building are paid back after "
        f"{numbers.significant(max(calls, 1), 2)} {many}"
    )
    calls = calls_to_pay_back(first, ready, "rebuild_seconds")
    if calls is None or not is_cached(first):
        return f"{text}."
    return (
        f"{text}, the {numbers.seconds(first['rebuild_seconds'])} of a later process, which finds "
        f"the code on disk, after {numbers.significant(max(calls, 1), 2)}."
    )


def leader(group: pd.DataFrame) -> str:
    """The fastest contender and those that may be as fast: `jax or jitted, no difference`."""
    ranked = list(comparable(group)["kernel"].unique())
    rivals = verdicts.rivals(group)
    names = [name for name in ranked if name == ranked[0] or name in rivals]
    if len(names) == 1:
        return str(names[0])
    unsure = verdicts.UNCERTAIN in (rivals[name] for name in names[1:])
    return f"{' or '.join(names)}, {verdicts.UNCERTAIN if unsure else verdicts.EQUAL}"


def is_equal(ratio: Record | None) -> bool:
    """True if the verdict on a contender is "no difference" from the fastest."""
    return ratio is not None and verdicts.of_row(ratio) == verdicts.EQUAL


def uncertainty(time: Record, ratio: Record | None, each: str) -> str:
    """A clause on an uncertain time: `jax takes 1.8 [0.9, 3.2] times as long as specialized`."""
    if ratio is None or verdicts.is_fastest(ratio):
        text = numbers.time_interval_of(time)
        return f"{time['kernel']} takes {text} {each}"
    return f"{time['kernel']} takes {ratio_text(ratio)} times as long as {ratio['against']}"
