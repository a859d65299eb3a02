"""Steps that encode categories: OneHotEncoder and OrdinalEncoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kernels.sklearn.lookups import (
    ERROR,
    NA_ERROR,
    NA_IS_NAN,
    NA_UNKNOWN,
    SILENT,
    WARN_INFREQUENT,
    WARN_ZEROS,
    Lookup,
    is_na,
    is_nan,
)
from kernels.sklearn.steps.registry import step
from kernels.sklearn.table import Feature, StepError, Table

NONE = -1.0
"""The code of a category that no column of a OneHotEncoder stands for."""


@step("OneHotEncoder")
def one_hot_encoder(one: Any, table: Table) -> Table:
    """One column of 0 and 1 for each category that is not dropped."""
    features = []
    for k, categories in enumerate(one.categories_):
        groups, infrequent = grouped(one, k, len(categories))
        dropped = one._drop_idx_after_grouping
        drop = None if dropped is None else dropped[k]
        count = int(groups.max()) + 1
        columns = [group for group in range(count) if group != drop]
        codes = [NONE if group == drop else float(group) for group in groups]
        action, unknown = one_hot_unknown(one, infrequent)
        if unknown == drop:
            unknown = NONE
        source = look_up(table, k, (categories, codes), action, unknown)
        features += [Feature(source, "equal", float(group)) for group in columns]
    table.columns.encoders += 1
    return Table(table.columns, tuple(features))


@step("OrdinalEncoder")
def ordinal_encoder(one: Any, table: Table) -> Table:
    """The index of each category."""
    features = []
    for k, categories in enumerate(one.categories_):
        missing = one._missing_indices.get(k)
        groups, _ = grouped(one, k, len(categories), missing)
        codes = [float(group) for group in groups]
        if missing is not None:
            codes = [float(one.encoded_missing_value) if c == missing else c for c in codes]
        action, unknown = ERROR, np.nan
        if one.handle_unknown == "use_encoded_value":
            action, unknown = SILENT, float(one.unknown_value)
        features.append(Feature(look_up(table, k, (categories, codes), action, unknown)))
    table.columns.encoders += 1
    return Table(table.columns, tuple(features))


def grouped(one: Any, k: int, count: int, kept: int | None = None) -> tuple[Any, int | None]:
    """The group of each category of column k, and the infrequent categories' group.

    Without infrequent categories, every category is a group. The category `kept` keeps its index.
    """
    groups = np.arange(count)
    if not one._infrequent_enabled or one._default_to_infrequent_mappings[k] is None:
        return groups, None
    mapping = one._default_to_infrequent_mappings[k]
    found = np.array([k if k == kept else mapping[k] for k in groups])
    return found, int(mapping[one._infrequent_indices[k][0]])


def one_hot_unknown(one: Any, infrequent: int | None) -> tuple[str, float]:
    """What is done about unknown categories, and their code."""
    handling = one.handle_unknown
    if handling == "error":
        return ERROR, NONE
    takes = handling in ("infrequent_if_exist", "warn") and infrequent is not None
    action = SILENT
    if handling == "warn" or one.drop is not None:
        action = WARN_ZEROS if handling == "ignore" else WARN_INFREQUENT
    return action, NONE if not takes or infrequent is None else float(infrequent)


def look_up(
    table: Table, k: int, known: tuple[Any, Sequence[float]], action: str, unknown: float
) -> int:
    """Add a lookup of the categories of column k, with their codes; return its source.

    Values that a SimpleImputer fills have the code of what they are filled with.

    Raises
    ------
    StepError
        If an earlier step changed the column's values.
    """
    feature = table.raw(k)
    if feature is None or not is_given(feature, table.columns.count):
        raise StepError(f"its column {k} is the result of a step that makes numbers")
    categories, numbers = known
    codes: dict[Any, float] = {}
    nan, na = None, NA_UNKNOWN
    for category, code in zip(categories.tolist(), numbers, strict=True):
        if is_nan(category):
            nan = code
        else:
            codes[category] = code
    missing = feature.missing
    if feature.fill is not None:
        fill = feature.fill
        na = NA_IS_NAN if is_na(missing) else NA_ERROR
        code_of_fill = nan if is_nan(fill) else codes.get(number_or_text(fill))
        if is_nan(missing):
            nan = code_of_fill
            if is_na(missing) and code_of_fill is not None:
                codes[None] = code_of_fill
        elif code_of_fill is not None:
            codes[missing] = code_of_fill
        else:
            codes.pop(missing, None)
    position = feature.source, table.columns.encoders, k
    return table.columns.look_up(
        Lookup(*position, tuple(codes), tuple(codes.values()), nan, action, unknown, na)
    )


def is_given(feature: Feature, columns: int) -> bool:
    """True if a feature is a sample's column, but for missing values."""
    return feature.source < columns and replace(feature, missing=None, fill=None).is_raw


def number_or_text(value: Any) -> Any:
    """A number in double precision, anything else as it is."""
    return float(value) if isinstance(value, np.floating) else value
