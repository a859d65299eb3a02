"""All charts of a report of the user's own runs, with the committed reference beside them.

What the user has not measured is shown from the reference, last, with the command that measures it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from benchmarks.measure import machines, reference_runs
from benchmarks.measure.frames import RUN
from benchmarks.measure.rows import RECORDED
from benchmarks.show.drawing.chart import Chart
from benchmarks.show.figures import catalogue, curves, history, others, rankings
from benchmarks.show.figures.beside import beside
from benchmarks.show.figures.selection import Runs, Stored, answering
from benchmarks.show.figures.sources import marked
from benchmarks.show.tables import numbers

TIMES = (rankings.ladder, curves.sizes, curves.batches)
"""The fixed charts that show times themselves: what they are about needs no other chart."""


def charts(
    own: Runs, reference: Runs, recorded: Path = RECORDED, registered: str = ""
) -> list[Chart]:
    """Charts of own runs, then those that only the reference can fill, then the history.

    `registered` is the name under which asv's records of this machine are stored in `recorded`.
    """
    fixed = of_reference(reference)
    found = [
        drawn
        for machine in own.machines
        for drawn in of_machine(own.on(machine), reference, fixed, len(own.machines) > 1)
    ]
    titles = [chart.name for chart in found]
    measured = [replace(chart, name=unique(titles, k)) for k, chart in enumerate(found)]
    lacking = [only_reference(one) for one in fixed if one.name not in titles]
    return [*measured, *lacking, past(recorded, registered)]


@cache
def of_reference(reference: Runs) -> tuple[Chart, ...]:
    """The fixed charts of the reference, drawn once however many reports show them."""
    load = answering(reference, reference)
    return tuple(draw(load) for draw in catalogue.FROM_ROWS)


def of_machine(own: Runs, reference: Runs, fixed: Sequence[Chart], several: bool) -> list[Chart]:
    """The charts of one machine's runs; `several` if there are other machines' too."""
    load = answering(reference, own)
    shown = []
    for draw, other in zip(catalogue.FROM_ROWS, fixed, strict=True):
        mine = draw(load)
        if mine.panels:
            used = own.named(load(*mine.sources)[RUN].dropna())
            asked = [commands(missing(own, reference, other))]
            shown.append((mine, other, used, asked))
    sources = {
        source
        for draw, other in zip(catalogue.FROM_ROWS, fixed, strict=True)
        if draw in TIMES
        for source in other.sources
    }
    known = [topic for run in reference.named(sources).values() for topic in run.answered]
    for mine, other, topics in others.charts(own, reference, known):
        used = own.named(own.rows(topics)[RUN].dropna())
        shown.append((mine, other, used, []))
    return [
        replace(
            marked(beside(mine, other, label(other))),
            sources=tuple(used),
            remarks=[text for text in (*origin(own, list(used.values()), several), *asked) if text],
        )
        for mine, other, used, asked in shown
    ]


def unique(names: Sequence[str], number: int) -> str:
    """A chart's name, followed by a number if charts of other machines before it have that name."""
    before = names[:number].count(names[number])
    return f"{names[number]}-{before + 1}" if before else names[number]


def label(reference: Chart) -> str:
    """The name of the reference's series: `reference, AMD EPYC (Zen 3, avx2, 2 cores)`."""
    return f"reference, {machines.listed(reference.rows)}"


def origin(own: Runs, used: Sequence[Stored], several: bool) -> list[str]:
    """Sentences on where rows are from: the machine if there are several, and unfinished runs."""
    machine = [f"Measured on {own.machines[0]}."] if several else []
    return machine + [
        f"The run {one.name} is not complete ({one.header.state}); what it measured is shown."
        for one in used
        if not one.is_complete
    ]


def missing(own: Runs, reference: Runs, chart: Chart) -> list[str]:
    """The reference runs of a chart that answer something that no own run answers."""
    answered = set(own.topics)
    asked = reference.named(chart.sources)
    return [name for name, run in asked.items() if not answered.issuperset(run.answered)]


def commands(names: Sequence[str]) -> str:
    """A sentence on how to measure what these reference runs measure; empty without names."""
    runs = reference_runs.named(list(names)) if names else []
    told = [f"{run.command} (about {numbers.count(run.minutes, 'minute')})" for run in runs]
    return f"Not measured here: {'; '.join(told)}." if told else ""


def only_reference(chart: Chart) -> Chart:
    """A chart of the reference alone, for want of own runs, which says so."""
    where = machines.listed(chart.rows) or "another machine"
    told = [
        f"Not your machine: the committed reference, measured on {where}.",
        commands(chart.sources),
    ]
    shown = replace(chart, is_reference=True, remarks=told)
    return marked(shown) if chart.panels else replace(shown, finding="There is no run of this.")


def past(recorded: Path, registered: str) -> Chart:
    """The history of this machine if there are records of it, else the reference's."""
    chart = history.history(recorded, registered)
    if not chart.panels or history.machine(recorded, registered) == registered:
        return chart
    told = "Not your machine: the committed records. To record this machine's: make dashboard."
    return replace(chart, is_reference=True, remarks=[told])
