"""Conversion of a fitted scikit-learn estimator or Pipeline into a `Network`.

Preprocessing steps are followed symbolically (`kernels.sklearn.table`): what is affine is folded
into the first layer in extended precision, the rest becomes a preparation of samples
(`kernels.sklearn.preparing`). Wrappers around an estimator (searches, transformed targets, several
outputs) are taken apart. What cannot be converted is refused with the line to type instead.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kernels.network import Network
from kernels.sklearn import models
from kernels.sklearn.advice import advice
from kernels.sklearn.affine import Affine
from kernels.sklearn.inputs import Accepted, accepted, description
from kernels.sklearn.models import Model
from kernels.sklearn.overridden import (
    INVERSE_METHODS,
    PREDICTION_METHODS,
    OverriddenError,
    known_base,
    refuse_overridden,
    shown_name,
)
from kernels.sklearn.preparing import Preparation
from kernels.sklearn.steps import apply
from kernels.sklearn.table import StepError, Table
from kernels.support.checks import Array

EXPECTED = (
    "kernels.compile takes a module of PyTorch, a model of Keras, or a fitted MLPClassifier, "
    "MLPRegressor, or a Pipeline ending in one"
)
TARGET_STEPS = (
    "StandardScaler",
    "MinMaxScaler",
    "MaxAbsScaler",
    "RobustScaler",
    "FunctionTransformer",
)
"""Transformers of targets that can be folded into the last layer."""


@dataclass(frozen=True)
class Converted:
    """A fitted estimator as a network, with all that its results depend on."""

    network: Network
    """The network, with all that is affine folded in."""
    source: str
    """Class names of the steps and the estimator, such as "StandardScaler + MLPClassifier"."""
    dtype: str
    """The fitted parameters' dtype; results have it too, unless the samples' is wider."""
    classes: Array | None = None
    """A classifier's labels; None for a regressor."""
    multilabel: bool = False
    """True if a sample may have several labels at once."""
    is_matrix: bool = False
    """True if predictions of one number are a matrix of one column, (m, 1)."""
    preparation: Preparation | None = None
    """How the network's inputs are made of the columns; None if they are the columns."""
    accepted: Accepted | None = None
    """The samples that the first step takes; None if they are any with the network's columns."""

    @property
    def takes(self) -> Accepted:
        """The samples that are taken."""
        return self.accepted or Accepted(self.network.sizes[0])


def convert(estimator: Any) -> Converted:
    """Convert a fitted estimator; `kernels.compile` says which.

    Raises
    ------
    TypeError
        If it is another object, or overrides a method by which scikit-learn computes.
    ValueError
        If a step of the Pipeline cannot be compiled; the message names the step and what to do.
    sklearn.exceptions.NotFittedError
        If it has not been fitted.
    """
    if isinstance(estimator, type):
        raise TypeError(f"{EXPECTED}, got the class {estimator.__name__}")
    if "sklearn" not in sys.modules:  # then the object cannot be one of its estimators
        raise TypeError(f"{EXPECTED}, got {type(estimator).__name__}")
    try:
        return converted(estimator)
    except StepError as error:
        raise ValueError(f"{error}{advice(estimator, converted)}") from None
    except OverriddenError as error:
        raise TypeError(f"{error}{advice(estimator, converted)}") from None


def converted(estimator: Any) -> Converted:
    """What `convert` returns; raises StepError, which has no advice yet."""
    check(estimator)
    given = accepted(estimator)
    model = read(estimator, Table.of_columns(given.columns))
    network, prepared = models.build(model)
    return Converted(
        network,
        description(estimator),
        model.dtype,
        classes=model.classes,
        multilabel=model.multilabel,
        is_matrix=model.is_matrix,
        preparation=prepared,
        accepted=given,
    )


