"""Names of lines on the right of a panel, names below it, and axes that fit."""

from __future__ import annotations

from itertools import pairwise

import pytest

from benchmarks.show.drawing import layout, scales
from benchmarks.show.drawing.chart import Axis, Mark, Panel, Series

CLOSE = [Series(f"line {k}", [1.0, 10.0], [5.0, 50.0 + k], "line", colour=k) for k in range(5)]


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_names_of_close_lines_stand_apart_in_the_order_of_the_lines(scale: str) -> None:
    panel = Panel("", Axis("x", "log"), Axis("y", scale), CLOSE, [Mark("mark", 20.0, "y")])  # type: ignore[arg-type]
    found = layout.labels(panel, 200)
    assert [one.text for one in found] == ["mark", *(one.name for one in CLOSE)]
    low, high = scales.span(panel, "y")
    places = [200 * (one.end[1] - low) / (high - low) for one in found]
    assert all(b - a >= layout.LINE - 1e-9 for a, b in pairwise(places))
    assert places[0] >= 0
    assert places[-1] <= 200 + 1e-9


def test_names_stand_beside_their_lines_where_there_is_room() -> None:
    far = [Series(str(y), [1.0, 2.0], [y, y], "line") for y in (0.0, 50.0, 100.0)]
    found = layout.labels(Panel("", Axis(), Axis(), far), 300)
    assert [one.end[1] for one in found] == pytest.approx([0.0, 50.0, 100.0])


def test_a_ranking_has_its_marks_among_its_rows() -> None:
    series = [Series("a", [3.0], ["a"]), Series("b", [1.0], ["b"])]
    panel = Panel("", Axis(), Axis(scale="category"), series, [Mark("limit", 2.0)])
    assert panel.ranked == ["b", "limit", "a"]
    assert layout.labels(panel, 100) == []


def test_as_many_names_stand_below_as_have_room() -> None:
    names = [f"{k:08x}" for k in range(9)]
    assert layout.some_names(names, 10_000) == names
    some = layout.some_names(names, 200)
    assert 1 < len(some) < 9
    assert some[-1] == names[-1]


def test_an_axis_fits_its_points_and_has_ticks() -> None:
    series = [Series("a", [1.0, 2.0], [300.0, 900.0], "line")]
    panel = Panel("", Axis(), Axis("time", "log", times=True), series)
    low, high = (10**end for end in scales.span(panel, "y"))
    assert 250 < low < 300
    assert 900 < high < 1000
    assert scales.ticks(panel, "y", 7) == {500.0: "500 ns"}
