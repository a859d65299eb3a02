"""Steps that keep some of the columns: all that have `get_support`."""

from __future__ import annotations

from typing import Any

from kernels.sklearn.steps.registry import step
from kernels.sklearn.table import FINITE, Table


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
    """The columns of `get_support`.

    What is not finite is refused in the others too, unless the step takes NaN; it then checks
    nothing.
    """
    checked = table if allows_nan(one) else table.required(FINITE)
    return checked.selected(one.get_support(indices=True))


def allows_nan(one: Any) -> bool:
    """True if a step takes NaN, by its own account."""
    try:
        from sklearn.utils import get_tags
    except ImportError:  # before scikit-learn 1.6
        from sklearn.utils._tags import _safe_tags

        return bool(_safe_tags(one, "allow_nan"))
    return bool(get_tags(one).input_tags.allow_nan)
