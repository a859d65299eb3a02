"""The chart of a sweep: the scores of each setting over its seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measure import frames
from benchmarks.show.drawing.chart import Axis, Chart, Panel, Series
from benchmarks.show.tables import sweep_table
from benchmarks.show.tables.sweep_table import Line

if TYPE_CHECKING:
    import pandas as pd

MOST = 30
"""Settings in a chart: those with the highest medians."""
NOTE = (
    "Point: median over the seeds. Coloured bar: from the lower to the upper quartile. Grey bar: "
    "from the least to the most. Trainings that diverged are not among them."
)


def chart(frame: pd.DataFrame) -> Chart | None:
    """The settings with their scores, the best one last; None if all trainings diverged."""
    ranked = [one for one in sweep_table.settings(frame) if one.median is not None]
    shown = ranked[:MOST]
    if not shown:
        return None
    score = sweep_table.kind(frame)
    names = labels(shown)
    medians = [one.median or 0.0 for one in shown]
    quartiles = [one.spread[1:3] for one in shown]
    unit = f" in {score.unit}" if score.unit else ""
    panel = Panel(
        "",
        Axis(f"{score.name} on the held-out samples{unit}"),
        Axis(scale="category"),
        (
            Series("range", medians, names, low=[one.spread[0] for one in shown],
                   high=[one.spread[-1] for one in shown]),
            Series("quartiles", medians, names, colour=0, low=[low for low, _ in quartiles],
                   high=[high for _, high in quartiles]),
        ),
    )  # fmt: skip
    left_out = len(ranked) - len(shown)
    notes = [NOTE] + ([f"The best {MOST} settings; {left_out} are not shown."] if left_out else [])
    records = frames.records(frame)
    finding = sweep_table.summary(frame)
    return Chart("sweep", sweep_table.title(frame), finding, [panel], rows=records, notes=notes,
                 columns=1)  # fmt: skip


def labels(lines: list[Line]) -> list[str]:
    """A name for each setting: what is not the same in all of them."""
    parts = [(one.network, one.training, f"{one.passes} passes") for one in lines]
    varied = [k for k in range(3) if len({part[k] for part in parts}) > 1] or [0]
    return [", ".join(part[k] for k in varied) for part in parts]
