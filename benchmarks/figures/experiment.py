"""The charts of the article's experiment (§5) and the pictures that the article itself draws."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from benchmarks.article import digits, experiment
from benchmarks.figures.chart import Axis, Chart, Mark, Panel, Record, Series
from benchmarks.figures.points import NAMES, ranking, untimed
from benchmarks.measure import frames
from benchmarks.report import ladder_table, numbers
from benchmarks.stored import Load
from benchmarks.workloads import RUNGS
from kernels import descent
from kernels.checks import Array
from kernels.sigmoid import sigmoid

Functions = dict[str, Callable[[Array], Array]]


def training(load: Load) -> Chart:
    """The cost curve, the time of each kernel, and the accuracy over seeds."""
    frame, rivals = load("article"), load("train")
    rivals = rivals[rivals["workload"] == "64-30-10"]
    shown = curves()
    times = ladder_table.times(rivals)
    ranked = frames.records(times)
    accuracies = frames.values(frame.loc[frame["quantity"] == "accuracy_percent", "value"])
    panels = [Panel("cost", Axis("iteration"), Axis("average over samples"), shown)]
    if ranked:
        axis = Axis("time of an iteration", "log", times=True)
        marks = [Mark("limit", ranked[0]["limit_ns"])]
        panels.append(Panel("an iteration over 1078 samples", axis, NAMES, ranking(times), marks))
    if accuracies:
        panels.append(accuracy_panel(accuracies))
    return Chart(
        "training",
        "The article's experiment: 64-30-10 on scikit-learn's digits, 3000 iterations",
        finding(shown, ranked, accuracies),
        panels,
        ("article", "train"),
        [*frames.records(frame), *frames.records(rivals)],
        untimed(rivals),
    )


def curves() -> list[Series]:
    """What falls during the article's training, with seed 0: computed now, as it takes no time."""
    trained = experiment.run(RUNGS[-1], seed=0).trained
    count = len(trained.cost)
    picked = sorted({0, *np.geomspace(1, count, 120).astype(int) - 1})
    both = {"mean ‖y − h‖, as the article records it": trained.error, "J of §4.2": trained.cost}
    return [
        Series(
            name,
            [int(k) for k in picked],
            [float(series[k]) for k in picked],
            "steps",
            notes=[f"iteration {k}: {series[k]:.4f}" for k in picked],
            colour=number,
        )
        for number, (name, series) in enumerate(both.items())
    ]


def accuracy_panel(values: list[float]) -> Panel:
    """A histogram, with the article's figure in it."""
    counts, edges = np.histogram(values, bins=np.arange(80, 96) - 0.5)
    series = Series(
        "seeds",
        [float((a + b) / 2) for a, b in pairwise(edges)],
        [int(count) for count in counts],
        "bars",
        notes=[
            f"{a:.1f} to {b:.1f} %: {count} of {len(values)} seeds"
            for (a, b), count in zip(pairwise(edges), counts, strict=True)
        ],
        colour=2,
    )
    marks = [Mark("article", digits.ARTICLE_ACCURACY_PERCENT)]
    axis = Axis("accuracy on the test digits, %", low=82, high=93)
    return Panel("accuracy over seeds", axis, Axis("seeds"), [series], marks)


def finding(falling: list[Series], ranked: list[Record], accuracies: list[float]) -> str:
    """What the three panels show."""
    y = falling[0].y
    parts = [f"The article's error falls from {y[0]:.2f} to {y[-1]:.2f} and flattens"]
    if ranked:
        first, last = ranked[0], ranked[-1]
        times = (numbers.duration(r["median_ns"]) for r in (first, last))
        parts.append("an iteration takes {} ({}) to {} ({})".format(
            *(word for pair in zip(times, (first["kernel"], last["kernel"]), strict=True)
              for word in pair)))  # fmt: skip
    if accuracies:
        below = sum(value <= digits.ARTICLE_ACCURACY_PERCENT for value in accuracies)
        parts.append(
            f"the accuracy is {statistics.median(accuracies):.1f} % in the median of "
            f"{len(accuracies)} seeds, and the article's {digits.ARTICLE_ACCURACY_PERCENT:.0f} % "
            f"or less in {below}"
        )
    return "; ".join(parts) + "."


def lines(
    panel: str, title: str, x: Array, functions: dict[str, Callable[[Array], Array]]
) -> Panel:
    """Functions of one variable."""
    series = [
        Series(name, x.tolist(), function(x).tolist(), "steps", colour=number)
        for number, (name, function) in enumerate(functions.items())
    ]
    return Panel(panel, Axis("x"), Axis(title), series)


def article(_load: Load) -> Chart:
    """The article's own pictures, from this project's code."""
    x = np.linspace(-8, 8, 161)
    weights: Functions = {f"w = {w:g}": partial(scaled_sigmoid, w, 0.0) for w in (0.5, 1.0, 2.0)}
    biases: Functions = {f"b = {b:g}": partial(scaled_sigmoid, 1.0, b) for b in (-8.0, 0.0, 8.0)}
    picture, digit = (part[0] for part in digits.images())
    image = Series("digit", (), picture.reshape(8, 8).tolist(), "image")
    rest = descent.descend()
    panels = [
        lines("§2.1: the sigmoid", "f(x)", x, {"f(x) = 1 / (1 + exp(−x))": sigmoid}),
        lines("§2.3: weights", "f(wx)", x, weights),
        lines("§2.3: biases", "f(x + b)", x, biases),
        walk(rest.steps),
        Panel(f"§5: a digit, {digit}", Axis("column"), Axis("row", low=7.5, high=-0.5), [image]),
    ]
    return Chart(
        "article",
        "The article's own pictures, by this project's code",
        "A weight makes the sigmoid steeper, a bias shifts it; the descent comes to rest at "
        f"{rest.x:.6f} after {rest.steps} steps, and the minimum is at 2.25.",
        panels,
    )


def scaled_sigmoid(w: float, b: float, x: Array) -> Array:
    """f(wx + b)."""
    return sigmoid(w * x + b)


def walk(steps: int) -> Panel:
    """The article's descent in one dimension, step by step."""
    points = [descent.ARTICLE_START]
    for _ in range(steps):
        x = points[-1]
        points.append(x - descent.ARTICLE_STEP * descent.article_derivative(x))
    way = np.array(points)
    panel = lines("§4.1: the descent", "x⁴ − 3x³ + 2", np.linspace(-1, 6.2, 145), {"f": quartic})
    made = Series(
        "gradient steps",
        points,
        quartic(way).tolist(),
        notes=[f"step {k}: x = {x:.6f}" for k, x in enumerate(points)],
        colour=1,
    )
    return replace(panel, series=[*panel.series, made])


def quartic(x: Array) -> Array:
    """The function that the article minimises."""
    return np.asarray(x**4 - 3 * x**3 + 2)


CHARTS = (training, article)
