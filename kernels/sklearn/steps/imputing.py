"""Steps that fill missing values."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.sklearn.lookups import is_nan
from kernels.sklearn.steps.registry import step
from kernels.sklearn.table import FINITE, NO_INFINITY, StepError, Table


@step("SimpleImputer")
def simple_imputer(one: Any, table: Table) -> Table:
    """Each column filled, and an indicator for each that was missing in the fit, if asked for.

    Columns that had no values in the fit are dropped, unless they are kept.
    """
    missing = one.missing_values
    if missing is None or isinstance(missing, str):
        require_categories(table, missing)
    table.required(NO_INFINITY if is_nan(missing) else FINITE)
    fills = one.statistics_
    kept = list(range(len(fills)))
    if not one.keep_empty_features:
        kept = [k for k in kept if not is_nan(fills[k])]
    filled = table.selected(kept).filled(missing, [plain(fills[k]) for k in kept])
    if not one.add_indicator:
        return filled
    indicated = table.indicators(missing, [int(k) for k in one.indicator_.features_])
    return table.joined([filled, indicated])


def require_categories(table: Table, missing: Any) -> None:
    """Raise StepError unless all columns are as given: text, in which None may be missing."""
    if any(table.raw(k) is None for k in range(table.width)):
        raise StepError(f"missing_values={missing!r} after a step that makes numbers")


def plain(value: Any) -> Any:
    """A fill as a number of Python's or as text."""
    return value.item() if isinstance(value, np.generic) else value
