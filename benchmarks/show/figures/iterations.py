"""The chart of accuracy and mean error over the iterations of training (§5.4), beyond 3000."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks.article.statements import ACCURACY, ERROR
from benchmarks.measure import digits, frames
from benchmarks.measure.frames import values
from benchmarks.measure.stored import Load
from benchmarks.show.drawing.chart import Axis, Chart, Mark, Panel, Series
from benchmarks.show.tables import numbers
from benchmarks.show.tables.statements_table import Values

if TYPE_CHECKING:
    import pandas as pd

ITERATION = Axis("iterations", "log")


def iterations(load: Load) -> Chart:
    """Accuracy and mean error of a few trainings with up to ten times the article's iterations."""
    frame = load("article")
    frame = frame[frame["quantity"].isin([ACCURACY, ERROR])]
    accuracies, errors = (frame[frame["quantity"] == name] for name in (ACCURACY, ERROR))
    stop = Mark(f"article: {digits.ITERATIONS}", digits.ITERATIONS)
    percent = digits.ARTICLE_ACCURACY_PERCENT
    reached = Mark(f"article: {percent:g} %", percent, "y")
    panels = [
        Panel(
            "",
            ITERATION,
            Axis("accuracy on the test digits, %", low=0, high=100),
            by_seed(accuracies, "{:.1f} %".format),
            [stop, reached],
        ),
        Panel(
            "",
            ITERATION,
            Axis("mean ‖y − h‖ over the training digits"),
            by_seed(errors, "{:.3f}".format),
            [stop],
        ),
    ]
    return Chart(
        "iterations",
        "Accuracy and mean error over iterations: 64-30-10 on scikit-learn's digits",
        finding(accuracies, errors),
        () if frame.empty else panels,
        ("article",),
        frames.records(frame),
    )


def by_seed(frame: pd.DataFrame, told: Callable[[float], str]) -> list[Series]:
    """A line for each seed; `told` formats a value for its note."""
    found = []
    for seed, own in frame.sort_values("iterations").groupby("seed"):
        x, y = values(own["iterations"]), values(own["value"])
        notes = [
            f"{numbers.whole(a)} iteration{'' if a == 1 else 's'}: {told(b)}"
            for a, b in zip(x, y, strict=True)
        ]
        found.append(Series(f"seed {seed}", x, y, "line", notes=notes, pattern=int(str(seed))))
    return found


def finding(accuracies: pd.DataFrame, errors: pd.DataFrame) -> str:
    """A sentence on what more iterations than the article's change."""
    if accuracies.empty or errors.empty:
        return ""
    reached, missed = Values(accuracies), Values(errors)
    told = f"accuracy is {reached.course}"
    if digits.ITERATIONS in missed.counts[:-1]:
        verb = "falls" if all(one < 0 for one in changes(errors)) else "goes"
        told += (
            f", while the mean of ‖y − h‖ {verb} from {missed.after(digits.ITERATIONS):.3f …} to "
            f"{missed.last:.3f …}"
        )
    if all(one > 0 for one in changes(accuracies)):
        return f"{digits.ITERATIONS} iterations do not suffice: the {told}."
    return f"The {told}."


def changes(frame: pd.DataFrame) -> list[float]:
    """Difference of each seed's value after the most iterations and after the article's number.

    NaN for a seed that lacks one of the two.
    """
    values = frame.pivot_table(index="seed", columns="iterations", values="value", aggfunc="last")
    ends = values.reindex(columns=[digits.ITERATIONS, frame["iterations"].max()])
    first, last = ends.to_numpy(float, na_value=math.nan).T
    return [float(one) for one in last - first]


CHARTS = (iterations,)
