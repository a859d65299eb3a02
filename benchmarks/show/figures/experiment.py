"""The chart of the article's experiment (§5): what an iteration takes, and how accurate it ends."""

from __future__ import annotations

import statistics
from itertools import pairwise

import numpy as np

from benchmarks.experiments.article import experiment
from benchmarks.measure import digits, frames
from benchmarks.measure.stored import Load
from benchmarks.show.figures.chart import Axis, Chart, Mark, Panel, Record, Series
from benchmarks.show.figures.points import NAMES, ranking, untimed
from benchmarks.show.tables import ladder_table, numbers


def training(load: Load) -> Chart:
    """The time of each kernel, and the accuracy over seeds."""
    frame, rivals = load("article"), load("train")
    rivals = rivals[rivals["workload"] == "64-30-10"]
    times = ladder_table.times(rivals)
    ranked = frames.records(times)
    accuracies = frames.values(frame.loc[frame["quantity"] == "accuracy_percent", "value"])
    panels = []
    if ranked:
        axis = Axis("time of an iteration", "log", times=True)
        marks = [Mark("limit", ranked[0]["limit_ns"])]
        panels.append(Panel("an iteration over 1078 samples", axis, NAMES, ranking(times), marks))
    if accuracies:
        panels.append(accuracy_panel(accuracies))
    return Chart(
        "training",
        "The article's experiment: 64-30-10 on scikit-learn's digits, 3000 iterations",
        finding(ranked, accuracies),
        panels,
        ("article", "train"),
        [*frames.records(frame), *frames.records(rivals)],
        untimed(rivals),
    )


def accuracy_panel(values: list[float]) -> Panel:
    """A histogram, with the article's figure in it."""
    counts, edges = np.histogram(values, bins=np.arange(80, 96) - 0.5)
    series = Series(
        "seeds",
        [float((a + b) / 2) for a, b in pairwise(edges)],
        [int(count) for count in counts],
        "bars",
        notes=[
            f"{a:.1f} to {b:.1f} %: {count} of {numbers.count(len(values), 'seed')}"
            for (a, b), count in zip(pairwise(edges), counts, strict=True)
        ],
        colour=2,
    )
    marks = [Mark("article", digits.ARTICLE_ACCURACY_PERCENT)]
    axis = Axis("accuracy on the test digits, %", low=82, high=93)
    return Panel("accuracy over seeds", axis, Axis("seeds"), [series], marks)


def finding(ranked: list[Record], accuracies: list[float]) -> str:
    """What the panels show."""
    parts = []
    if ranked:
        first, last = ranked[0], ranked[-1]
        times = (numbers.duration(r["median_ns"]) for r in (first, last))
        parts.append("an iteration takes {} ({}) to {} ({})".format(
            *(word for pair in zip(times, (first["kernel"], last["kernel"]), strict=True)
              for word in pair)))  # fmt: skip
    if len(accuracies) == 1:
        (one,) = accuracies
        parts.append(f"the accuracy is {one:.1f} % with 1 seed, {experiment.beside_article(one)}")
    elif accuracies:
        below = sum(value <= digits.ARTICLE_ACCURACY_PERCENT for value in accuracies)
        parts.append(
            f"the accuracy is {statistics.median(accuracies):.1f} % in the median of "
            f"{len(accuracies)} seeds, and the article's {digits.ARTICLE_ACCURACY_PERCENT:.0f} % "
            f"or less in {below}"
        )
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


CHARTS = (training,)
