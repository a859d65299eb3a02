"""The figures of the reference runs and the report, made once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.measure.rows import REFERENCE
from benchmarks.show.drawing.chart import Chart
from benchmarks.show.figures import catalogue as figures
from benchmarks.show.figures.sources import runs_in
from benchmarks.show.pages import report as page
from benchmarks.show.pictures.catalogue import pictures
from tests.running import run


@pytest.fixture(scope="session")
def charts() -> dict[str, Chart]:
    """All figures of the report by name."""
    shown = [one.drawing for one in pictures()]
    drawn = [*figures.charts(runs_in(REFERENCE)), *page.charts_of(shown)]
    return {chart.name: chart for chart in drawn}


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report, as `python -m benchmarks report` writes it; SVG files are in `svg` beside it."""
    out = tmp_path_factory.mktemp("report")
    result = run("report", "--reference", "--out", str(out), "--figures", str(out / "svg"))
    assert result.returncode == 0, result.stderr
    assert "report.html" in result.stderr
    return out / "report.html"
