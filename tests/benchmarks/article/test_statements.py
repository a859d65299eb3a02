"""What does not hold in the article: each number against a computation of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from benchmarks.article import bowl, descent, statements
from benchmarks.article.sections import CHAPTERS, SECTIONS
from benchmarks.article.statements import STATEMENTS, Statement
from benchmarks.experiments.article import experiment
from benchmarks.experiments.article.measured import formulas, images, trainings
from benchmarks.measure import digits, frames
from benchmarks.measure.rows import Row
from benchmarks.show.figures.iterations import iterations as chart_of
from benchmarks.show.tables.statements_table import NOT_INSTALLED, NOT_MEASURED, finding
from kernels.contract import EXAMPLE_OUTPUT


def values(found: Iterable[Row], key: str) -> dict[str, float]:
    """The quantities of one statement."""
    return {r.quantity: r.value for r in found if r.figure == key and r.value is not None}


def statement(key: str) -> Statement:
    return next(one for one in STATEMENTS if one.key == key)


def quartic(x: float) -> float:
    return x * x * x * x - 3 * x * x * x + 2


def logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def test_statements_stand_in_the_order_of_sections_that_there_are() -> None:
    order = list(dict.fromkeys(n for s in SECTIONS for n in (s.chapter, s.number)))
    assert set(CHAPTERS) <= set(order)
    places = [order.index(one.section) for one in STATEMENTS]
    assert places == sorted(places)


def test_what_follows_from_formulas_is_measured_whole() -> None:
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


def test_the_descent_shows_what_it_is_said_to() -> None:
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


def test_pixels_are_as_described() -> None:
    found = images.describe()
    pixels = digits.images()[0]
    assert values(found, "statement data") == {"images": 1797}
    assert values(found, "statement pixels") == {"lowest": 0, "highest": 16}
    assert (
        values(found, "statement interval")
        == {"levels": len(set(pixels.ravel()))}
        == {"levels": 17}
    )
    with pytest.raises(ValueError, match="feature range"):
        MinMaxScaler((1, 1)).fit(pixels)
    text = finding(statement("statement scaling"), frames.frame(map(asdict, found)))
    assert text.startswith("between -3.0 and 42.4; 97.6 % lie within ±2, and 3 pixels")


def split_by_hand(seed: int) -> digits.Split:
    """The split whose scaler has seen no test image."""
    pixels, labels = digits.images()
    X_train, X_test, y_train, y_test = train_test_split(
        pixels, labels, test_size=0.4, random_state=seed
    )
    scaler = StandardScaler().fit(X_train)
    Y_train = (y_train[:, np.newaxis] == np.arange(10)).astype(float)
    return digits.Split(scaler.transform(X_train), Y_train, scaler.transform(X_test), y_test)


def test_the_other_scaling_changes_the_accuracy_by_what_is_said() -> None:
    byhand, usual = split_by_hand(0), digits.split(0)
    for own, other in zip(digits.split(0, "training images"), byhand, strict=True):
        assert np.array_equal(own, other)
    assert not np.allclose(usual.X_test, byhand.X_test)
    assert np.array_equal(usual.labels_test, byhand.labels_test)
    found = trainings.accuracy(0, True, 400)
    accuracy = next(r.value for r in found if r.quantity == "accuracy_percent")
    again = experiment.run("specialized", 0, iterations=400, data=byhand).accuracy_percent
    change = values(found, "statement scaler")["change_points"]
    assert accuracy is not None
    assert change == pytest.approx(again - accuracy)
    assert change != 0
    outputs = values(found, "statement outputs")
    trained = experiment.run("batched", 0, iterations=400)
    assert outputs["lowest_output"] == pytest.approx(trained.outputs.min(), rel=1e-6)
    assert outputs["highest_output"] == pytest.approx(trained.outputs.max(), rel=1e-6)
    assert 0 < outputs["lowest_output"] < outputs["highest_output"] < 1


def test_a_training_in_stages_is_one_training() -> None:
    found = trainings.iterations(1, (4, 10, 24))
    whole = experiment.run("batched", 1, iterations=24)
    errors = {r.iterations: r.value for r in found if r.quantity == statements.ERROR}
    assert errors == pytest.approx({k: whole.trained.error[k - 1] for k in (4, 10, 24)}, rel=1e-10)
    accuracies = {r.iterations: r.value for r in found if r.quantity == statements.ACCURACY}
    assert list(accuracies) == [4, 10, 24]
    assert accuracies[24] == pytest.approx(whole.accuracy_percent)


def one_node(data: digits.Split, count: int) -> tuple[Any, float]:
    """Its weights after a training of 30 nodes that are one: what each hidden node should be."""
    m, w, b, v, c = len(data.X_train), np.full(64, 0.5), 0.5, np.full(10, 0.5), np.full(10, 0.5)
    for _ in range(count):
        h = 1 / (1 + np.exp(-(data.X_train @ w + b)))
        y = 1 / (1 + np.exp(-(30 * h[:, np.newaxis] * v + c)))
        delta = (y - data.Y_train) * y * (1 - y)
        back = (delta @ v) * h * (1 - h)
        v, c = v - 0.25 * h @ delta / m, c - 0.25 * delta.mean(axis=0)
        w, b = w - 0.25 * back @ data.X_train / m, b - 0.25 * back.mean()
    h = 1 / (1 + np.exp(-(data.X_test @ w + b)))
    outputs = 30 * h[:, np.newaxis] * v + c
    return w, 100 * float(np.mean(outputs.argmax(axis=1) == data.labels_test))


def test_hidden_nodes_that_start_alike_stay_alike() -> None:
    found = trainings.equal_weights(0, 1000)
    known = values(found, "statement equal weights")
    w, accuracy = one_node(digits.split(0), 1000)
    assert known["equal_accuracy_percent"] == pytest.approx(accuracy, abs=0.5)
    assert known["apart"] < 1e-9
    assert known["apart"] < 1e-9 * np.ptp(w)


def nearest(data: digits.Split, count: int) -> float:
    """The accuracy of a vote of the nearest training images, each label counted by hand."""
    labels = data.Y_train.argmax(axis=1)
    squares = ((data.X_test[:, np.newaxis] - data.X_train) ** 2).sum(axis=2)
    votes = labels[np.argsort(squares, axis=1, kind="stable")[:, :count]]
    winners = [np.bincount(line, minlength=10).argmax() for line in votes]
    return 100 * float(np.mean(winners == data.labels_test))


def test_others_reach_what_they_reach_on_these_images() -> None:
    found = values(images.others(0), "statement others")
    assert found["neighbours_percent"] == pytest.approx(nearest(digits.split(0), 5), abs=0.3)
    assert set(found) == set(statement("statement others").quantities)
    for percent in found.values():
        assert 94 < percent < 99.7


def record(quantity: str, value: float, figure: str, **fields: Any) -> dict[str, Any]:
    return asdict(Row(quantity, value=value, figure=figure, **fields))


@pytest.mark.parametrize("one", STATEMENTS, ids=lambda one: one.key)
def test_every_finding_can_be_told_from_its_rows(one: Statement) -> None:
    rows = [
        record(quantity, 5.0, one.key, seed=seed, iterations=mark)
        for quantity in one.quantities
        for seed in (0, 1)
        for mark in (1000, 3000)
    ]
    told = finding(one, frames.frame(rows))
    assert told != NOT_MEASURED
    assert "{" not in told


def test_a_finding_has_the_range_over_seeds() -> None:
    one = [record("accuracy_percent", 86.04, "accuracy", seed=0)]
    accuracy = statement("statement accuracy")
    assert finding(accuracy, frames.frame([])) == NOT_MEASURED
    assert finding(accuracy, frames.frame(one)).endswith("which give 86.0 % (1 seed)")
    three = [
        *one,
        *(record("accuracy_percent", a, "accuracy", seed=s) for s, a in ((1, 85), (2, 90))),
    ]
    assert finding(accuracy, frames.frame(three)).endswith(
        "which give 86.0 % (85.0 … 90.0, 3 seeds)"
    )


def test_a_finding_has_the_course_over_iterations() -> None:
    def run(seed: int, *accuracies: float) -> list[dict[str, Any]]:
        marks = (1000, 3000, 10_000)[: len(accuracies)]
        return [
            record(quantity, value, "statement iterations", seed=seed, iterations=mark)
            for mark, accuracy in zip(marks, accuracies, strict=True)
            for quantity, value in (
                (statements.ACCURACY, accuracy),
                (statements.ERROR, (1 + seed) * 1e3 / mark),
            )
        ]

    both = frames.frame([*run(0, 60, 86, 94), *run(1, 70, 88, 93)])
    told = finding(statement("statement iterations"), both)
    assert "86.0 … 88.0 % after 3000, 93.0 … 94.0 % after 10,000 (2 seeds)" in told
    assert told.endswith("ends at 0.100 … 0.200")
    short = finding(statement("statement iterations"), frames.frame(run(0, 60)))
    assert "60.0 % after 1000 (1 seed)" in short


def test_the_curve_tells_its_last_iteration() -> None:
    rows = [record(q, v, "cost", seed=0, iterations=k) for k, v in ((1, 2.8), (3000, 0.42))
            for q in ("mean_error", "cost")]  # fmt: skip
    told = finding(statement("statement curve"), frames.frame(rows))
    assert "0.420 in the last iteration, where J is 0.4200" in told


def test_a_library_is_as_slow_as_its_fastest_way_or_not_installed() -> None:
    one = statement("statement tensorflow")
    ratios = [
        asdict(Row("rival_ratio", "100-100-50-10", "forward", kernel, value=value))
        for kernel, value in (("tensorflow", 0.02), ("tensorflow-xla", 0.05), ("pytensor", 2.0))
    ]
    assert "takes 20× as long" in finding(one, frames.frame(ratios))
    assert finding(one, frames.frame(ratios[2:])) == NOT_MEASURED
    absent = asdict(Row("rival_time", kernel="tensorflow", state="missing", reason="..."))
    assert finding(one, frames.frame([*ratios[2:], absent])) == NOT_INSTALLED


def test_iterations_are_drawn_as_they_were_measured() -> None:
    rows = [
        record(quantity, value, "statement iterations", seed=seed, iterations=mark)
        for seed in (0, 1)
        for mark, accuracy in ((3000, 86.0 + seed), (30_000, 95.0 + seed))
        for quantity, value in ((statements.ACCURACY, accuracy), (statements.ERROR, 1e3 / mark))
    ]
    frame = frames.frame([*rows, record("cost", 1.0, "cost", iterations=1)])
    chart = chart_of(lambda *_: frame)
    assert chart.rows == frames.records(frame)[:-1]
    accuracy, error = chart.panels
    assert [(s.name, s.x, s.y) for s in accuracy.series] == [
        ("seed 0", [3000, 30_000], [86.0, 95.0]),
        ("seed 1", [3000, 30_000], [87.0, 96.0]),
    ]
    assert error.series[1].y == [1e3 / 3000, 1e3 / 30_000]
    assert {(mark.along, mark.value) for mark in accuracy.marks} == {("x", 3000), ("y", 86.0)}
    assert "86.0 … 87.0 % after 3000, 95.0 … 96.0 % after 30,000 (2 seeds)" in chart.finding
    assert "from 0.333 to 0.033" in chart.finding
    assert not chart_of(lambda *_: frame.head(0)).panels
