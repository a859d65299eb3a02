"""The charts that rank: times, shares of the limit, duels."""

from __future__ import annotations

from benchmarks.article.figures import FIGURES
from benchmarks.figures.chart import Axis, Chart, Mark, Panel, Record, Series
from benchmarks.figures.points import NAMES, TIME, Load, note, ranking, untimed
from benchmarks.measure import verdicts
from benchmarks.report import ladder_table, numbers
from benchmarks.report.article_table import find
from benchmarks.workloads import RUNGS

BATCHES = ("batch", "batch-digits")
CLOSE = 3.0
"""Who takes more times as long as the fastest is no matter for a duel."""


def ladder(load: Load) -> Chart:
    """Every contender on each of the article's networks, with its figures, floor and limit."""
    records = load("forward")
    panels, gains = [], []
    for group in verdicts.groups(records):
        ranked = ladder_table.times(group)
        if not ranked:
            continue
        first, last, workload = ranked[0], ranked[-1], ranked[0]["workload"]
        ends = ("floor", "limit")
        marks = [Mark(end, first[f"{end}_ns"]) for end in ends if first[f"{end}_ns"]]
        panels.append(Panel(workload, TIME, NAMES, ranking(ranked), marks + published(workload)))
        gains.append(
            f"{workload} in {numbers.duration(first['median_ns'])} ({ladder_table.leader(group)}), "
            f"{numbers.significant(last['median_ns'] / first['median_ns'], 2)} times as fast as "
            f"the slowest ({last['kernel']}, {numbers.duration(last['median_ns'])})"
        )
    return Chart(
        "ladder",
        "Time per call, one sample at a time",
        f"The fastest takes {'; '.join(gains)}.",
        panels,
        ("forward",),
        records,
        untimed(records),
    )


def published(workload: str) -> list[Mark]:
    """The article's times of a network; what it does not print is marked as derived."""
    return [
        Mark(
            f"article, {figure.kernel}" + (", derived" if figure.derived else ""),
            nanoseconds(figure.value),
        )
        for figure in FIGURES
        if (figure.workload, figure.operation, figure.quantity) == (workload, "forward", "time")
    ]


def nanoseconds(text: str) -> float:
    """`40 µs`, or `about 40 µs`, as a number."""
    *_, value, unit = text.split()
    return float(value) * dict(numbers.UNITS)[unit]


def shares(load: Load) -> Chart:
    """How much of what the machine allows each rung reaches."""
    asked = {
        "one sample": ("forward",),
        "batches": BATCHES,
        "gradients of batches": ("gradient",),
        "training": ("train",),
    }
    panels, best = [], []
    for title, runs in asked.items():
        timed = ladder_table.times([record for run in runs for record in load(run)])
        records = [record for record in timed if record["limit_ns"]]
        series = [share(rung, number, find(records, kernel=rung))
                  for number, rung in enumerate(RUNGS)]  # fmt: skip
        shown = [one for one in series if one.x]
        if shown:
            axis = Axis("limit / time, %", low=0, high=100)
            panels.append(Panel(title, NAMES, axis, shown))
            reached = [float(y) for y in shown[-1].y]
            best.append(f"{title} {min(reached):.0f} to {max(reached):.0f} %")
    sources = tuple(run for runs in asked.values() for run in runs)
    return Chart(
        "limits",
        "Share of what the machine allows",
        f"The {RUNGS[-1]} rung reaches of the limit: {', '.join(best)}.",
        panels,
        sources,
        [record for run in sources for record in load(run)],
    )


def share(rung: str, number: int, records: list[Record]) -> Series:
    """One rung's share of the limit on each network."""
    values = [100 * r["limit_ns"] / r["median_ns"] for r in records]
    notes = [f"{value:.3g} % of the limit; {note(r)}"
             for value, r in zip(values, records, strict=True)]  # fmt: skip
    names = [r["workload"] for r in records]
    return Series(rung, names, values, "bars", notes=notes, colour=number)


def duels(load: Load) -> Chart:
    """How many times as long as the fastest each takes, with intervals."""
    runs = ("forward", *BATCHES, "gradient", "train")
    records = [record for run in runs for record in load(run)]
    panels: list[Panel] = []
    told: dict[str, list[str]] = {verdicts.EQUAL: [], verdicts.UNCERTAIN: []}
    for group in verdicts.groups(records):
        close = [
            one
            for one in verdicts.ratios(group).values()
            if not verdicts.is_fastest(one) and one["value"] < CLOSE and one["low"] is not None
        ]
        if not close:
            continue
        title, fastest = ladder_table.short_title(group), close[0]["against"]
        by_verdict = {
            verdict: [one for one in close if verdicts.of_row(one) == verdict] for verdict in told
        }
        apart = [one for one in close if verdicts.of_row(one) not in told]
        series = [
            ratios("told apart", 0, apart),
            *(
                ratios(verdict, number, by_verdict[verdict], f" ({verdict})")
                for number, verdict in enumerate(told, start=1)
            ),
        ]
        axis = Axis(f"times {fastest}", low=0.8, high=CLOSE)
        shown = [one for one in series if one.x]
        panels.append(Panel(title, axis, NAMES, shown, [Mark("equal", 1.0)]))
        for verdict, found in by_verdict.items():
            told[verdict] += [f"{one['kernel']} on {title}" for one in found]
    said = {
        verdicts.EQUAL: "No different from the fastest",
        verdicts.UNCERTAIN: "Too uncertain to be told from the fastest",
    }
    parts = [f"{said[verdict]}: {', '.join(names)}." for verdict, names in told.items() if names]
    text = " ".join(parts) or f"Nobody within {CLOSE:g} times the fastest is level with it."
    title = f"Duels with the fastest, those within {CLOSE:g} times"
    return Chart("duels", title, text, panels, runs, records)


def ratios(name: str, number: int, records: list[verdicts.Record], suffix: str = "") -> Series:
    """Contenders against the fastest, with their intervals; `suffix` follows their names."""
    return Series(
        name,
        [r["value"] for r in records],
        [r["kernel"] + suffix for r in records],
        low=[r["low"] for r in records],
        high=[r["high"] for r in records],
        notes=[
            f"{r['kernel']} takes {numbers.interval(r['value'], r['low'], r['high'])} times as "
            f"long as {r['against']}: {verdicts.of_row(r)}"
            for r in records
        ],
        colour=number,
    )


CHARTS = (ladder, shares, duels)
