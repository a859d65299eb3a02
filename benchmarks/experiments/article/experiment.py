"""The article's experiment (§5) with a kernel, sizes and seeds of one's choice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

import kernels
from benchmarks.measure import digits
from benchmarks.measure.arrays import Array
from benchmarks.measure.rows import Row
from benchmarks.measure.timing import stopwatch
from benchmarks.show.tables import numbers
from kernels import Network, Training
from kernels.interface import Progress

CURVE = (1, 10, 30, 100, 300, 1000, 3000)
"""The iterations at which the article's curve is stored."""


@dataclass(frozen=True)
class Run:
    """One training: what it gave, the accuracy on the test digits, the time."""

    kernel: str
    dtype: str
    seed: int
    trained: Training
    outputs: Array
    """(m, 10), of the test images."""
    accuracy_percent: float
    seconds: float


def run(
    kernel: str,
    seed: int,
    sizes: tuple[int, ...] = digits.SIZES,
    iterations: int = digits.ITERATIONS,
    alpha: float = digits.ALPHA,
    dtype: str = "float64",
    threads: int = 1,
    start: Network | None = None,
    progress: Progress | None = None,
    data: digits.Split | None = None,
) -> Run:
    """Train on the split of `seed`, or on `data`, from weights of `seed` or the network `start`.

    Raises TypeError if `start` is no network or `data` no split, ValueError if `start` has other
    sizes; and as `kernels.plan` does.
    """
    for name, given, kind in (("start", start, Network), ("data", data, digits.Split)):
        if given is not None and not isinstance(given, kind):
            raise TypeError(f"{name} must be a {kind.__name__}, got {type(given).__name__}")
    if start is not None and start.sizes != sizes:
        shapes = ["-".join(map(str, s)) for s in (start.sizes, sizes)]
        raise ValueError(f"the saved network is {shapes[0]}, the training is for {shapes[1]}")
    data = data or digits.split(seed)
    plan = kernels.plan(start or Network.random(sizes, seed), kernel, dtype, threads)
    ns, trained = stopwatch(
        lambda: plan.train(data.X_train, data.Y_train, iterations, alpha, progress)
    )
    plan.update(trained.network.theta)
    outputs = plan.forward_batch(data.X_test)
    accuracy = digits.accuracy_percent(outputs, data.labels_test)
    return Run(kernel, plan.dtype.name, seed, trained, outputs, accuracy, ns * 1e-9)


def usual_threads(kernel: str) -> int:
    """The threads of a training without --threads: one, or one for each core where that helps.

    It helps with a rung whose threads are its own and start only where the work is worth it.
    """
    found = kernels.find(kernel)
    # BLAS's threads slow the small products of the article's networks down
    if kernel not in kernels.LADDER or found.uses_blas or found.max_threads == 1:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def about(run: Run) -> Row:
    """A row of this run, whose quantity and value are still to be said."""
    return Row(
        "",
        "-".join(map(str, run.trained.network.sizes)),
        "train",
        run.kernel,
        run.dtype,
        rows=digits.TRAINING_ROWS,
        iterations=len(run.trained.cost),
        seed=run.seed,
    )


def rows(run: Run, curve: bool) -> Iterator[Row]:
    """The accuracy and, if wanted, the two series at a few iterations."""
    row, trained = about(run), run.trained
    yield replace(
        row,
        quantity="accuracy_percent",
        value=run.accuracy_percent,
        seconds=run.seconds,
        figure="accuracy",
    )
    if not curve:
        return
    for quantity, series in (("mean_error", trained.error), ("cost", trained.cost)):
        for k in (k for k in CURVE if k <= len(series)):
            value = float(series[k - 1])
            yield replace(row, quantity=quantity, iterations=k, value=value, figure="cost")


def cells(run: Run) -> tuple[str, ...]:
    """A table's line."""
    return (
        str(run.seed),
        f"{run.trained.cost[-1]:.5f}",
        f"{run.trained.error[-1]:.4f}",
        f"{run.accuracy_percent:.1f} %",
        numbers.duration(run.seconds * 1e9, run.seconds * 0.99e9, run.seconds * 1.01e9),
    )


def beside_article(percent: float) -> str:
    """Where one accuracy lies: `below the article's 86 %`."""
    article = digits.ARTICLE_ACCURACY_PERCENT
    place = "above" if percent > article else "below" if percent < article else "which is"
    return f"{place} the article's {article:.0f} %"


def summary(runs: list[Run]) -> str:
    """One sentence on all seeds, and where the article's 86 % lies among them."""
    accuracies = [run.accuracy_percent for run in runs]
    article = digits.ARTICLE_ACCURACY_PERCENT
    median = float(np.median(accuracies))
    told = numbers.over_seeds(median, min(accuracies), max(accuracies), len(runs))
    if len(runs) == 1:
        return f"accuracy: {told}, {beside_article(median)}"
    below = sum(accuracy <= article for accuracy in accuracies)
    return f"accuracy: median {told}; the article's {article:.0f} % or less with {below} of them"