def check(estimator: Any) -> None:
    """Raise TypeError unless it ends in a network, and NotFittedError unless it is fitted."""
    from sklearn.utils.validation import check_is_fitted

    base = known_base(estimator, READERS)
    if base is None:
        raise TypeError(f"{EXPECTED}, got {type(estimator).__name__}")
    if base.__name__ == "Pipeline":
        last = estimator.steps[-1][1] if estimator.steps else None
        if known_base(last, READERS) is None:
            kind = "nothing" if last is None else type(last).__name__
            raise TypeError(f"{EXPECTED}, got {type(estimator).__name__} ending in {kind}")
        for _, one in estimator.steps[:-1]:
            if not isinstance(one, str | None):
                check_is_fitted(one)
        check(last)
    else:
        refuse_unfitted_search(estimator, base)
        check_is_fitted(estimator)
        for inner in INNER.get(base.__name__, nothing)(estimator):
            check(inner)


def refuse_unfitted_search(estimator: Any, base: type) -> None:
    """Raise StepError for a search that has kept no estimator."""
    if base.__name__ == "BaseSearchCV" and not estimator.refit:
        raise StepError(
            f"{type(estimator).__name__} with refit=False has no fitted estimator: fit "
            "p.estimator.set_params(**p.best_params_) and compile that, or fit p with refit=True"
        )


def read(estimator: Any, table: Table) -> Model:
    """The model that an estimator computes from a table."""
    base = known_base(estimator, READERS)
    assert base is not None
    refuse_overridden(estimator, base, PREDICTION_METHODS)
    return READERS[base.__name__](estimator, table)


def read_network(estimator: Any, table: Table) -> Model:
    """An MLPClassifier or MLPRegressor."""
    from sklearn.neural_network import MLPClassifier

    return models.model_of(estimator, table, isinstance(estimator, MLPClassifier))


def read_pipeline(estimator: Any, table: Table) -> Model:
    """A Pipeline: the table after its steps, before its last."""
    for _, one in estimator.steps[:-1]:
        table = apply(one, table)
    return read(estimator.steps[-1][1], table)


def read_only(estimator: Any, table: Table) -> Model:
    """A wrapper that predicts what the estimator in it predicts."""
    base = known_base(estimator, READERS)
    assert base is not None
    (inner,) = INNER[base.__name__](estimator)
    return read(inner, table)


def read_several(estimator: Any, table: Table) -> Model:
    """A MultiOutputRegressor: one block-diagonal network."""
    return models.side_by_side([read(one, table) for one in estimator.estimators_])


def read_targets(estimator: Any, table: Table) -> Model:
    """A TransformedTargetRegressor: the inverse of its transformer is part of the last layer."""
    model = read(estimator.regressor_, table)
    affine = of_targets(estimator.transformer_, len(model.biases[-1]))
    return models.with_targets_restored(model, affine, estimator._training_dim != 1)


def of_targets(transformer: Any, count: int) -> Affine:
    """The affine map that a transformer of `count` targets inverts when they are given back."""
    base = known_base(transformer, TARGET_STEPS)
    if base is None:
        raise StepError(
            f"step {shown_name(transformer)} cannot be folded into the last layer; scikit-learn's "
            f"{', '.join(TARGET_STEPS)} can"
        )
    refuse_overridden(transformer, base, INVERSE_METHODS)
    if getattr(transformer, "inverse_func", None) is not None:
        raise StepError(
            "the targets cannot be given back in compiled code: inverse_func is a function of "
            "Python"
        )
    return apply(transformer, Table.of_columns(count)).affine


READERS: dict[str, Callable[[Any, Table], Model]] = {
    "MLPClassifier": read_network,
    "MLPRegressor": read_network,
    "Pipeline": read_pipeline,
    "BaseSearchCV": read_only,
    "FrozenEstimator": read_only,
    "MultiOutputRegressor": read_several,
    "TransformedTargetRegressor": read_targets,
}
"""How each kind of estimator is read, by the name of its class in scikit-learn."""


def nothing(_: Any) -> list[Any]:
    """No estimators."""
    return []


INNER: dict[str, Callable[[Any], list[Any]]] = {
    "BaseSearchCV": lambda one: [one.best_estimator_],
    "FrozenEstimator": lambda one: [one.estimator],
    "MultiOutputRegressor": lambda one: list(one.estimators_),
    "TransformedTargetRegressor": lambda one: [one.regressor_],
}
"""The fitted estimators in a wrapper."""
