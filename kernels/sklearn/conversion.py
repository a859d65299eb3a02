"""Conversion of a fitted scikit-learn estimator or Pipeline into a `Network`.

Preprocessing steps that are affine, x -> A x + c (scaling, shifting, projecting), are folded into
the first layer in extended precision::

    W (A x + c) + b = (W A) x + (W c + b)

Folding loses digits where a feature's mean is large compared with its deviation (temperatures in
kelvin, seconds since 1970). The mean is then subtracted from each sample before the first layer,
W A (x - shift) + (W c + b), and the network stores the shift.

The converted network must compute what scikit-learn computes. Estimators and steps whose methods
were overridden, in a subclass, on the instance or by patching scikit-learn, are refused.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kernels.network import Network
from kernels.parts.activations import ACTIVATIONS
from kernels.support.checks import Array

OURS = {f.libraries["scikit-learn"]: name for name, f in ACTIVATIONS.items()
        if "scikit-learn" in f.libraries}  # fmt: skip
"""Our names of scikit-learn's activations."""
MAX_FOLDED_MEAN = 256.0
"""Largest mean, in standard deviations of its feature, that is folded into the bias."""
PREDICTION_METHODS = ("predict", "_predict", "_forward_pass", "_iter")
"""Prefixes of the methods by which an estimator or a Pipeline predicts."""
TRANSFORM_METHODS = ("transform", "_transform")
"""Prefixes of the methods by which a preprocessing step transforms."""
EXPECTED = "kernels.compile takes a fitted MLPClassifier, MLPRegressor, or a Pipeline ending in one"


@dataclass(frozen=True)
class Converted:
    """A fitted estimator as a network, with all that its results depend on."""

    network: Network
    """The network, with all preprocessing steps folded in."""
    source: str
    """Class names of the steps and the estimator, such as "StandardScaler + MLPClassifier"."""
    dtype: str
    """The fitted parameters' dtype; results have it too, unless the samples' is wider."""
    classes: Array | None = None
    """A classifier's labels; None for a regressor."""
    multilabel: bool = False
    """True if a sample may have several labels at once."""
    feature_names: tuple[str, ...] | None = None
    """Column names, if the estimator was fitted on a DataFrame."""


@dataclass
class Affine:
    """The map x -> A (x - shift) + c of n features to k; None stands for the identity or zero."""

    A: Array | None = None  # (k, n), or (n,) for a diagonal matrix
    c: Array | None = None  # (k,)
    shift: Array | None = None  # (n,)

    def then_scale(self, factors: Array) -> None:
        """Append a multiplication of each feature by a factor (k,)."""
        if self.A is None:
            self.A = factors
        else:
            self.A = self.A * (factors if self.A.ndim == 1 else factors[:, np.newaxis])
        self.c = None if self.c is None else self.c * factors

    def then_subtract(self, means: Array, deviations: Any) -> None:
        """Append a subtraction of the features' means (k,).

        `deviations` are the features' standard deviations (k,), or 0 if they are not known. If a
        mean is too large to be folded, all means are subtracted from x itself, before A::

            A (x - shift) + c - means = A (x - (shift + (means - c) / A))

        That needs a diagonal A; after a projection, means are folded whatever their size.
        """
        left = means if self.c is None else means - self.c
        large = np.abs(means) > MAX_FOLDED_MEAN * deviations
        if not large.any() or (self.A is not None and self.A.ndim == 2):
            self.c = -left
            return
        factors = 1 if self.A is None else self.A
        exact = left / factors + (0 if self.shift is None else self.shift)
        self.shift = exact.astype(np.float64)
        self.c = factors * (self.shift - exact)  # the rounding error of the shift

    def then_project(self, matrix: Array) -> None:
        """Append a multiplication by a matrix (new k, k) from the left."""
        if self.A is None:
            self.A = matrix
        else:
            self.A = matrix * self.A if self.A.ndim == 1 else matrix @ self.A
        self.c = None if self.c is None else matrix @ self.c

    def fold(self, W: Array, b: Array) -> tuple[Array, Array]:
        """Return the first layer's W and b with A and c folded in; the shift is left out."""
        bias = b if self.c is None else b + W @ self.c
        if self.A is None:
            return W, bias
        return (W * self.A if self.A.ndim == 1 else W @ self.A), bias


