"""The ladder as a table, from stored rows: who is fastest, by how much, how near to the limit."""

from __future__ import annotations

import math
from typing import Any

from benchmarks.report import numbers

Record = dict[str, Any]
MISSING = "–"
HEADINGS = (
    "",
    "time per call",
    "times the fastest",
    "",
    "of the limit",
    "build",
    "again",
    "pays back after",
)
NO_BUILD_SECONDS = 0.02
"""What takes no longer to prepare than a blink needs no paying back."""
QUESTIONS = {
    "forward": "one sample at a time",
    "forward_batch": "a batch of {samples}",
    "gradient": "the gradient over {samples}",
    "train": "training, an iteration over {samples}",
}
SHORT_QUESTIONS = {"gradient": ["gradient"], "train": ["an iteration of training"]}


def groups(records: list[Record]) -> list[list[Record]]:
    """The records of each question, in the order in which they were asked."""
    keys = ("workload", "operation", "dtype", "rows", "threads")
    found: dict[tuple[Any, ...], list[Record]] = {}
    for record in records:
        found.setdefault(tuple(record.get(key) for key in keys), []).append(record)
    return list(found.values())


def title(records: list[Record]) -> str:
    """`100-100-50-10, one sample at a time, float64, 1 thread`."""
    one = records[0]
    what = QUESTIONS[one["operation"]].format(samples=numbers.count(one["rows"] or 1, "sample"))
    threads = numbers.count(one["threads"], "thread")
    return f"{one['workload']}, {what}, {one['dtype']}, {threads}"


def short_title(records: list[Record]) -> str:
    """`100-100-50-10`, `64-30-10 × 1078, gradient, 2 threads`: what is not as usual."""
    one = records[0]
    parts = [one["workload"] + (f" × {one['rows']}" if (one["rows"] or 1) > 1 else "")]
    parts += SHORT_QUESTIONS.get(one["operation"], [])
    parts += [one["dtype"]] if one["dtype"] != "float64" else []
    parts += [numbers.count(one["threads"], "thread")] if one["threads"] > 1 else []
    return ", ".join(parts)


def times(records: list[Record]) -> list[Record]:
    """The rows with a time, the fastest first."""
    timed = [r for r in records if r["quantity"] == "time" and r["state"] == "ok"]
    return sorted(timed, key=lambda r: r["median_ns"])


def alike(records: list[Record]) -> list[Record]:
    """Those with a time that do just what was asked, which a training on another loss does not."""
    return [record for record in times(records) if not record["reason"]]


def lines(records: list[Record]) -> list[tuple[str, ...]]:
    """A line a contender, the fastest first; at the end those without a time, and why."""
    ratios = {r["kernel"]: r for r in records if r["quantity"] == "ratio"}
    found: list[tuple[str, ...]] = [
        (
            name(time),
            numbers.duration_interval(time["median_ns"], time["low_ns"], time["high_ns"]),
            *ratio_and_verdict(ratios.get(time["kernel"])),
            share(time),
            numbers.duration(time["build_seconds"] * 1e9),
            numbers.duration(time["rebuild_seconds"] * 1e9),
            pays_back(time, records),
        )
        for time in times(records)
    ]
    untimed = (r for r in records if r["quantity"] == "time" and r["state"] != "ok")
    blank = ("",) * (len(HEADINGS) - 2)
    return found + [(one["kernel"], reason(one), *blank) for one in untimed]


def reason(record: Record) -> str:
    """`not installed`, or what else happened."""
    if record["state"] == "missing":
        text = str(record["reason"])
        return "not installed" if text.endswith("is not installed") else text
    return f"{record['state']}: {record['reason']}"


