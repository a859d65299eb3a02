"""What to do instead, where an estimator cannot be compiled as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kernels.sklearn.overridden import known_base

COST = (
    "What stays in scikit-learn takes 0.1 ms a step and more for one row, a ColumnTransformer of a "
    "DataFrame some milliseconds"
)
PARTS = {"BaseSearchCV": "best_estimator_", "FrozenEstimator": "estimator"}
"""Attributes that hold the estimator which predicts, by the wrapper's class."""


def advice(estimator: Any, convert: Callable[[Any], Any], path: str = "p") -> str:
    """The end of a message: the line to type instead, for an estimator called p.

    Parameters
    ----------
    convert : converts an estimator, or raises
    path : the expression of the estimator
    """
    base = known_base(estimator, (*PARTS, *ADVISERS))
    if base is None:
        return ""
    if base.__name__ in PARTS:
        name = PARTS[base.__name__]
        inner = getattr(estimator, name, None)
        return "" if inner is None else advice(inner, convert, f"{path}.{name}")
    line = ADVISERS[base.__name__](estimator, convert, path)
    return f". Instead, with p for this estimator: {line}. {COST}" if line else ""


def for_pipeline(estimator: Any, convert: Callable[[Any], Any], path: str, given: str = "X") -> str:
    """The longest part at the end of a Pipeline that can be compiled; `given` are the samples."""
    for k in range(1, len(estimator.steps)):
        if is_convertible(estimator[k:], convert):
            return f"kernels.compile({path}[{k}:]) and give it {path}[:{k}].transform({given})"
    last = estimator.steps[-1][1]
    if known_base(last, ("Pipeline",)) is None:
        return ""
    before = f"{path}[:-1].transform({given})" if len(estimator.steps) > 1 else given
    return for_pipeline(last, convert, f"{path}[-1]", before)


def for_targets(estimator: Any, convert: Callable[[Any], Any], path: str) -> str:
    """The regressor alone, if it can be compiled, or a part of it."""
    column, flat = (".reshape(-1, 1)", ".ravel()") if estimator._training_dim == 1 else ("", "")
    back = (
        f"then predict with {path}.transformer_.inverse_transform(fast.predict(X){column}){flat}, "
        "fast being what was compiled"
    )
    if is_convertible(estimator.regressor_, convert):
        return f"kernels.compile({path}.regressor_); {back}"
    if known_base(estimator.regressor_, ("Pipeline",)) is None:
        return ""
    line = for_pipeline(estimator.regressor_, convert, f"{path}.regressor_")
    return line and f"{line} for X; {back}"


def for_several(estimator: Any, convert: Callable[[Any], Any], path: str) -> str:
    """Each estimator alone, if all can be compiled."""
    if all(is_convertible(one, convert) for one in estimator.estimators_):
        return f"[kernels.compile(one) for one in {path}.estimators_], one for each column"
    return ""


def is_convertible(estimator: Any, convert: Callable[[Any], Any]) -> bool:
    """True if an estimator can be converted."""
    try:
        convert(estimator)
    except (TypeError, ValueError):
        return False
    return True


ADVISERS: dict[str, Callable[[Any, Callable[[Any], Any], str], str]] = {
    "Pipeline": for_pipeline,
    "TransformedTargetRegressor": for_targets,
    "MultiOutputRegressor": for_several,
}
"""The functions that find the line, by the estimator's class."""
