"""Charts that compare contenders: times, shares of the limit, duels with the fastest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.article.figures import FIGURES
from benchmarks.measure import frames, verdicts
from benchmarks.measure.frames import values
from benchmarks.measure.stored import Load
from benchmarks.show.drawing.chart import Axis, Chart, Mark, Panel, Series
from benchmarks.show.figures.curves import parameters
from benchmarks.show.figures.points import (
    FLOOR,
    LIMIT,
    NAMES,
    TIME,
    colour_of,
    not_offered,
    note,
    ranking,
    untimed,
)
from benchmarks.show.tables import ladder_table, numbers, questions, ranks, recommend
from kernels import LADDER

if TYPE_CHECKING:
    import pandas as pd

BATCHES = ("batch", "batch-digits")
SHARE = "100 %: as fast as the limit."
INTERVAL = (
    "Each was measured in turns with the fastest; the line through a point is the 95 % confidence "
    "interval of the ratio, and ends with an arrow where it leaves the picture."
)
CLOSE = 3.0
"""Contenders slower than the fastest by this factor are left out of the chart of duels."""


def ladder(load: Load) -> Chart:
    """Times of every contender on the article's networks, with published times, floor and limit."""
    frame = load("forward")
    panels, gains = [], []
    for group in frames.questions(frame):
        ranked = ranks.times(group)
        if ranked.empty:
            continue
        first, last = frames.first(ranked), frames.first(ranked.tail(1))
        workload, network = first["workload"], frames.network(first)
        ends = ("floor", "limit")
        marks = [Mark(end, first[f"{end}_ns"]) for end in ends if first[f"{end}_ns"]]
        marks += published(workload, first["operation"])
        panels.append(Panel(network, TIME, NAMES, ranking(ranked), marks))
        gains.append(
            f"{workload} in {numbers.duration(first['median_ns'])} ({recommend.leader(group)}), "
            f"{numbers.significant(last['median_ns'] / first['median_ns'], 2)} times as fast as "
            f"the slowest ({last['kernel']}, {numbers.duration(last['median_ns'])})"
        )
    return Chart(
        "ladder",
        "Time per call, one sample at a time",
        f"The fastest takes {'; '.join(gains)}.",
        panels,
        ("forward",),
        frames.records(frame),
        untimed(frame),
        [LIMIT, FLOOR, *derived(panels), *not_offered(frame)],
    )


def published(workload: str, operation: str = "forward") -> list[Mark]:
    """Marks at the times that the article publishes for a network; an asterisk if derived.

    The article's training has none: it took "several minutes", for all of its iterations.
    """
    return [
        Mark(
            f"article, {figure.kernel}" + "*" * bool(figure.derived),
            nanoseconds(figure.value),
        )
        for figure in FIGURES
        if (figure.workload, figure.operation, figure.quantity) == (workload, operation, "time")
        and operation != "train"
    ]


def derived(panels: list[Panel]) -> list[str]:
    """The sentence that explains the asterisk; empty if no mark has one."""
    marked = any(mark.name.endswith("*") for panel in panels for mark in panel.marks)
    return ["*: not printed in the article, but follows from what it prints."] if marked else []


def nanoseconds(text: str) -> float:
    """Nanoseconds of a time as the article prints it: `40 µs` or `about 40 µs`."""
    *_, value, unit = text.split()
    return float(value) * dict(numbers.UNITS)[unit]


def shares(load: Load) -> Chart:
    """Share of the limit that each rung reaches, for several operations."""
    asked = {
        "one sample": ("forward",),
        "batches": BATCHES,
        "gradients of batches": ("gradient",),
        "training": ("train",),
    }
    panels, best = [], []
    for title, runs in asked.items():
        timed = ranks.times(load(*runs))
        known = timed[timed["limit_ns"] > 0]
        series = [share(rung, number, known[known["kernel"] == rung])
                  for number, rung in enumerate(LADDER)]  # fmt: skip
        shown = [one for one in series if one.x]
        if shown:
            axis = Axis("share of the limit, %", low=0, high=100)
            panels.append(Panel(title, Axis("weights and biases", "log"), axis, shown))
            reached = [float(y) for y in shown[-1].y]
            if shown[-1].name == LADDER[-1]:
                best.append(f"{min(reached):.0f} to {max(reached):.0f} % for {title}")
    sources = tuple(run for runs in asked.values() for run in runs)
    return Chart(
        "limits",
        "How close each rung comes to what the machine allows",
        f"Of the limit, the {LADDER[-1]} rung reaches {', '.join(best)}.",
        panels,
        sources,
        frames.records(load(*sources)),
        notes=(SHARE, LIMIT),
    )


def share(rung: str, number: int, times: pd.DataFrame) -> Series:
    """Share of the limit that a rung reaches, against the size of the network."""
    ordered = times.assign(x=parameters(times)).sort_values("x")
    shares = values(100 * ordered["limit_ns"] / ordered["median_ns"])
    notes = [f"{value:.3g} % of the limit; {note(r)}"
             for value, r in zip(shares, frames.records(ordered), strict=True)]  # fmt: skip
    return Series(rung, values(ordered["x"]), shares, "line", notes=notes, colour=number)


def duels(load: Load) -> Chart:
    """Ratio of each contender's time to the fastest's, with its interval."""
    runs = ("forward", *BATCHES, "gradient", "train")
    frame = load(*runs)
    panels: list[Panel] = []
    told: dict[str, list[str]] = {verdicts.EQUAL: [], verdicts.UNCERTAIN: []}
    for group in frames.questions(frame):
        ratios = verdicts.counted(group)
        others = ratios[(ratios["kernel"] != ratios["against"]) & ratios["low"].notna()]
        close = others[others["value"] < CLOSE]
        if close.empty:
            continue
        judged = close.assign(verdict=[verdicts.of_row(one) for one in frames.records(close)])
        title = questions.short_title(frames.first(group))
        slower = judged[~judged["verdict"].isin(list(told))]
        series = duel(slower)
        for verdict in told:
            rivals = judged[judged["verdict"] == verdict]
            series += duel(rivals, f" ({verdict})")
            told[verdict] += [f"{kernel} on {title}" for kernel in rivals["kernel"]]
        fastest = str(frames.first(close)["against"])
        axis = Axis(f"times as long as {fastest}", low=0.9, high=CLOSE)
        panels.append(Panel(title, axis, NAMES, series, [Mark(fastest, 1.0)]))
    said = {
        verdicts.EQUAL: "No different from the fastest",
        verdicts.UNCERTAIN: "Too uncertain to be told from the fastest",
    }
    parts = [f"{said[verdict]}: {', '.join(names)}." for verdict, names in told.items() if names]
    text = " ".join(parts) or f"All contenders within {CLOSE:g} times the fastest are slower."
    title = f"The fastest, and who needs less than {CLOSE:g} times as long"
    return Chart("duels", title, text, panels, runs, frames.records(frame), notes=(INTERVAL,))


def duel(ratios: pd.DataFrame, suffix: str = "") -> list[Series]:
    """Ratios of contenders with one verdict, a series each; `suffix` is appended to their names."""
    return [
        Series(
            f"{r['kernel']}{suffix}",
            [r["value"]],
            [f"{r['kernel']}{suffix}"],
            low=[r["low"]],
            high=[r["high"]],
            notes=[
                f"{r['kernel']} takes {ladder_table.ratio_text(r)} times as long as "
                f"{r['against']}: {r['verdict']}"
            ],
            colour=colour_of(r["kernel"]),
        )
        for r in frames.records(ratios)
    ]


CHARTS = (ladder, shares, duels)
