"""Every figure of the reference runs, made once."""

from __future__ import annotations

import pytest

from benchmarks.show.drawing.chart import Chart
from benchmarks.show.figures import catalogue as figures
from benchmarks.show.figures.sources import runs_in
from benchmarks.show.pages import report as page
from benchmarks.show.pages.readme import REFERENCE
from benchmarks.show.pictures.catalogue import pictures


@pytest.fixture(scope="session")
def charts() -> dict[str, Chart]:
    shown = [one.drawing for one in pictures()]
    drawn = [*figures.charts(runs_in(REFERENCE)), *page.charts_of(shown)]
    return {chart.name: chart for chart in drawn}
