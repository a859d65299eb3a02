"""The article's experiment (§5): train a network on the digits, and test it, with any kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import kernels
from benchmarks.measure import digits
from benchmarks.measure.arrays import Array
from benchmarks.measure.rows import Row
from benchmarks.measure.sizes import named
from benchmarks.measure.stepping import Stepping
from benchmarks.measure.timing import stopwatch
from benchmarks.measure.workloads import name_of
from kernels import Network, Training
from kernels.interface import Progress
from kernels.parts.activations.softmax import PART as SOFTMAX
from kernels.parts.architecture import USUAL_LOSS
from kernels.parts.losses.log import PART as LOG
from kernels.support import cores

POINTS_PER_DECADE = 30
"""Number of stored points of a curve while the iterations grow tenfold."""


@dataclass(frozen=True)
class Outcome:
    """Result of one training: the trained network, its outputs and accuracy, the duration."""

    kernel: str
    dtype: str
    seed: int
    trained: Training
    outputs: Array
    """Outputs (m, 10) for the test images."""
    accuracy_percent: float
    seconds: float
    training: str | None = None
    """How the training stepped, where it was not the article's way."""


@dataclass(frozen=True)
class Way:
    """A way to train that is not the article's.

    Parameters
    ----------
    activations : of the hidden layers; the outputs are softmax then, on the log-loss. None: the
        article's network
    stepping : how the training steps; None: as in the article
    """

    activations: str | None = None
    stepping: Stepping | None = None

    def start(self, sizes: tuple[int, ...], seed: int) -> Network:
        """The network from which a seed's training begins."""
        if self.activations is None:
            return Network.random(sizes, seed)
        names = (self.activations,) * (len(sizes) - 2) + (SOFTMAX.name,)
        return Network.centred(sizes, seed, names)

    def options(self, alpha: float) -> dict[str, Any]:
        """Arguments of `Plan.train`."""
        if self.stepping is None:
            return {"alpha": alpha}
        return {"optimizer": self.stepping.make(), **self.stepping.options()}


ARTICLES = Way()
"""The article's way to train."""


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
    way: Way = ARTICLES,
) -> Outcome:
    """Train a network on the digits and count how many test digits it recognises.

    Parameters
    ----------
    kernel, dtype, threads : the plan that trains, as in `kernels.plan`
    seed : draws the split of the images and the initial weights
    sizes : nodes per layer, from 64 to 10
    iterations, alpha : passes over the training images, and the step of gradient descent
    start : train on from this network instead of random weights
    progress : called during the training, as in `Plan.train`
    data : use this split instead of that of `seed`
    way : another network, or other steps, than the article's

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
    network = start or way.start(sizes, seed)
    loss = USUAL_LOSS if way.activations is None else LOG.name
    plan = kernels.plan(network, kernel, dtype, threads, loss=loss)
    options = {"iterations": iterations, "progress": progress, **way.options(alpha)}
    ns, trained = stopwatch(lambda: plan.train(data.X_train, data.Y_train, **options))
    plan.update(trained.network.theta)
    outputs = plan.forward_batch(data.X_test)
    accuracy = digits.accuracy_percent(outputs, data.labels_test)
    told = None if way.stepping is None else str(way.stepping)
    return Outcome(kernel, plan.dtype.name, seed, trained, outputs, accuracy, ns * 1e-9, told)


def usual_threads(kernel: str) -> int:
    """The threads of a training without --threads: one, or one per core where that helps.

    It helps a rung that starts threads of its own, and only where the work is worth it.
    """
    found = kernels.find(kernel)
    # BLAS's threads slow the small products of the article's networks down
    if kernel not in kernels.LADDER or found.uses_blas or found.max_threads == 1:
        return 1
    return cores.usable()


def about(outcome: Outcome) -> Row:
    """A row that describes this training and still lacks quantity and value."""
    network = outcome.trained.network
    return Row(
        "",
        name_of(*named(network.sizes, network.activations)[:2]),
        "train",
        outcome.kernel,
        outcome.dtype,
        rows=digits.TRAINING_ROWS,
        iterations=len(outcome.trained.cost),
        seed=outcome.seed,
        training=outcome.training,
    )


def rows(outcome: Outcome, curve: bool) -> Iterator[Row]:
    """The accuracy on the test digits, then mean error and cost of training.

    Mean error and cost are those of the last iteration; with `curve` they are those of all
    `curve_iterations`. What is trained in the article's way belongs to the figures that it
    publishes.
    """
    row, trained = about(outcome), outcome.trained
    _, activations, _ = named(trained.network.sizes, trained.network.activations)
    is_articles = outcome.training is None and activations is None
    yield replace(
        row,
        quantity="accuracy_percent",
        value=outcome.accuracy_percent,
        seconds=outcome.seconds,
        figure="accuracy" if is_articles else None,
    )
    count = len(trained.cost)
    for quantity, series in (("mean_error", trained.error), ("cost", trained.cost)):
        for k in curve_iterations(count) if curve else [count]:
            value = float(series[k - 1])
            figure = "cost" if curve and is_articles else None
            yield replace(row, quantity=quantity, iterations=k, value=value, figure=figure)


def curve_iterations(count: int) -> list[int]:
    """Iterations at which a curve is stored: 1, then 30 a decade, and the last, `count`.

    They lie close together where the curve falls steeply, and include the powers of ten.
    """
    steps = np.arange(1 + int(POINTS_PER_DECADE * np.log10(count)))
    powers = 10 ** (steps / POINTS_PER_DECADE)
    return sorted({*map(int, powers.round()), count})
