"""Every figure there is, in the order in which they are shown."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import stored, verdicts
from benchmarks.measure.environment import ROOT
from benchmarks.measure.stored import Load
from benchmarks.show.figures import curves, experiment, history, iterations, rankings
from benchmarks.show.figures.chart import Chart

if TYPE_CHECKING:
    import pandas as pd

RECORDED = ROOT / "results" / "asv"
DRAWN = (*rankings.CHARTS, *curves.CHARTS, *experiment.CHARTS, *iterations.CHARTS)


def charts(reference: Path, recorded: Path = RECORDED) -> list[Chart]:
    """All charts, from the runs stored in a folder and, the last, from what asv recorded.

    Of a run that is not there a chart has no rows, and says so.
    """

    @cache
    def load(*runs: str) -> pd.DataFrame:
        paths = (reference / run for run in runs)
        return stored.load(*(path for path in paths if path.is_dir()))

    drawn = [told(draw(load), load) for draw in DRAWN]
    return [*drawn, history.history(recorded)]


def told(chart: Chart, load: Load) -> Chart:
    """The chart, with the runs it lacks among what is missing, and with what it leaves out."""
    absent = [run for run in chart.sources if load(run).empty]
    finding = chart.finding
    if not chart.panels:
        asked = " ".join(absent or chart.sources)
        finding = f"Not measured yet: python -m benchmarks reference {asked}."
    title = chart.title
    if out := dict.fromkeys(verdicts.below_limit(chart.rows)):
        title += f" (without what is below the limit: {', '.join(out)})"
    return replace(chart, title=title, missing=[*absent, *chart.missing], finding=finding)
