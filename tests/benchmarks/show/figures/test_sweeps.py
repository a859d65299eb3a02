"""The chart of a sweep."""

from __future__ import annotations

from benchmarks.show.drawing import svg
from benchmarks.show.figures import sweeps
from tests.benchmarks.show.tables.test_sweep_table import frame, setting


def test_the_chart_has_each_setting_with_quartiles_and_range() -> None:
    found = sweeps.chart(frame(setting("4-3-3", 90.0), setting("4-5-3", 95.0)))
    assert found is not None
    (panel,) = found.panels
    whole, quartiles = panel.series
    assert whole.y == quartiles.y == ["4-5-3", "4-3-3"]
    assert whole.x == [95.0, 90.0]
    assert (whole.low, whole.high) == ([90.0, 85.0], [100.0, 95.0])
    assert (quartiles.low, quartiles.high) == ([92.5, 87.5], [97.5, 92.5])
    assert svg.draw(found) == svg.draw(found)


def test_names_have_what_differs() -> None:
    found = sweeps.chart(
        frame(setting("4-3-3", 90.0), setting("4-3-3", 95.0, training="sgd, batch 32"))
    )
    assert found is not None
    assert found.panels[0].series[0].y == ["sgd, batch 32", "adam, batch 32"]


def test_of_many_settings_the_best_are_shown() -> None:
    found = sweeps.chart(frame(*(setting(f"4-{k}-3", 50.0 + k) for k in range(1, 41))))
    assert found is not None
    shown = found.panels[0].series[0].y
    assert len(shown) == sweeps.MOST
    assert shown[0] == "4-40-3"
    assert "10 are not shown" in found.notes[-1]


def test_without_a_score_there_is_no_chart() -> None:
    assert sweeps.chart(frame(setting("4-3-3", None))) is None
