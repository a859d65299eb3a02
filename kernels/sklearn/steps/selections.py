"""Steps that keep some of the columns: all that have `get_support`."""

from __future__ import annotations

from typing import Any

from kernels.sklearn.steps.registry import step
from kernels.sklearn.table import FINITE, NO_INFINITY, Table


@step(
    "VarianceThreshold",
    "SelectKBest",
    "SelectPercentile",
    "SelectFpr",
    "SelectFdr",
    "SelectFwe",
    "GenericUnivariateSelect",
    "SelectFromModel",
    "RFE",
    "RFECV",
    "SequentialFeatureSelector",
)
def selection(one: Any, table: Table) -> Table:
    """The columns of `get_support`; NaN is refused in the others too, where scikit-learn does."""
    return table.required(NO_INFINITY if allows_nan(one) else FINITE).selected(
        one.get_support(indices=True)
    )


def allows_nan(one: Any) -> bool:
    """True if a step takes NaN, by its own account."""
    try:
        from sklearn.utils import get_tags
    except ImportError:  # before scikit-learn 1.6
        from sklearn.utils._tags import _safe_tags

        return bool(_safe_tags(one, "allow_nan"))
    return bool(get_tags(one).input_tags.allow_nan)
