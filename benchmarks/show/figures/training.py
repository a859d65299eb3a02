"""The chart of the article's training (§5): time of an iteration, and accuracy over seeds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from benchmarks.measure import digits, frames
from benchmarks.measure.frames import Record
from benchmarks.measure.stored import Load
from benchmarks.show.drawing.chart import Axis, Chart, Mark, Panel, Series
from benchmarks.show.figures.points import LIMIT, NAMES, not_offered, ranking, untimed
from benchmarks.show.tables import accuracy, numbers, ranks, training_table


def training(load: Load) -> Chart:
    """The time of each kernel, and a histogram of the accuracy over seeds."""
    frame, rivals = load("article"), load("train")
    rivals = rivals[rivals["workload"] == "64-30-10"]
    times = ranks.times(rivals)
    ranked = frames.records(times)
    percents = frames.values(training_table.accuracies(frame)["value"])
    panels = []
    if ranked:
        axis = Axis("time of an iteration", "log", times=True)
        marks = [Mark("limit", ranked[0]["limit_ns"])]
        panels.append(Panel("an iteration over 1078 samples", axis, NAMES, ranking(times), marks))
    if percents:
        panels.append(histogram(percents))
    return Chart(
        "training",
        "The article's experiment: 64-30-10 on scikit-learn's digits, 3000 iterations",
        finding(ranked, percents),
        panels,
        ("article", "train"),
        [*frames.records(frame), *frames.records(rivals)],
        untimed(rivals),
        [LIMIT, *not_offered(rivals)],
    )


def histogram(percents: list[float]) -> Panel:
    """Histogram of the accuracy over seeds, with a mark at the article's, between two bars."""
    counts, edges = np.histogram(percents, bins=np.arange(80, 96))
    series = Series(
        "seeds",
        [float((a + b) / 2) for a, b in pairwise(edges)],
        [int(count) for count in counts],
        "bars",
        notes=[
            f"{a:.1f} to {b:.1f} %: {count} of {numbers.count(len(percents), 'seed')}"
            for (a, b), count in zip(pairwise(edges), counts, strict=True)
        ],
    )
    percent = digits.ARTICLE_ACCURACY_PERCENT
    marks = [Mark(f"article: {percent:g} %", percent)]
    axis = Axis("accuracy on the test digits, %", low=82, high=93)
    return Panel("accuracy over seeds", axis, Axis("seeds"), [series], marks)


def finding(ranked: list[Record], percents: list[float]) -> str:
    """A sentence on the fastest and the slowest kernel, and on the accuracy."""
    parts = []
    if ranked:
        fastest, slowest = (
            f"{numbers.duration(r['median_ns'])} ({r['kernel']})" for r in (ranked[0], ranked[-1])
        )
        parts.append(f"an iteration takes {fastest} to {slowest}")
    if percents:
        parts.append(f"the accuracy is {accuracy.sentence(percents)}")
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


CHARTS = (training,)
