"""Fitted models, as a network behind the table that their preprocessing steps make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kernels.network import Network
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.activations.identity import PART as IDENTITY
from kernels.sklearn.affine import Affine, block_diagonal, extended
from kernels.sklearn.overridden import refuse_overridden, refuse_patched
from kernels.sklearn.preparing import Preparation, preparation
from kernels.sklearn.table import FINITE, Feature, StepError, Table
from kernels.support.checks import Array

OURS = {f.libraries["scikit-learn"]: name for name, f in ACTIVATIONS.items()
        if "scikit-learn" in f.libraries}  # fmt: skip
"""Our names of scikit-learn's activations."""


@dataclass(frozen=True)
class Model:
    """A network of a table's columns, its parameters in extended precision."""

    table: Table
    weights: tuple[Array, ...]
    """W[l], (s_l+1, s_l)"""
    biases: tuple[Array, ...]
    activations: tuple[str, ...]
    dtype: str
    """Of the fitted parameters."""
    classes: Array | None = None
    multilabel: bool = False
    is_matrix: bool = False
    """True if predictions of one number are a matrix of one column, (m, 1)."""


def model_of(network: Any, table: Table, classifies: bool) -> Model:
    """A fitted MLPClassifier or MLPRegressor behind a table.

    Raises
    ------
    TypeError
        If an activation function was replaced.
    ValueError
        If a classifier's `classes_` was changed after fitting.
    """
    named = [network.activation] * (len(network.coefs_) - 1) + [network.out_activation_]
    refuse_patched(named)
    classes = predicted_labels(network) if classifies else None
    return Model(
        table.required(FINITE),
        tuple(extended(weight.T) for weight in network.coefs_),
        tuple(extended(bias) for bias in network.intercepts_),
        tuple(OURS.get(name, name) for name in named),
        network.coefs_[0].dtype.name,
        classes,
        classes is not None and network._label_binarizer.y_type_.startswith("multilabel"),
    )


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


def with_targets_restored(model: Model, affine: Affine, is_matrix: bool) -> Model:
    """The model with its outputs y mapped back by A y' + c = y, in its last layer.

    Raises
    ------
    StepError
        If the last layer is not linear, or the map mixes targets.
    """
    if model.activations[-1] != IDENTITY.name:
        raise StepError(f"the output layer has the activation {model.activations[-1]}")
    if not affine.is_diagonal:
        raise StepError("the transformer of the targets projects them")
    A, c, shift = affine.parts(len(model.biases[-1]))
    W = model.weights[-1] / A[:, np.newaxis]
    b = (model.biases[-1] - c) / A + shift
    return replace(
        model,
        weights=(*model.weights[:-1], W),
        biases=(*model.biases[:-1], b),
        is_matrix=is_matrix,
    )


def side_by_side(models: Sequence[Model]) -> Model:
    """Models of the same columns as one, whose outputs are theirs in order.

    Raises
    ------
    StepError
        If their layers have different activations, or there are more in some than in others.
    """
    first = models[0]
    if any(one.activations != first.activations for one in models):
        raise StepError("its estimators differ in their layers or activations")
    table = first.table.joined([one.table for one in models])
    weights = tuple(map(block_diagonal, zip(*(one.weights for one in models), strict=True)))
    biases = tuple(map(np.concatenate, zip(*(one.biases for one in models), strict=True)))
    dtype = np.result_type(*(one.dtype for one in models)).name
    return Model(table, weights, biases, first.activations, dtype, is_matrix=True)


def build(model: Model) -> tuple[Network, Preparation | None]:
    """The network of a model, and the preparation of its samples; None if it takes the columns.

    Scaling, shifting and projecting are folded into the first layer; so are selections, which
    leave zeros in it, if scikit-learn refuses what is not finite in all columns.
    """
    table = model.table
    affine, columns = table.affine, table.columns
    W, b = affine.fold(model.weights[0], model.biases[0])
    W, b, features, shift = merged(W, b, table.features, affine.shift)
    prepared = None
    if not columns.lookups and all(one.is_raw for one in features) and must_be_finite(table):
        W, shift = spread(W, [one.source for one in features], shift, columns.count)
    else:
        prepared, shift = preparation(columns, features, shift), None
    weights = [part.astype(np.float64) for part in (W, *model.weights[1:])]
    biases = [part.astype(np.float64) for part in (b, *model.biases[1:])]
    return Network(weights, biases, model.activations, shift), prepared


def merged(
    W: Array, b: Array, features: Sequence[Feature], shift: Array | None
) -> tuple[Array, Array, list[Feature], Array | None]:
    """The first layer with equal features as one, under the larger of their shifts::

    W (x - s) = W (x - shift) + W (shift - s)
    """
    given = np.zeros(len(features)) if shift is None else shift
    shifts: dict[Feature, float] = {}
    for feature, one in zip(features, given.tolist(), strict=True):
        shifts[feature] = max(one, shifts.get(feature, 0.0), key=abs)
    places = {feature: k for k, feature in enumerate(shifts)}
    found = np.zeros((len(W), len(places)), W.dtype)
    for k, feature in enumerate(features):
        found[:, places[feature]] += W[:, k]
        b = b + W[:, k] * (np.longdouble(shifts[feature]) - given[k])
    kept = None if shift is None else np.array(list(shifts.values()))
    return found, b, list(places), kept


def must_be_finite(table: Table) -> bool:
    """True if scikit-learn refuses what is not finite in any column."""
    return all(rule == FINITE for rule in table.columns.rules)


def spread(
    W: Array, sources: Sequence[int], shift: Array | None, columns: int
) -> tuple[Array, Array | None]:
    """The first layer and shift as those of all columns; weights of those not used are 0."""
    found = np.zeros((len(W), columns), W.dtype)
    found[:, sources] = W
    if shift is None:
        return found, None
    wide = np.zeros(columns)
    wide[list(sources)] = shift
    return found, wide
