"""Every figure of the reference runs, made once."""

from __future__ import annotations

import pytest

from benchmarks.show.figures import all as figures
from benchmarks.show.figures import page
from benchmarks.show.figures.chart import Chart
from benchmarks.show.pictures import pictures
from benchmarks.show.tables.readme import REFERENCE


@pytest.fixture(scope="session")
def charts() -> dict[str, Chart]:
    drawn = [*figures.charts(REFERENCE), *page.charts_of(pictures.drawings())]
    return {chart.name: chart for chart in drawn}
