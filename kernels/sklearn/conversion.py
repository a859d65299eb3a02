"""From a fitted scikit-learn network to a `Network` and what must be known of its results.

Steps of a Pipeline that only scale, shift or project, x -> A x + c, are folded into the first
layer, W (A x + c) + b = (W A) x + (W c + b), in extended precision. Where values are very large
against how much they vary (kelvin, pascals, seconds since 1970), that would lose the digits which
subtracting first keeps: W A (x - shift) + (W c + b). The network carries such a shift.

Only what scikit-learn itself would compute is compiled: a class, an instance or a patched method
that computes otherwise is refused.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kernels.network import Network
from kernels.support.checks import Array

LARGE_MEANS = 256.0
"""Means of more deviations than this are subtracted from samples, not folded."""
PREDICTS = ("predict", "_predict", "_forward_pass", "_iter")
"""How the names begin of what an estimator or a Pipeline predicts by."""
TRANSFORMS = ("transform", "_transform")
"""The same of a step."""
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


@dataclass
class Affine:
    """x -> A (x - shift) + c; None for what is not there."""

    A: Array | None = None  # (k, n), or (n,) for a diagonal
    c: Array | None = None
    shift: Array | None = None

    def then_scale(self, factors: Array) -> None:
        """Multiply every column."""
        if self.A is None:
            self.A = factors
        else:
            self.A = self.A * (factors if self.A.ndim == 1 else factors[:, np.newaxis])
        self.c = None if self.c is None else self.c * factors

    def then_subtract(self, means: Array, deviations: Any) -> None:
        """Subtract `means` from columns that vary by `deviations`; 0: by an unknown amount.

        If some are large, all are subtracted from x, before A, unless A mixes columns::

            A (x - shift) + c - means = A (x - (shift + (means - c) / A))
        """
        left = means if self.c is None else means - self.c
        large = np.abs(means) > LARGE_MEANS * deviations
        if not large.any() or (self.A is not None and self.A.ndim == 2):
            self.c = -left
            return
        factors = 1 if self.A is None else self.A
        exact = left / factors + (0 if self.shift is None else self.shift)
        self.shift = exact.astype(np.float64)
        self.c = factors * (self.shift - exact)  # what rounding left over

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
    deviations = wide(step.scale_) if step.with_std else None
    if step.with_mean:
        so_far.then_subtract(wide(step.mean_), 0 if deviations is None else deviations)
    if deviations is not None:
        so_far.then_scale(1 / deviations)


def min_max_scaler(step: Any, so_far: Affine) -> None:
    """x scale + minimum."""
    least, most = step.feature_range
    so_far.then_scale(wide(step.scale_))
    so_far.then_subtract(-wide(step.min_), most - least)


def max_abs_scaler(step: Any, so_far: Affine) -> None:
    """x / scale."""
    so_far.then_scale(1 / wide(step.scale_))


def pca(step: Any, so_far: Affine) -> None:
    """C (x - mean), and divided by the deviations if it whitens."""
    components = wide(step.components_)
    variances = step.explained_variance_ @ components**2 + step.noise_variance_
    so_far.then_subtract(wide(step.mean_), np.sqrt(variances))
    so_far.then_project(components)
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
        If it is none that can be compiled, or overrides what scikit-learn computes.
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
    folds = [fold_of(step) for step in before]
    own = MLPClassifier if isinstance(last, MLPClassifier) else MLPRegressor
    refuse_overridden(last, own, PREDICTS)
    if last is not estimator:
        refuse_overridden(estimator, Pipeline, PREDICTS)
    for step in steps:
        check_is_fitted(step)
    functions = [last.activation] * (len(last.coefs_) - 1) + [last.out_activation_]
    refuse_patched(functions)
    so_far = Affine()
    for step, fold in zip(before, folds, strict=True):
        fold(step, so_far)
    weights = [weight.T for weight in last.coefs_]
    first = so_far.fold(wide(weights[0]), wide(last.intercepts_[0]))
    weights[0], *biases = (part.astype(np.float64) for part in (*first, *last.intercepts_[1:]))
    network = Network(weights, biases, functions, so_far.shift)
    classes = labels(last) if own is MLPClassifier else None
    names = getattr(steps[0], "feature_names_in_", None)
    return Fitted(
        network,
        " + ".join(type(step).__name__ for step in steps),
        last.coefs_[0].dtype.name,
        classes=classes,
        multilabel=classes is not None and last._label_binarizer.y_type_.startswith("multilabel"),
        names=None if names is None else tuple(names),
    )


def fold_of(step: Any) -> Callable[[Any, Affine], None]:
    """How a step of a Pipeline is folded.

    Raises ValueError for one that is no scaling, shifting or projecting, TypeError for one that
    overrides how it does so.
    """
    kinds = type(step).__mro__
    known = [one for one in kinds if is_scikit_learns(one) and one.__name__ in STEPS]
    name = type(step).__name__ if is_scikit_learns(type(step)) else full_name(type(step))
    if not known:
        raise ValueError(
            f"step {name} cannot be folded into the network; scikit-learn's {', '.join(STEPS)} "
            "can: transform with it yourself and compile what follows"
        )
    refuse_overridden(step, known[0], TRANSFORMS)
    if getattr(step, "clip", False):
        raise ValueError(f"step {name} cannot be folded into the network with clip=True")
    return STEPS[known[0].__name__]


def labels(classifier: Any) -> Array:
    """The labels that a classifier predicts.

    Raises ValueError if `classes_` says otherwise, TypeError if they are found in another way.
    """
    from sklearn.preprocessing import LabelBinarizer

    refuse_overridden(classifier._label_binarizer, LabelBinarizer, ("inverse_transform",))
    predicted = classifier._label_binarizer.classes_
    if not np.array_equal(classifier.classes_, predicted):
        raise ValueError(
            f"classes_ has been changed to {classifier.classes_}, but the classifier still "
            f"predicts {predicted}"
        )
    return np.array(predicted)


# --- is it scikit-learn's? ----------------------------------------------------------------------


def refuse_overridden(given: Any, own: type, beginnings: tuple[str, ...]) -> None:
    """Raise TypeError if `given`, of scikit-learn's class `own`, has methods that are not its.

    Of a class in between, of the instance, or put into scikit-learn's class itself; methods that
    scikit-learn does not have are nobody's concern.
    """
    for name in dir(own):
        if not name.startswith(beginnings):
            continue
        found = inspect.getattr_static(type(given), name)
        as_it_was = found is inspect.getattr_static(own, name) and is_scikit_learns(found)
        if name in vars(given):
            raise TypeError(
                f"{own.__name__}.{name} is not scikit-learn's own: it was set on this object, and "
                "kernels.compile would not call it"
            )
        if not as_it_was:
            raise TypeError(
                f"{full_name(type(given))}.{name} is not scikit-learn's own, and kernels.compile "
                f"would not call it: compile a plain {own.__name__} instead"
            )


def refuse_patched(activations: list[str]) -> None:
    """Raise TypeError if scikit-learn's activation functions have been replaced."""
    from sklearn.neural_network._base import ACTIVATIONS

    for name in activations:
        if name in ACTIVATIONS and not is_scikit_learns(ACTIVATIONS[name]):
            raise TypeError(
                f"the activation {name} is computed by {ACTIVATIONS[name]!r}, not by "
                "scikit-learn, and kernels.compile would not call it"
            )


def is_scikit_learns(what: Any) -> bool:
    """Whether scikit-learn wrote a class, or a function and everything that it wraps."""
    while what is not None:
        if isinstance(what, type):
            module = what.__module__
        else:  # functools.wraps lends a function the name of what it wraps, and of its module
            module = getattr(what, "__globals__", {}).get("__name__", type(what).__module__)
        if not module.startswith("sklearn."):
            return False
        what = getattr(what, "__wrapped__", None)
    return True


def full_name(kind: type) -> str:
    """A class with its module."""
    return f"{kind.__module__}.{kind.__qualname__}"
