"""Statements of the article that its own formulas settle, each computed a second way."""

from __future__ import annotations

import math
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.article import bowl, descent
from benchmarks.experiments.article.measured import formulas, images
from benchmarks.measure import frames
from benchmarks.show.tables.statements_table import NOT_MEASURED, finding
from kernels.contract import EXAMPLE_OUTPUT
from tests.benchmarks.statements import statement, values


def quartic(x: float) -> float:
    return x * x * x * x - 3 * x * x * x + 2


def logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def test_statements_settled_by_formulas_have_all_their_quantities() -> None:
    found = [*formulas.checked(), *images.describe()]
    frame = frames.frame(map(asdict, found))
    keys = {row.figure for row in found}
    assert len(keys) == 13
    for key in keys:
        one = statement(str(key))
        assert finding(one, frame) != NOT_MEASURED
        own = set(values(found, one.key))
        others = {name for figure in one.figures for name in values(found, figure)}
        assert own <= set(one.quantities) <= own | others


def test_indices_are_those_of_the_worked_example() -> None:
    found = formulas.notation()
    h1, h2, h3 = (logistic(w * (1.5 + 2 + 3) + 0.8) for w in (0.2, 0.4, 0.6))
    assert values(found, "statement node index") == pytest.approx({"first": h1, "second": h2})
    slips = values(found, "statement layer index")
    assert (slips["outer"], slips["inner"]) == (0.5, 0.2)
    assert logistic(slips["z_output"]) == pytest.approx(EXAMPLE_OUTPUT)
    assert logistic(slips["z_hidden"]) == pytest.approx(h1)
    step = 1e-6
    low, high = (0.5 * h1 + (0.5 + s) * h2 + 0.5 * h3 + 0.2 for s in (-step, step))
    constant = values(found, "statement constant")
    assert constant["slope"] == pytest.approx((high - low) / (2 * step), rel=1e-8)
    assert constant["slope"] == pytest.approx(h2)
    assert constant["with_ones"] == pytest.approx(h2 + 3)


def test_statements_about_the_descent_match_a_descent_by_hand() -> None:
    x = [6.0]
    while len(x) < 2 or abs(x[-1] - x[-2]) >= 1e-5:
        x.append(x[-1] - 0.01 * (4 * x[-1] ** 3 - 9 * x[-1] ** 2))
    assert descent.path(70) == pytest.approx(x, rel=1e-12)
    assert descent.path(70)[-1] == descent.descend().x
    assert descent.path(0) == [6.0]
    found = formulas.one_dimension()
    slopes = [
        abs(a - b) for a, b in pairwise([*x, x[-1] - 0.01 * (4 * x[-1] ** 3 - 9 * x[-1] ** 2)])
    ]
    grows = sum(b > a for a, b in pairwise(slopes))
    assert values(found, "statement shrinking") == {"grows": 20, "steps": 70}
    assert (grows, len(x) - 1) == (20, 70)
    stopping = values(found, "statement stopping")
    assert stopping["least"] == pytest.approx(quartic(2.25), abs=1e-7)
    assert f"{stopping['least']:.1f}" == "-6.5"
    early = int(stopping["early_steps"])
    assert stopping["early_x"] == pytest.approx(x[early])
    assert quartic(x[early]) < 1e-5 <= min(map(quartic, x[:early]))
    h = 1e-3
    below, here, above = (quartic(6 + s) for s in (-h, 0, h))
    derivative = values(found, "statement derivative")
    assert derivative["first"] == pytest.approx((above - below) / (2 * h), abs=1e-3)
    assert derivative["second"] == pytest.approx((above - 2 * here + below) / h**2, abs=1e-3)
    assert derivative["first"] == descent.article_derivative(derivative["start"]) == 540


def test_the_norm_is_the_root_of_the_squares() -> None:
    found = values(formulas.norm(), "statement norm")
    squares = sum(v * v for v in (0.01, 0.1, 0.2, 0.05, 0.3, 1 - 0.8, 0.4, 0.03, 0.25, 0.02))
    assert found == pytest.approx({"squares": squares, "norm": math.sqrt(squares)})


def test_the_gradient_points_uphill_and_not_along_the_way() -> None:
    assert bowl.gradient(bowl.START) == pytest.approx([2.1, 0.7])
    h = 1e-6
    slopes = [(bowl.cost(bowl.START + e) - bowl.cost(bowl.START - e)) / (2 * h)
              for e in h * np.eye(2)]  # fmt: skip
    assert slopes == pytest.approx([2.1, 0.7])
    assert bowl.cost(bowl.MINIMUM) == 0
    assert not bowl.gradient(bowl.MINIMUM).any()
    found = values(formulas.two_dimensions(), "statement direction")
    assert 0 < found["against"] < found["here"] < found["along"]
    assert found["here"] == pytest.approx((3 * 2.1 + 2 * 0.7) / 2)
    angle = math.degrees(math.atan2(2, 3) - math.atan2(0.7, 2.1))
    assert found["missed"] == pytest.approx(angle)


def test_a_range_that_counts_upwards_to_0_is_empty() -> None:
    found = values(formulas.layers(), "statement range")
    nn_structure = [64, 30, 10]
    assert list(range(len(nn_structure), 0, 1)) == []
    assert found == {"upwards": 0, "downwards": len([3, 2, 1])}