def summary(records: list[Record]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings and lines of all questions side by side: time, and how many times the fastest's.

    The contenders stand in the order of the last question's ranking, then of those before; below
    them floor and limit.
    """
    asked = groups(records)
    found = [{record["kernel"]: record for record in times(group)} for group in asked]
    ratios = [{r["kernel"]: r for r in group if r["quantity"] == "ratio"} for group in asked]
    lines = [
        (
            label,
            *(
                against_fastest(there[label], ratio.get(label)) if label in there else MISSING
                for there, ratio in zip(found, ratios, strict=True)
            ),
        )
        for label in dict.fromkeys(label for there in reversed(found) for label in there)
    ]
    for end in ("floor", "limit"):
        first = (next(iter(there.values()))[f"{end}_ns"] for there in found)
        lines.append((f"*{end}*", *(numbers.duration(ns) for ns in first)))
    return ("", *(short_title(group) for group in asked)), lines


def against_fastest(time: Record, ratio: Record | None) -> str:
    """`4.7 µs (1.3×)`; the fastest, and what cannot be told from it, in bold."""
    text = numbers.duration(time["median_ns"], time["low_ns"], time["high_ns"])
    if ratio is None:
        return text
    if ratio["verdict"] is None:
        return f"**{text}**"
    text += f" ({numbers.ratio(ratio['value'])})"
    return f"**{text}**" if ratio["verdict"] == "no difference" else text


def name(record: Record) -> str:
    """The contender, and what must be known of its time."""
    remarks = ["extrapolated"] if record["extrapolated_from"] else []
    remarks += [record["reason"]] if record["reason"] else []
    return f"{record['kernel']} ({', '.join(remarks)})" if remarks else str(record["kernel"])


def ratio_and_verdict(record: Record | None) -> tuple[str, str]:
    """`2.31 [2.25, 2.37]` and `slower`."""
    if record is None:
        return "", ""
    if record["verdict"] is None:
        return "1", "fastest"
    ends = (math.nan if record[end] is None else record[end] for end in ("low", "high"))
    return numbers.interval(record["value"], *ends), record["verdict"]


def share(record: Record) -> str:
    """The limit as a part of the time."""
    return f"{numbers.significant(100 * record['limit_ns'] / record['median_ns'], 2)} %"


def unbuilt(records: list[Record]) -> Record | None:
    """The fastest of those that need no build worth the name."""
    ready = [r for r in alike(records) if r["build_seconds"] <= NO_BUILD_SECONDS]
    return ready[0] if ready else None


def calls_to_pay_back(record: Record, records: list[Record]) -> float | None:
    """After how many calls a build has cost less than it saved; None if it never does."""
    best = unbuilt(records)
    if best is None or record["median_ns"] >= best["median_ns"]:
        return None
    saved = best["median_ns"] - record["median_ns"]
    return float((record["build_seconds"] - best["build_seconds"]) * 1e9 / saved)


def pays_back(record: Record, records: list[Record]) -> str:
    """The number of calls, or why there is none."""
    if record["build_seconds"] <= NO_BUILD_SECONDS:
        return "no build"
    calls = calls_to_pay_back(record, records)
    return "never" if calls is None else f"{numbers.significant(calls, 2)} calls"


def advice(records: list[Record]) -> str:
    """One sentence on what to write."""
    ranked = alike(records)
    if not ranked:
        return "Nothing could be timed."
    ratios = {r["kernel"]: r for r in records if r["quantity"] == "ratio"}
    first = ranked[0]
    level = [r["kernel"] for r in ranked[1:] if ratios[r["kernel"]]["verdict"] == "no difference"]
    each, many = ("a call", "calls")
    if first["operation"] == "train":
        each, many = ("an iteration", "iterations")
    sentence = f"Use {first['kernel']}: {numbers.duration(first['median_ns'])} {each}"
    if level:
        sentence += f" ({', '.join(level)} cannot be told from it)"
    best = unbuilt(records)
    calls = calls_to_pay_back(first, records)
    if best is None or best is first or calls is None:
        return f"{sentence}, {share(first)} of what the machine allows."
    gain = numbers.significant(best["median_ns"] / first["median_ns"], 2)
    return (
        f"{sentence}, {gain} times as fast as {best['kernel']}, the best that needs no build; its "
        f"{numbers.duration(first['build_seconds'] * 1e9)} of building are paid back after "
        f"{numbers.significant(max(calls, 1), 2)} {many}."
    )
