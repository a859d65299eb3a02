"""Trainings on the digits for the figures and statements of §5.2 to §5.5."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.article import statements
from benchmarks.experiments.article import experiment
from benchmarks.measure import digits
from benchmarks.measure.rows import Row
from kernels import Network
from kernels.network import parameter_count

KERNEL = "specialized"
MARKS = (10, 30, 100, 300, 1000, 3000, 10_000, 30_000)
QUICK_MARKS = (100, 300, 1000, 3000, 5000)
"""Iterations after which accuracy and mean error are measured."""
EQUAL = 0.5
"""Value of every weight and bias in `equal_weights`: the mean of those that the article draws."""


def accuracy(seed: int, rescaled: bool, count: int = digits.ITERATIONS) -> list[Row]:
    """Rows of the article's training with one seed for split and weights.

    Seed 0 also gives the curve and the range of the outputs. With `rescaled` a second training
    gives the change of accuracy when the scaler is fitted to the training images only.
    """
    run = experiment.run(KERNEL, seed, iterations=count)
    found = list(experiment.rows(run, curve=seed == 0))
    if seed == 0:
        found += statements.rows(
            "statement outputs",
            experiment.about(run),
            lowest_output=run.outputs.min(),
            highest_output=run.outputs.max(),
        )
    if rescaled:
        data = digits.split(seed, scaled_by="training images")
        other = experiment.run(KERNEL, seed, iterations=count, data=data)
        change = other.accuracy_percent - run.accuracy_percent
        found += statements.rows("statement scaler", experiment.about(other), change_points=change)
    return found


def iterations(seed: int, marks: tuple[int, ...]) -> list[Row]:
    """Accuracy and mean error of one training after each number of iterations in `marks`."""
    found: list[Row] = []
    network, done = None, 0
    for mark in marks:
        run = experiment.run(KERNEL, seed, iterations=mark - done, start=network)
        network, done = run.trained.network, mark
        found += statements.rows(
            "statement iterations",
            replace(experiment.about(run), iterations=mark),
            **{statements.ACCURACY: run.accuracy_percent, statements.ERROR: run.trained.error[-1]},
        )
    return found


def equal_weights(seed: int, count: int) -> list[Row]:
    """Spread of the hidden nodes' weights, and accuracy, after training from equal weights."""
    start = Network.from_theta(digits.SIZES, np.full(parameter_count(digits.SIZES), EQUAL))
    run = experiment.run(KERNEL, seed, iterations=count, start=start)
    weights = run.trained.network.W[0]
    return statements.rows(
        "statement equal weights",
        experiment.about(run),
        apart=np.ptp(weights, axis=0).max(),
        equal_accuracy_percent=run.accuracy_percent,
    )
