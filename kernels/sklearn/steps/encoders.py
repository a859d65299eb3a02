"""Steps that encode categories: OneHotEncoder and OrdinalEncoder."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from kernels.sklearn.lookups import (
    ENCODED_AS,
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
    features: list[Feature] = []
    for k, categories in enumerate(one.categories_):
        groups = grouped(one, k, len(categories))
        dropped = one._drop_idx_after_grouping
        drop = None if dropped is None else dropped[k]
        count = int(groups.max()) + 1
        columns = [group for group in range(count) if group != drop]
        codes = [NONE if group == drop else float(group) for group in groups]
        action, unknown = one_hot_unknown(one, k, len(features), columns)
        source = look_up(table, k, (categories, codes), action, unknown)
        features += [Feature(source, "equal", float(group)) for group in columns]
    table.columns.encoders += 1
    return Table(table.columns, tuple(features))


@step("OrdinalEncoder")
def ordinal_encoder(one: Any, table: Table) -> Table:
    """The index of each category."""
    features: list[Feature] = []
    for k, categories in enumerate(one.categories_):
        missing = one._missing_indices.get(k)
        groups = grouped(one, k, len(categories), missing)
        codes = [float(group) for group in groups]
        if missing is not None:
            codes = [float(one.encoded_missing_value) if c == missing else c for c in codes]
        action, unknown = ERROR, np.nan
        if one.handle_unknown == "use_encoded_value":
            action, unknown = SILENT, float(one.unknown_value)
        features.append(Feature(look_up(table, k, (categories, codes), action, unknown)))
    table.columns.encoders += 1
    return Table(table.columns, tuple(features))


def grouped(one: Any, k: int, count: int, kept: int | None = None) -> Any:
    """The group of each category of column k: the infrequent ones share one.

    The category `kept` keeps its index.
    """
    groups = np.arange(count)
    if not one._infrequent_enabled or one._default_to_infrequent_mappings[k] is None:
        return groups
    mapping = one._default_to_infrequent_mappings[k]
    return np.array([k if k == kept else mapping[k] for k in groups])


def one_hot_unknown(one: Any, k: int, first: int, columns: Sequence[int]) -> tuple[str, float]:
    """What a OneHotEncoder does about an unknown category in column k, and its code.

    The encoder itself is asked: versions of scikit-learn differ.

    Parameters
    ----------
    first : index of the first column of 0 and 1 that column k becomes
    columns : the group for which each of them stands
    """
    if one.handle_unknown == "error":
        return ERROR, NONE
    row = np.empty((1, len(one.categories_)), object)
    row[0] = [categories[0] for categories in one.categories_]
    row[0, k] = unlike(one.categories_[k])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = one.transform(row)
    encoded = np.asarray(found.toarray() if hasattr(found, "toarray") else found)[0]
    (ones,) = np.nonzero(encoded[first : first + len(columns)])
    texts = [str(warning.message) for warning in told]
    texts = [text for text in texts if text.startswith("Found unknown categories")]
    action = SILENT
    if texts:
        action = WARN_ZEROS if ENCODED_AS[WARN_ZEROS] in texts[0] else WARN_INFREQUENT
    return action, float(columns[ones[0]]) if len(ones) else NONE


def unlike(categories: Any) -> Any:
    """A value of the categories' kind that is none of them."""
    if categories.dtype.kind in "biuf":
        known = categories[np.isfinite(categories)] if len(categories) else categories
        return float(max(known, default=0)) + 1
    return "".join(map(str, categories.tolist())) + "?"


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
