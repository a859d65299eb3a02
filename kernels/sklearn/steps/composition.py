"""Steps made of steps: Pipeline, ColumnTransformer, FeatureUnion, FrozenEstimator."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.sklearn.affine import extended
from kernels.sklearn.steps.registry import apply, step
from kernels.sklearn.table import StepError, Table


@step("Pipeline")
def pipeline(one: Any, table: Table) -> Table:
    """One step after the other."""
    for _, inner in one.steps:
        table = apply(inner, table)
    return table


@step("ColumnTransformer")
def column_transformer(one: Any, table: Table) -> Table:
    """The tables of all transformers side by side, each of its own columns."""
    weights = one.transformer_weights or {}
    tables = []
    for name, transformer, _ in one.transformers_:
        indices = one._transformer_to_input_indices[name]
        if len(indices) == 0 or (isinstance(transformer, str) and transformer == "drop"):
            continue
        found = apply(transformer, table.selected(indices))
        tables.append(weighted(found, weights.get(name)))
    return side_by_side(table, tables)


@step("FeatureUnion")
def feature_union(one: Any, table: Table) -> Table:
    """The tables of all transformers side by side, each of all columns."""
    weights = one.transformer_weights or {}
    return side_by_side(
        table,
        [
            weighted(apply(transformer, table), weights.get(name))
            for name, transformer in one.transformer_list
            if not (isinstance(transformer, str) and transformer == "drop")
        ],
    )


@step("FrozenEstimator")
def frozen_estimator(one: Any, table: Table) -> Table:
    """The frozen transformer."""
    return apply(one.estimator, table)


def weighted(table: Table, weight: Any) -> Table:
    """A transformer's table times its weight; None is 1."""
    if weight is None:
        return table
    return table.with_map(table.affine.scaled(extended(np.full(table.width, weight))))


def side_by_side(table: Table, tables: list[Table]) -> Table:
    """Tables as one; raises StepError if there is none."""
    if not tables:
        raise StepError("it drops all columns")
    return table.joined(tables)
