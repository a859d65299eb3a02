"""The chart of accuracy over iterations (§5.4): whether 3000 of them suffice."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.article import digits
from benchmarks.article.measured.trainings import ACCURACY, ERROR
from benchmarks.figures.chart import Axis, Chart, Mark, Panel, Record, Series
from benchmarks.figures.points import Load
from benchmarks.report import numbers
from benchmarks.report.statements_table import Values

ITERATION = Axis("iterations", "log")


def iterations(load: Load) -> Chart:
    """Accuracy and error of a few trainings, far beyond where the article stops."""
    records = [r for r in load("article") if r["quantity"] in (ACCURACY, ERROR)]
    accuracies, errors = (
        [r for r in records if r["quantity"] == quantity] for quantity in (ACCURACY, ERROR)
    )
    stop = Mark("article", digits.ITERATIONS)
    reached = Mark("article", digits.ARTICLE_ACCURACY_PERCENT, "y")
    panels = [
        Panel(
            "accuracy on the test digits, %",
            ITERATION,
            Axis("%", low=0, high=100),
            by_seed(accuracies, "{:.1f} %".format),
            [stop, reached],
        ),
        Panel(
            "mean ‖y − h‖ over the training digits",
            ITERATION,
            Axis("mean ‖y − h‖"),
            by_seed(errors, "{:.3f}".format),
            [stop],
        ),
    ]
    return Chart(
        "iterations",
        "Accuracy and error over iterations: 64-30-10 on scikit-learn's digits",
        finding(accuracies, errors),
        panels if records else (),
        ("article",),
        records,
    )


def by_seed(records: list[Record], told: Callable[[float], str]) -> list[Series]:
    """A line for each seed."""
    found = []
    for seed in sorted({r["seed"] for r in records}):
        own = sorted((r for r in records if r["seed"] == seed), key=lambda r: r["iterations"])
        notes = [f"{numbers.whole(r['iterations'])} iterations: {told(r['value'])}" for r in own]
        x, y = ([r[field] for r in own] for field in ("iterations", "value"))
        found.append(Series(f"seed {seed}", x, y, "line", notes=notes, colour=seed))
    return found


def finding(accuracies: list[Record], errors: list[Record]) -> str:
    """What the article's number of iterations leaves to be gained."""
    if not accuracies or not errors:
        return ""
    reached, missed = Values(tuple(accuracies)), Values(tuple(errors))
    before = missed.after(digits.ITERATIONS)
    if not before.records or before == missed.last:
        return f"The accuracy is {reached.course}."
    return (
        f"3000 iterations do not suffice: the accuracy is {reached.course}, while the mean of "
        f"‖y − h‖ falls from {before:.3f} to {missed.last:.3f}."
    )


CHARTS = (iterations,)