def extended(value: Any) -> Array:
    """Copy an array in extended precision (in double, on platforms without a wider type)."""
    return np.array(value, np.longdouble)


def fold_standard_scaler(step: Any, so_far: Affine) -> None:
    """Append (x - mean_) / scale_."""
    deviations = extended(step.scale_) if step.with_std else None
    if step.with_mean:
        so_far.then_subtract(extended(step.mean_), 0 if deviations is None else deviations)
    if deviations is not None:
        so_far.then_scale(1 / deviations)


def fold_min_max_scaler(step: Any, so_far: Affine) -> None:
    """Append x scale_ + min_."""
    least, most = step.feature_range
    so_far.then_scale(extended(step.scale_))
    so_far.then_subtract(-extended(step.min_), most - least)


def fold_max_abs_scaler(step: Any, so_far: Affine) -> None:
    """Append x / scale_."""
    so_far.then_scale(1 / extended(step.scale_))


def fold_pca(step: Any, so_far: Affine) -> None:
    """Append C (x - mean), divided by the components' deviations if the PCA whitens."""
    components = extended(step.components_)
    variances = step.explained_variance_ @ components**2 + step.noise_variance_
    so_far.then_subtract(extended(step.mean_), np.sqrt(variances))
    so_far.then_project(components)
    if step.whiten:
        deviations = np.sqrt(step.explained_variance_)
        so_far.then_scale(1 / extended(np.maximum(deviations, np.finfo(deviations.dtype).eps)))


STEPS: dict[str, Callable[[Any, Affine], None]] = {
    "StandardScaler": fold_standard_scaler,
    "MinMaxScaler": fold_min_max_scaler,
    "MaxAbsScaler": fold_max_abs_scaler,
    "PCA": fold_pca,
}
"""The preprocessing steps that can be folded, by class name."""


def convert(estimator: Any) -> Converted:
    """Convert a fitted MLPClassifier, MLPRegressor, or Pipeline ending in one.

    Raises
    ------
    TypeError
        If it is another object, or overrides a method by which scikit-learn computes.
    ValueError
        If a step of the Pipeline cannot be folded; the message names the step.
    sklearn.exceptions.NotFittedError
        If it has not been fitted.
    """
    if isinstance(estimator, type):
        raise TypeError(f"{EXPECTED}, got the class {estimator.__name__}")
    if "sklearn" not in sys.modules:  # then the object cannot be one of its estimators
        raise TypeError(f"{EXPECTED}, got {type(estimator).__name__}")
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import Pipeline
    from sklearn.utils.validation import check_is_fitted

    steps = [estimator]
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
    if not steps or not isinstance(steps[-1], MLPClassifier | MLPRegressor):
        last = type(steps[-1]).__name__ if steps else "nothing"
        kind = type(estimator).__name__
        got = kind if len(steps) == 1 else f"{kind} ending in {last}"
        raise TypeError(f"{EXPECTED}, got {got}")
    *before, last = steps
    folds = [folding(step) for step in before]
    base = MLPClassifier if isinstance(last, MLPClassifier) else MLPRegressor
    refuse_overridden(last, base, PREDICTION_METHODS)
    if last is not estimator:
        refuse_overridden(estimator, Pipeline, PREDICTION_METHODS)
    for step in steps:
        check_is_fitted(step)
    named = [last.activation] * (len(last.coefs_) - 1) + [last.out_activation_]
    refuse_patched(named)
    activations = [OURS.get(name, name) for name in named]
    so_far = Affine()
    for step, fold in zip(before, folds, strict=True):
        fold(step, so_far)
    weights = [weight.T for weight in last.coefs_]
    first = so_far.fold(extended(weights[0]), extended(last.intercepts_[0]))
    weights[0], *biases = (part.astype(np.float64) for part in (*first, *last.intercepts_[1:]))
    network = Network(weights, biases, activations, so_far.shift)
    classes = predicted_labels(last) if base is MLPClassifier else None
    names = getattr(steps[0], "feature_names_in_", None)
    return Converted(
        network,
        " + ".join(type(step).__name__ for step in steps),
        last.coefs_[0].dtype.name,
        classes=classes,
        multilabel=classes is not None and last._label_binarizer.y_type_.startswith("multilabel"),
        feature_names=None if names is None else tuple(names),
    )


