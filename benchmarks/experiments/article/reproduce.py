"""The steps of `python -m benchmarks article`, which measure every figure and every statement.

A step returns rows; an interrupted run keeps the rows of the finished steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from benchmarks.article.figures import FIGURES
from benchmarks.experiments.article.measured import formulas, images, loops, published, trainings
from benchmarks.measure import workloads
from benchmarks.measure.rows import Row


@dataclass(frozen=True)
class Step:
    """A part of the run: its title, about how many seconds it takes, and the function to call."""

    title: str
    seconds: float
    run: Callable[[], list[Row]]


@dataclass(frozen=True)
class Extent:
    """Number of seeds and of iterations for the steps that take long."""

    accuracy: int
    """Seeds of the article's training."""
    rescaled: int
    """Seeds, among the first, that also train with the scaler fitted to the training images."""
    others: int
    """Seeds of scikit-learn's classifiers."""
    iterations: int
    """Seeds of the trainings beyond the article's iterations."""
    marks: tuple[int, ...]
    """Iterations after which these trainings are tested."""
    equal: int
    """Seeds of the trainings that begin with equal weights."""
    equal_iterations: int
    """Iterations of each of them."""


DEFAULT = Extent(100, 50, 20, 3, trainings.MARKS, 3, 3000)
QUICK = Extent(1, 1, 1, 1, trainings.QUICK_MARKS, 1, 300)


def steps(quick: bool) -> Iterator[Step]:
    """All steps in order; `quick` takes fewer seeds, iterations and samples."""
    much = QUICK if quick else DEFAULT
    yield Step("worked example and one-dimensional descent", 1, published.exact_figures)
    yield Step("the formulas and indices of the article", 1, formulas.checked)
    timed = (figure.workload for figure in FIGURES if figure.operation == "forward")
    for name in dict.fromkeys(timed):
        workload = workloads.named(str(name))
        yield Step(
            f"forward pass, {name}",
            2 if quick else 12,
            partial(published.measure_forward, workload, quick),
        )
    yield Step("loops over Python floats", 1, partial(loops.measure_floats, quick))
    yield Step("TensorFlow and Theano", 2, partial(published.measure_frameworks, quick))
    yield Step("the digits", 1, images.describe)
    training = partial(published.measure_training, quick)
    yield Step("training on the digits", 6 if quick else 40, training)
    yield from trained(much)


def trained(much: Extent) -> Iterator[Step]:
    """The steps that train on the digits, one for each seed."""
    for seed in range(much.accuracy):
        rescaled = seed < much.rescaled
        run = partial(trainings.accuracy, seed, rescaled)
        yield Step(f"accuracy, seed {seed + 1} of {much.accuracy}", 2 if rescaled else 1, run)
    for seed in range(much.iterations):
        run = partial(trainings.iterations, seed, much.marks)
        yield Step(f"{much.marks[-1]} iterations, seed {seed + 1} of {much.iterations}",
                   much.marks[-1] / 4000, run)  # fmt: skip
    for seed in range(much.equal):
        run = partial(trainings.equal_weights, seed, much.equal_iterations)
        yield Step(f"equal weights, seed {seed + 1} of {much.equal}", 1, run)
    for seed in range(much.others):
        run = partial(images.others, seed)
        yield Step(f"other classifiers, seed {seed + 1} of {much.others}", 1, run)
