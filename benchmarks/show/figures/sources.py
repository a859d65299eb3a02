"""Stored runs for charts: those of a folder, and in each chart the names of missing ones."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import stored, verdicts
from benchmarks.measure.stored import Load
from benchmarks.show.drawing.chart import Chart

if TYPE_CHECKING:
    import pandas as pd


def runs_in(folder: Path) -> Load:
    """A function that loads runs of this folder by their names, each once.

    A missing run has no rows.
    """

    @cache
    def load(*runs: str) -> pd.DataFrame:
        paths = (folder / run for run in runs)
        return stored.load(*(path for path in paths if path.is_dir()))

    return load


def with_gaps(chart: Chart, load: Load) -> Chart:
    """The chart with missing runs in `missing`, and with times below the limit in its title."""
    absent = [run for run in chart.sources if load(run).empty]
    finding = chart.finding
    if not chart.panels:
        asked = " ".join(absent or chart.sources)
        finding = f"Not measured yet: python -m benchmarks reference {asked}."
    return replace(marked(chart), missing=[*absent, *chart.missing], finding=finding)


def marked(chart: Chart) -> Chart:
    """The chart with the contenders that have times below the limit in its title."""
    out = dict.fromkeys(verdicts.below_limit(chart.rows))
    told = f" (without what is below the limit: {', '.join(out)})" if out else ""
    return replace(chart, title=chart.title + told)