def folding(step: Any) -> Callable[[Any, Affine], None]:
    """Return the function of STEPS that folds a preprocessing step.

    Raises
    ------
    ValueError
        If the step is not one that can be folded.
    TypeError
        If it overrides a method by which scikit-learn transforms.
    """
    bases = type(step).__mro__
    known = [one for one in bases if is_from_scikit_learn(one) and one.__name__ in STEPS]
    name = type(step).__name__ if is_from_scikit_learn(type(step)) else qualified_name(type(step))
    if not known:
        raise ValueError(
            f"step {name} cannot be folded into the network; scikit-learn's {', '.join(STEPS)} "
            "can: transform with it yourself and compile what follows"
        )
    refuse_overridden(step, known[0], TRANSFORM_METHODS)
    if getattr(step, "clip", False):
        raise ValueError(f"step {name} cannot be folded into the network with clip=True")
    return STEPS[known[0].__name__]


def predicted_labels(classifier: Any) -> Array:
    """Return a copy of the labels that a classifier predicts, in the order of its outputs.

    Raises
    ------
    ValueError
        If `classes_` was changed after fitting, so that it differs from the predicted labels.
    TypeError
        If the method that turns outputs into labels was overridden.
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


def refuse_overridden(instance: Any, base: type, prefixes: tuple[str, ...]) -> None:
    """Raise TypeError if an instance overrides methods of its scikit-learn base class.

    Only methods whose names begin with one of the prefixes count. They may have been overridden in
    a subclass, on the instance, or by patching the base class. Added methods do no harm.
    """
    for name in dir(base):
        if not name.startswith(prefixes):
            continue
        found = inspect.getattr_static(type(instance), name)
        unchanged = found is inspect.getattr_static(base, name) and is_from_scikit_learn(found)
        if name in vars(instance):
            raise TypeError(
                f"{base.__name__}.{name} is not scikit-learn's own: it was set on this object, and "
                "kernels.compile would not call it"
            )
        if not unchanged:
            raise TypeError(
                f"{qualified_name(type(instance))}.{name} is not scikit-learn's own, and "
                f"kernels.compile would not call it: compile a plain {base.__name__} instead"
            )


def refuse_patched(activations: list[str]) -> None:
    """Raise TypeError if one of scikit-learn's activation functions was replaced."""
    from sklearn.neural_network._base import ACTIVATIONS

    for name in activations:
        if name in ACTIVATIONS and not is_from_scikit_learn(ACTIVATIONS[name]):
            raise TypeError(
                f"the activation {name} is computed by {ACTIVATIONS[name]!r}, not by "
                "scikit-learn, and kernels.compile would not call it"
            )


def is_from_scikit_learn(found: Any) -> bool:
    """Return True if scikit-learn defines a class, or a function and all functions it wraps."""
    while found is not None:
        if isinstance(found, type):
            module = found.__module__
        else:  # not `__module__`, which functools.wraps copies from the wrapped function
            module = getattr(found, "__globals__", {}).get("__name__", type(found).__module__)
        if not module.startswith("sklearn."):
            return False
        found = getattr(found, "__wrapped__", None)
    return True


def qualified_name(kind: type) -> str:
    """Return a class's name with its module."""
    return f"{kind.__module__}.{kind.__qualname__}"
