"""The figure of accuracy and error by iterations."""

from __future__ import annotations

import pytest

from benchmarks.article import statements
from benchmarks.article.statements import ACCURACY, ERROR
from benchmarks.measure import frames, rows
from benchmarks.measure.rows import Row
from benchmarks.show.figures import iterations
from benchmarks.show.figures.iterations import iterations as chart_of
from tests.benchmarks.statements import record


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


def trained(*accuracies: dict[int, float], errors: tuple[float, float] = (0.4, 0.1)) -> str:
    """Return the figure's finding for accuracies by iterations, one dictionary per seed."""
    found = [
        Row(ACCURACY, value=value, iterations=count, seed=seed)
        for seed, own in enumerate(accuracies)
        for count, value in own.items()
    ]
    found += [
        Row(ERROR, value=value, iterations=count, seed=0)
        for count, value in zip((3000, 9000), errors, strict=True)
    ]
    frame = frames.frame(rows.records(found, {}))
    return iterations.iterations(lambda *_: frame).finding


def test_iterations_do_not_suffice_where_more_of_them_help_every_seed() -> None:
    assert trained({3000: 86.0, 9000: 94.0}, {3000: 90.0, 9000: 91.0}) == (
        "3000 iterations do not suffice: the accuracy is 86.0 … 90.0 % after 3000, "
        "91.0 … 94.0 % after 9000 (2 seeds), while the mean of ‖y − h‖ falls from 0.400 to 0.100."
    )


@pytest.mark.parametrize(
    "accuracies",
    [
        [{3000: 86.0, 9000: 94.0}, {3000: 90.0, 9000: 90.0}],
        [{3000: 86.0, 9000: 94.0}, {3000: 90.0, 9000: 89.0}],
        [{3000: 86.0, 9000: 94.0}, {3000: 90.0}],
        [{3000: 86.0, 9000: 94.0}, {9000: 95.0}],
        [{3000: 86.0}],
        [{1000: 60.0, 2000: 70.0}],
        [{9000: 94.0}],
    ],
)
def test_otherwise_the_finding_only_gives_the_measured_accuracies(
    accuracies: list[dict[int, float]],
) -> None:
    told = trained(*accuracies, errors=(0.1, 0.4))
    assert told.startswith("The accuracy is ")
    assert told.endswith(", while the mean of ‖y − h‖ goes from 0.100 to 0.400.")
