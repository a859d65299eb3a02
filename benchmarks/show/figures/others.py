"""Charts of the user's runs of questions that no fixed figure is about.

Their titles are made from the questions: rankings of what was asked alike about several networks
are panels of one chart, and each crossover is a chart of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measure import frames
from benchmarks.measure.stored import Load
from benchmarks.show.drawing.chart import Axis, Chart, Panel
from benchmarks.show.figures import curves, rankings
from benchmarks.show.figures.points import TIME, lines
from benchmarks.show.figures.selection import Runs, Topic
from benchmarks.show.tables import numbers, questions, ranks

if TYPE_CHECKING:
    import pandas as pd

AGAINST = {
    "batch": "against the size of the batch",
    "width": "against the size of the network",
    "threads": "against the number of threads",
}
"""The end of a crossover's title, for each value of the option --crossover."""


class Other(NamedTuple):
    """A chart of own runs, the same of the reference, and what both are about."""

    own: Chart
    reference: Chart
    topics: Sequence[Topic]


def charts(own: Runs, reference: Runs, fixed: Iterable[Topic]) -> list[Other]:
    """The charts of what was measured besides the topics that the fixed charts show."""
    drawn = set(fixed)
    topics = [topic for topic in own.topics if topic not in drawn and len(topic) > 1]
    groups: dict[str, list[Topic]] = {}
    for topic in topics:
        groups.setdefault(title(topic, own.rows([topic])), []).append(topic)
    found = []
    for number, (text, alike) in enumerate(groups.items(), start=1):
        both = (draw(alike[0].axis, runs.rows(alike)) for runs in (own, reference))
        mine, other = (replace(one, name=f"other-{number}") for one in both)
        names = [panel.title for panel in mine.panels]
        network = f"{names[0]}, " if len(names) == 1 else ""
        shown = text if alike[0].axis else f"Time per call: {network}{text}"
        if names:
            found.append(Other(replace(mine, title=shown), other, alike))
    return found


def title(topic: Topic, frame: pd.DataFrame) -> str:
    """What was asked about the networks of this topic; of a crossover the whole title."""
    timed = frames.first(ranks.measured(frame))
    if not topic.axis:
        return questions.asked(timed)
    network = topic[2] or questions.network(timed)
    rows = timed["rows"] if topic.axis != "batch" else None
    samples = f" of {numbers.count(rows, 'sample')}" if rows else ""
    how = timed["training"] or timed["dtype"]
    return f"{network}, {timed['operation']}{samples}, {how}: {AGAINST[topic.axis]}"


def draw(axis: str, frame: pd.DataFrame) -> Chart:
    """The chart of a crossover along an axis; without one, a ranking a network."""

    def load(*_: str) -> pd.DataFrame:
        return frame

    makers = {"batch": curves.batches, "width": curves.sizes, "threads": threads}
    return makers.get(axis, rankings.ladder)(load)


def threads(load: Load) -> Chart:
    """Time of a call against the number of threads."""
    frame = load()
    series = lines(frame, frame["threads"])
    text = curves.winners(frame, frame["threads"], "threads") + curves.crossings(frame)
    panels = [Panel("", Axis("threads"), TIME, series)] if series else ()
    return Chart("threads", "", text, panels, rows=frames.records(frame), columns=1)
