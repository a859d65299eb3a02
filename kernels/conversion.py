"""From a fitted scikit-learn network to a `Network` and what must be known of its results.

Steps of a Pipeline that only scale, shift or project, x -> A x + c, are folded into the first
layer, W (A x + c) + b = (W A) x + (W c + b), in extended precision. Where a StandardScaler's means
are very large against its deviations, folding would lose the digits that subtracting keeps: then
the subtraction is left as it is (`shift`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kernels.checks import Array
from kernels.network import Network

LARGE_MEANS = 256.0
"""Means of more standard deviations than this are subtracted, not folded."""
TAKES = "kernels.compile takes a fitted MLPClassifier, MLPRegressor, or a Pipeline ending in one"


@dataclass(frozen=True)
class Fitted:
    """What a compiled estimator computes, and how its results look."""

    network: Network
    source: str
    """What it was made from, as scikit-learn calls it."""
    dtype: str
    """Of the fitted parameters: results have it, unless the samples are wider."""
    classes: Array | None = None
    """The labels of a classifier; None for regression."""
    multilabel: bool = False
    names: tuple[str, ...] | None = None
    """Of the columns, where it was fitted on a DataFrame."""
    shift: Array | None = None
    """To be subtracted from samples."""


@dataclass
class Affine:
    """x -> A (x - shift) + c; None for what is not there."""

    A: Array | None = None  # (k, n), or (n,) for a diagonal
    c: Array | None = None
    shift: Array | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether x stays as it is."""
        return self.A is None and self.c is None and self.shift is None

    def then_scale(self, factors: Array) -> None:
        """Multiply every column."""
        if self.A is None:
            self.A = factors
        else:
            self.A = self.A * (factors if self.A.ndim == 1 else factors[:, np.newaxis])
        self.c = None if self.c is None else self.c * factors

    def then_add(self, summands: Array) -> None:
        """Add to every column."""
        self.c = summands if self.c is None else self.c + summands

    def then_project(self, matrix: Array) -> None:
        """Multiply by a matrix (k, n) from the left."""
        if self.A is None:
            self.A = matrix
        else:
            self.A = matrix * self.A if self.A.ndim == 1 else matrix @ self.A
        self.c = None if self.c is None else matrix @ self.c

    def fold(self, W: Array, b: Array) -> tuple[Array, Array]:
        """The first layer, with all of this in it."""
        bias = b if self.c is None else b + W @ self.c
        if self.A is None:
            return W, bias
        return (W * self.A if self.A.ndim == 1 else W @ self.A), bias


def wide(value: Any) -> Array:
    """A copy in extended precision, where there is such a thing."""
    return np.array(value, np.longdouble)


def standard_scaler(step: Any, so_far: Affine) -> None:
    """(x - mean) / deviation."""
    means, deviations = step.with_mean, step.with_std
    if means:
        mean = wide(step.mean_)
        units = np.abs(mean) / (wide(step.scale_) if deviations else 1)
        if so_far.is_nothing and units.max(initial=0) > LARGE_MEANS:
            so_far.shift = np.array(step.mean_, np.float64)
        else:
            so_far.then_add(-mean)
    if deviations:
        so_far.then_scale(1 / wide(step.scale_))


def min_max_scaler(step: Any, so_far: Affine) -> None:
    """x scale + minimum."""
    so_far.then_scale(wide(step.scale_))
    so_far.then_add(wide(step.min_))


def max_abs_scaler(step: Any, so_far: Affine) -> None:
    """x / scale."""
    so_far.then_scale(1 / wide(step.scale_))


def pca(step: Any, so_far: Affine) -> None:
    """C (x - mean), and divided by the deviations if it whitens."""
    so_far.then_add(-wide(step.mean_))
    so_far.then_project(wide(step.components_))
    if step.whiten:
        deviations = np.sqrt(step.explained_variance_)
        so_far.then_scale(1 / wide(np.maximum(deviations, np.finfo(deviations.dtype).eps)))


STEPS: dict[str, Callable[[Any, Affine], None]] = {
    "StandardScaler": standard_scaler,
    "MinMaxScaler": min_max_scaler,
    "MaxAbsScaler": max_abs_scaler,
    "PCA": pca,
}
"""The steps that can be folded."""


def convert(estimator: Any) -> Fitted:
    """What a fitted estimator computes.

    Raises
    ------
    TypeError
        If it is none that can be compiled.
    ValueError
        If a step of a Pipeline cannot be folded; the message names it.
    sklearn.exceptions.NotFittedError
        If it has not been fitted.
    """
    if "sklearn" not in sys.modules:  # then it cannot be one of its estimators
        raise TypeError(f"{TAKES}, got {type(estimator).__name__}")
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import check_is_fitted

    steps = [estimator]
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
    if not steps or not isinstance(steps[-1], MLPClassifier | MLPRegressor):
        last = type(steps[-1]).__name__ if steps else "nothing"
        what = type(estimator).__name__
        raise TypeError(f"{TAKES}, got {what if len(steps) == 1 else f'{what} ending in {last}'}")
    *before, last = steps
    for step in before:
        refuse_unknown(step)
    for step in steps:
        check_is_fitted(step)
    so_far = Affine()
    for step in before:
        STEPS[type(step).__name__](step, so_far)
    weights = [weight.T for weight in last.coefs_]
    first = so_far.fold(wide(weights[0]), wide(last.intercepts_[0]))
    weights[0], *biases = (part.astype(np.float64) for part in (*first, *last.intercepts_[1:]))
    network = Network(
        weights, biases, [last.activation] * (len(weights) - 1) + [last.out_activation_]
    )
    classes = getattr(last, "classes_", None)
    names = getattr(steps[0], "feature_names_in_", None)
    return Fitted(
        network,
        " + ".join(type(step).__name__ for step in steps),
        last.coefs_[0].dtype.name,
        classes=None if classes is None else np.array(classes),
        multilabel=classes is not None and last._label_binarizer.y_type_.startswith("multilabel"),
        names=None if names is None else tuple(names),
        shift=so_far.shift,
    )


def refuse_unknown(step: Any) -> None:
    """Raise ValueError for a step of a Pipeline that is no scaling, shifting or projecting."""
    name = type(step).__name__
    if name not in STEPS or not type(step).__module__.startswith("sklearn."):
        raise ValueError(
            f"step {name} cannot be folded into the network; {', '.join(STEPS)} can: transform "
            "with it yourself and compile what follows"
        )
    if getattr(step, "clip", False):
        raise ValueError(f"step {name} cannot be folded into the network with clip=True")
