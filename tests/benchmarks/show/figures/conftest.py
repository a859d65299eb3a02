"""The figures of the reference runs and the report, made once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.show.figures import all as figures
from benchmarks.show.figures import page
from benchmarks.show.figures.chart import Chart
from benchmarks.show.pictures import pictures
from benchmarks.show.tables.readme import REFERENCE
from tests.running import run


@pytest.fixture(scope="session")
def charts() -> dict[str, Chart]:
    """All figures of the report by name."""
    drawn = [*figures.charts(REFERENCE), *page.charts_of(pictures.drawings())]
    return {chart.name: chart for chart in drawn}


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report, as `python -m benchmarks report` writes it; SVG files are in `svg` beside it."""
    out = tmp_path_factory.mktemp("report")
    result = run("report", "--out", str(out), "--figures", str(out / "svg"))
    assert result.returncode == 0, result.stderr
    assert "report.html" in result.stderr
    return out / "report.html"
