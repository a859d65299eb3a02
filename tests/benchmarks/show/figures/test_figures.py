"""Every figure has a finding and data to show, and those committed are of the committed rows."""

from __future__ import annotations

import re
from typing import Any

from benchmarks.commands import report
from benchmarks.measure import rows
from benchmarks.measure.rows import REFERENCE
from benchmarks.show.drawing import chart as charting
from benchmarks.show.drawing.chart import Chart
from benchmarks.show.figures import catalogue
from benchmarks.show.pages import shown as documents
from benchmarks.show.pictures.catalogue import pictures


def test_every_figure_has_something_to_show_and_says_what(charts: dict[str, Chart]) -> None:
    assert len(charts) > len(catalogue.FROM_ROWS) >= 9
    for chart in charts.values():
        assert chart.panels
        assert not set(chart.missing) & set(chart.sources)
        assert chart.finding.endswith(".")
        assert re.search(r"\d", chart.finding)
        for panel in chart.panels:
            assert panel.series
            for series in panel.series:
                assert len(series.y) > 0
                if series.kind != "image":
                    assert len(series.x) == len(series.y)


def test_the_committed_drawings_are_of_the_committed_rows(charts: dict[str, Chart]) -> None:
    drawn = {path.stem: path.read_text(encoding="utf-8") for path in report.FIGURES.glob("*.svg")}
    shown = charts | {one.drawing.name: one.drawing for one in pictures()}
    assert sorted(drawn) == sorted(documents.figures())
    for name, text in drawn.items():
        assert f": {shown[name].digest}." in text, f"make report: {name}.svg is of other rows"


def test_a_digest_changes_with_any_row() -> None:
    found: list[dict[str, Any]] = [{"a": 1.0}, {"b": None}]
    others: list[list[dict[str, Any]]] = [found[::-1], [{"a": 1.5}, {"b": None}], []]
    digests = {charting.digest(one) for one in (found, *others)}
    assert len(digests) == 4
    assert charting.digest(found) == charting.digest([dict(row) for row in found])
    later = [row | {"added later": None, "microcode": "unknown"} for row in found]
    assert charting.digest(found) == charting.digest(later)


def test_the_ladder_shows_each_time_where_it_was_measured(charts: dict[str, Chart]) -> None:
    measured = {
        (r["workload"], r["kernel"]): r["median_ns"]
        for r in rows.read(REFERENCE / "forward")
        if r["quantity"] == "time" and r["state"] == "ok"
    }
    shown = {
        (panel.title, kernel): x
        for panel in charts["ladder"].panels
        for series in panel.series
        for x, kernel in zip(series.x, series.y, strict=True)
    }
    assert shown == measured
    marks = {(panel.title, mark.name): mark.value for panel in charts["ladder"].panels
             for mark in panel.marks}  # fmt: skip
    assert marks["3-3-1", "article, looped"] == 40_000
    assert marks["100-100-50-10", "article, looped"] == 41e6
    assert marks["100-100-50-10", "article, vectorized"] == 84_000
