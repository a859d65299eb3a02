"""The article's plots show the curves and points that they describe."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.article import bowl, parabola
from benchmarks.experiments.article import experiment
from benchmarks.measure import frames, rows
from benchmarks.show.drawing.chart import INK, RED, Chart, Series
from benchmarks.show.pages import report as page
from benchmarks.show.pages.origin import of_reference
from benchmarks.show.pictures import plots
from benchmarks.show.pictures.catalogue import picture, pictures
from tests.benchmarks.made_up import loading


def chart_of(name: str) -> Chart:
    drawing = picture(name).drawing
    assert isinstance(drawing, Chart)
    return drawing


def series_of(name: str) -> dict[str, Series]:
    return {series.name: series for series in chart_of(name).panels[0].series}


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("sigmoid", [(1, 0)]),
        ("weights", [(0.5, 0), (1, 0), (2, 0)]),
        ("biases", [(5, -5), (5, 0), (5, 5)]),
    ],
)
def test_nodes_answer_with_the_sigmoid_of_their_input(
    name: str, parameters: list[tuple[float, float]]
) -> None:
    (panel,) = chart_of(name).panels
    for series, (w, b) in zip(panel.series, parameters, strict=True):
        expected = [1 / (1 + math.exp(-(w * float(x) + b))) for x in series.x]
        assert list(series.y) == pytest.approx(expected, rel=1e-12)
        assert {"weights": f"{w:g}", "biases": f"{b:g}".replace("-", "−")}.get(
            name, ""
        ) in series.name


def test_with_the_bias_minus_five_the_node_is_on_only_above_one() -> None:
    series = series_of("biases")["b = −5"]
    on = [float(x) for x, y in zip(series.x, series.y, strict=True) if float(y) > 0.5]
    assert min(on) == pytest.approx(1.0, abs=0.05)
    assert max(on) == 3


def test_the_errors_steps_are_gradient_descent_from_the_red_point_to_the_cross() -> None:
    series = series_of("error")
    curve, steps = series["error"], series["gradient steps"]
    w, heights = np.array(steps.x, float), np.array(steps.y, float)
    error = np.interp(w, np.array(curve.x, float), np.array(curve.y, float))
    assert heights == pytest.approx(error, abs=0.01)
    h = 1e-6
    slopes = [(parabola.cost(one + h) - parabola.cost(one - h)) / (2 * h) for one in w[:-1]]
    assert np.diff(w) == pytest.approx(-parabola.STEP * np.array(slopes), rel=1e-6)
    assert (np.diff(heights) < 0).all()
    assert steps.labels[0] == "1"
    red, cross = series["start"], series["least error"]
    assert (red.colour, cross.colour) == (RED, INK)
    assert (red.x[0], red.y[0]) == (steps.x[0], steps.y[0])
    assert min(map(float, curve.y)) == pytest.approx(float(cross.y[0]), abs=1e-9)
    assert abs(w[-1] - float(cross.x[0])) < abs(w[0] - float(cross.x[0])) / 5


def test_the_gradient_at_p1_is_the_articles_and_points_uphill() -> None:
    p1, p2, p3 = bowl.path(2)
    h = 1e-6
    slope = [(bowl.cost(p1 + h * e) - bowl.cost(p1 - h * e)) / (2 * h) for e in np.eye(2)]
    assert slope == pytest.approx([2.1, 0.7], rel=1e-8)
    series = series_of("contours")
    arrow = np.array([series["gradient at p₁"].x, series["gradient at p₁"].y], float).T
    assert arrow[1] - arrow[0] == pytest.approx([2.1, 0.7], abs=1e-12)
    assert series["gradient at p₁"].labels[-1] == "[2.1, 0.7]"
    assert bowl.cost(arrow[1]) > bowl.cost(p1) > bowl.cost(p2) > bowl.cost(p3) > 0
    down = np.array([series["descent from p₁"].x, series["descent from p₁"].y], float).T
    assert down == pytest.approx(np.array([p1, p2, p3]))
    # the step goes exactly the other way
    assert (down[1] - down[0]) == pytest.approx(-bowl.STEP * np.array(slope), rel=1e-6)


def test_two_descents_are_drawn_each_from_its_own_start() -> None:
    descents = [one for name, one in series_of("contours").items() if name.startswith("descent")]
    starts = set()
    for one, letter in zip(descents, "pq", strict=True):
        places = np.array([one.x, one.y], float).T
        for place, following in pairwise(places):
            assert following == pytest.approx(place - 0.9 * bowl.gradient(place))
        costs = [bowl.cost(place) for place in places]
        assert costs == sorted(costs, reverse=True)
        assert [label[0] for label in one.labels] == [letter] * 3
        starts.add(tuple(places[0]))
    assert len(starts) == 2


def test_contours_join_places_of_equal_cost_and_one_goes_through_p1() -> None:
    lines = [one for one in chart_of("contours").panels[0].series if one.name == "contours of J"]
    levels = []
    for line in lines:
        costs = [bowl.cost(np.array(place, float)) for place in zip(line.x, line.y, strict=True)]
        assert costs == pytest.approx([costs[0]] * len(costs), rel=1e-9)
        levels.append(costs[0])
    assert levels == sorted(levels)
    assert any(level == pytest.approx(bowl.cost(bowl.START)) for level in levels)


def test_the_digit_is_scikit_learns() -> None:
    from sklearn.datasets import load_digits

    (series,) = chart_of("digit").panels[0].series
    data = load_digits()
    np.testing.assert_array_equal(series.y, data.images[0])
    assert f"a digit, {data.target[0]}" in picture("digit").title


def test_the_average_cost_falls_over_3000_iterations() -> None:
    series = chart_of("cost").panels[0].series
    assert len(series) == 2
    for one in series:
        assert (one.x[0], one.x[-1]) == (1, 3000)
        values = np.array(one.y, float)
        falls = -np.diff(values) / np.diff(np.array(one.x, float))
        assert values[-1] < values[0] / 2
        assert 0 < falls[-1] < falls.max() / 20  # it flattens


def trained(iterations: int) -> experiment.Outcome:
    return experiment.run("batched", 0, iterations=iterations)


def test_a_curve_is_stored_where_it_falls_and_at_its_end() -> None:
    for count in (1, 2, 7, 99, 3000, 30_000):
        picked = experiment.curve_iterations(count)
        assert picked == sorted(set(picked))
        assert (picked[0], picked[-1]) == (1, count)
        assert {10**k for k in range(6) if 10**k <= count} <= set(picked)
        assert len(picked) < 125


def test_the_average_cost_is_drawn_from_the_rows_of_a_training() -> None:
    """Point by point: what the training gave is stored, and what is stored is drawn."""
    outcome = trained(30)
    found = rows.records(experiment.rows(outcome, curve=True), {})
    others = rows.records(experiment.rows(trained(40), curve=False), {})  # no curve
    chart = plots.average_cost(loading(frames.frame([*found, *others]), "article"))
    picked = experiment.curve_iterations(30)
    drawn = outcome.trained.error, outcome.trained.cost
    for series, values in zip(chart.panels[0].series, drawn, strict=True):
        assert list(series.x) == picked
        assert list(series.y) == [values[k - 1] for k in picked]
        assert len(series.notes) == len(picked)
    assert chart.title == "average cost over 30 iterations"
    assert f"from {drawn[0][0]:.2f} to {drawn[0][-1]:.2f}" in chart.finding


def test_without_rows_there_is_no_curve_and_that_is_said(tmp_path: Path) -> None:
    accuracies = rows.records(list(experiment.rows(trained(1), curve=False))[:1], {})
    for frame in (frames.frame([]), frames.frame(accuracies)):
        load = loading(frame, "article")
        assert not plots.average_cost(load).panels
        with pytest.raises(ValueError, match=r"'cost' has no rows\. Not measured yet: python -m "):
            picture("cost", load)
        missing = [one for one in pictures(load) if not one.is_measured]
        assert [one.name for one in missing] == ["cost"]
        assert "Not measured yet: python -m benchmarks reference article." in page.report(
            [missing[0].drawing], of_reference(tmp_path)
        )
