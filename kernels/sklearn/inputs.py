"""What samples a fitted estimator takes, as its first step decides: columns, names, kinds."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from kernels.sklearn.overridden import known_base
from kernels.sklearn.table import StepError

FIRST: dict[str, str] = {
    "BaseSearchCV": "best_estimator_",
    "FrozenEstimator": "estimator",
    "TransformedTargetRegressor": "regressor_",
}
"""Wrappers, and their attribute with the estimator that gets the samples."""
CONVERTING = (
    "StandardScaler",
    "MinMaxScaler",
    "MaxAbsScaler",
    "RobustScaler",
    "PCA",
    "IncrementalPCA",
)
"""Steps that ask for floating-point numbers and so take numbers written as text."""

DENSE = ("PCA", "IncrementalPCA", "TruncatedSVD", "ColumnTransformer", "BaseMultilayerPerceptron")
"""Steps after which there is no sparse matrix, or none that is known from the steps alone."""


@dataclass(frozen=True)
class Accepted:
    """The samples that an estimator takes."""

    columns: int
    """How many columns they have."""
    names: tuple[str, ...] | None = None
    """The columns' names, if the fit was on a DataFrame."""
    by_name: bool = False
    """True if a DataFrame's columns are found by name, in any order, among others."""
    required: tuple[int, ...] = ()
    """The columns that a DataFrame must have, if they are found by name."""
    only_named: bool = False
    """True if only DataFrames are taken, as columns are chosen by name."""
    takes_text: bool = False
    """True if numbers may be written as text."""
    refuses_sparse: str = ""
    """The error that scikit-learn raises for sparse matrices, "TypeError" or "ValueError"."""

    def __post_init__(self) -> None:
        if self.names is not None and len(self.names) != self.columns:
            raise ValueError(f"{self.columns} columns have {len(self.names)} names")
        if not all(0 <= column < self.columns for column in self.required):
            raise ValueError(f"more than its {self.columns} columns are required")
        if self.refuses_sparse not in ("", "TypeError", "ValueError"):
            raise ValueError(f"there is no error {self.refuses_sparse!r} for sparse matrices")


def accepted(estimator: Any) -> Accepted:
    """What a fitted estimator takes."""
    first = next(receivers(estimator))
    base = known_base(first, ("ColumnTransformer", *CONVERTING))
    kind = "" if base is None else base.__name__
    found = [getattr(one, "feature_names_in_", None) for one in receivers(estimator)]
    names = next((tuple(one) for one in found if one is not None), None)
    counts = [getattr(one, "n_features_in_", None) for one in receivers(estimator)]
    columns = next(int(one) for one in counts if one is not None)
    if kind != "ColumnTransformer":
        return Accepted(
            columns,
            names,
            takes_text=kind in CONVERTING or imputes_numbers(first),
            refuses_sparse=sparse_error(receivers(estimator)),
        )
    required: set[int] = set()
    chosen_by_name = False
    for name, transformer, chosen in first.transformers_:
        if isinstance(transformer, str) and transformer == "drop":
            continue
        required.update(map(int, first._transformer_to_input_indices[name]))
        chosen_by_name |= is_text(chosen)
    return Accepted(
        columns,
        names,
        by_name=names is not None,
        required=tuple(sorted(required)),
        only_named=chosen_by_name,
        takes_text=True,
        refuses_sparse=next(filter(None, map(sparse_error, inner_steps(first))), ""),
    )


def receivers(estimator: Any) -> Iterator[Any]:
    """The estimators that get samples, from the first: what comes before them changes nothing."""
    base = known_base(estimator, ("Pipeline", "MultiOutputRegressor", "FeatureUnion", *FIRST))
    if base is None:
        yield estimator
    elif base.__name__ in FIRST:
        yield from receivers(getattr(estimator, FIRST[base.__name__]))
    elif base.__name__ == "MultiOutputRegressor":
        yield from receivers(estimator.estimators_[0])
    elif base.__name__ == "Pipeline":
        for _, one in estimator.steps:
            if not isinstance(one, str | None):
                yield from receivers(one)
    else:
        steps = [one for _, one in estimator.transformer_list if not isinstance(one, str | None)]
        found = [inner for one in steps for inner in receivers(one)]
        if not found:  # what comes later gets the columns several times
            raise StepError("step FeatureUnion cannot be compiled: it only repeats its columns")
        yield from found


def imputes_numbers(first: Any) -> bool:
    """True for an imputer that takes nothing but numbers."""
    is_imputer = known_base(first, ("SimpleImputer",)) is not None
    return is_imputer and first.strategy in ("mean", "median")


def inner_steps(transformer: Any) -> Iterator[Iterator[Any]]:
    """The steps for each choice of columns of a ColumnTransformer."""
    for name, one, _ in transformer.transformers_:
        chosen = transformer._transformer_to_input_indices[name]
        if len(chosen) and not isinstance(one, str | None):
            yield receivers(one)


def is_text(chosen: Any) -> bool:
    """True if a ColumnTransformer's choice of columns is by name."""
    if isinstance(chosen, slice):
        return isinstance(chosen.start, str) or isinstance(chosen.stop, str)
    values = np.ravel(np.array(chosen, object))
    return any(isinstance(one, str) for one in values)


def sparse_error(steps: Iterable[Any]) -> str:
    """The error that one of several steps raises for a sparse matrix; empty if all take it."""
    for one in steps:
        error = sparse_error_of(one)
        if error or known_base(one, DENSE):
            return error
    return ""


def sparse_error_of(one: Any) -> str:
    """The error that a step raises for a sparse matrix; empty if it takes one."""
    if known_base(one, ("MinMaxScaler", "OneHotEncoder", "OrdinalEncoder")):
        return "TypeError"
    if known_base(one, ("FunctionTransformer",)):
        return "TypeError" if one.validate and not one.accept_sparse else ""
    refuses = (
        (known_base(one, ("StandardScaler",)) and one.with_mean)
        or (known_base(one, ("RobustScaler",)) and one.with_centering)
        or (known_base(one, ("SimpleImputer",)) and is_zero(one.missing_values))
    )
    return "ValueError" if refuses else ""


def is_zero(value: Any) -> bool:
    """True for a number that is 0."""
    return isinstance(value, numbers.Real) and value == 0


def description(estimator: Any) -> str:
    """The class names of an estimator and what is in it: "StandardScaler + MLPClassifier"."""
    base = known_base(estimator, ("Pipeline", "MultiOutputRegressor", *FIRST))
    kind = type(estimator).__name__
    if base is None:
        return kind
    if base.__name__ == "Pipeline":
        steps = [one for _, one in estimator.steps if not isinstance(one, str | None)]
        return " + ".join(map(description, steps))
    if base.__name__ == "MultiOutputRegressor":
        return f"{kind}({description(estimator.estimators_[0])}, ...)"
    return f"{kind}({description(getattr(estimator, FIRST[base.__name__]))})"
