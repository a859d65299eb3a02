"""Advice that follows from a ranking: which kernel to use, or that nothing can be recommended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measure import frames, verdicts
from benchmarks.measure.frames import Record
from benchmarks.show.tables import ladder_table, numbers, ranks

if TYPE_CHECKING:
    import pandas as pd

CLOSE = 1.1
"""Gains below this factor are told with a digit more."""


def advice(group: pd.DataFrame) -> str:
    """A sentence on which kernel to use, and one on times below the limit."""
    below = frames.records(ranks.below_limit(group))
    out = [f"{one['kernel']} ({ladder_table.share(one)} of it)" for one in below]
    wrong = f" Below the limit, and so wrong: {', '.join(out)}." if out else ""
    return recommendation(group) + wrong


def recommendation(group: pd.DataFrame) -> str:
    """A sentence on which kernel to use, or that the times are too uncertain to recommend one."""
    ranked = frames.records(ranks.comparable(group))
    if not ranked:
        return (
            "Nothing could be timed." if ranks.below_limit(group).empty else "Nothing to recommend."
        )
    ratios = verdicts.ratios(group)
    first = ranked[0]
    timed = ranks.what_is_timed(first)
    each, many = f"{'an' if timed == 'iteration' else 'a'} {timed}", f"{timed}s"
    vague = [
        uncertainty(one, ratios.get(one["kernel"]), each)
        for one in ranked
        if verdicts.is_uncertain(one, ratios)
    ]
    if vague:
        return (
            f"Too uncertain to recommend anything: {'; '.join(vague)}. Measure again with more "
            "--rounds, on an idle machine."
        )
    sentence = f"Use {first['kernel']}: {taken(first)} {each}"
    equal = [r["kernel"] for r in ranked[1:] if is_equal(ratios.get(r["kernel"]))]
    if equal:
        sentence += f" (no difference from {', '.join(equal)})"
    ready = ranks.fastest_without_build(group)
    calls = ranks.calls_to_pay_back(first, ready)
    if ready is None or calls is None:
        reached = (
            f", {ladder_table.share(first)} of what the machine allows" if first["limit_ns"] else ""
        )
        return f"{sentence}{reached}."
    times = ready["median_ns"] / first["median_ns"]
    gain = numbers.significant(times, 2 if times >= CLOSE else 3)
    text = (
        f"{sentence}, {gain} times as fast as {ready['kernel']}, the fastest without a build. The "
        f"first build of {first['kernel']} takes {numbers.seconds(first['build_seconds'])} and "
        f"{paid_back(calls, many)}"
    )
    calls = ranks.calls_to_pay_back(first, ready, "rebuild_seconds")
    if calls is None or not ranks.is_cached(first):
        return f"{text}."
    return (
        f"{text}; a later process loads the code from disk in "
        f"{numbers.seconds(first['rebuild_seconds'])}, which {paid_back(calls, many)}."
    )


def taken(time: Record) -> str:
    """A time, with its interval if it is vague: `1.5 µs`, `32.2 [27.9, 37.2] µs`."""
    if verdicts.is_vague(time["median_ns"], time["low_ns"], time["high_ns"]):
        return numbers.time_interval_of(time)
    return numbers.duration(time["median_ns"])


def paid_back(calls: float, many: str) -> str:
    """After how many calls a build pays back: `pays back after 42,000 calls`."""
    return "pays back at once" if calls <= 1 else f"pays back after {numbers.about(calls)} {many}"


def leader(group: pd.DataFrame) -> str:
    """The fastest contender and those that may be as fast: `jax or jitted, no difference`."""
    ranked = list(ranks.comparable(group)["kernel"].unique())
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
    text = ladder_table.ratio_text(ratio)
    return f"{time['kernel']} takes {text} times as long as {ratio['against']}"
