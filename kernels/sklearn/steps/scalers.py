"""Steps that scale and shift each column."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.sklearn.affine import extended
from kernels.sklearn.steps.registry import step
from kernels.sklearn.table import FINITE, NO_INFINITY, StepError, Table


@step("StandardScaler")
def standard_scaler(one: Any, table: Table) -> Table:
    """(x - mean_) / scale_."""
    return scaled(table, one.mean_ if one.with_mean else None, one.scale_ if one.with_std else None)


@step("RobustScaler")
def robust_scaler(one: Any, table: Table) -> Table:
    """(x - center_) / scale_."""
    centres = one.center_ if one.with_centering else None
    return scaled(table, centres, one.scale_ if one.with_scaling else None)


def scaled(table: Table, centres: Any, scales: Any) -> Table:
    """(x - centres) / scales, each if it is not None."""
    affine = table.required(NO_INFINITY).affine
    deviations = None if scales is None else extended(scales)
    if centres is not None:
        affine = affine.less(extended(centres), 0 if deviations is None else deviations)
    return table.with_map(affine if deviations is None else affine.scaled(1 / deviations))


@step("MinMaxScaler")
def min_max_scaler(one: Any, table: Table) -> Table:
    """x scale_ + min_, clipped to the range if the scaler clips."""
    least, most = one.feature_range
    affine = table.required(NO_INFINITY).affine.scaled(extended(one.scale_))
    table = table.with_map(affine.less(-extended(one.min_), most - least))
    if not one.clip:
        return table
    return table.clipped(*(np.full(table.width, bound) for bound in (least, most)))


@step("MaxAbsScaler")
def max_abs_scaler(one: Any, table: Table) -> Table:
    """x / scale_, clipped to [-1, 1] if the scaler clips."""
    affine = table.required(NO_INFINITY).affine.scaled(1 / extended(one.scale_))
    table = table.with_map(affine)
    if not getattr(one, "clip", False):
        return table
    return table.clipped(*(np.full(table.width, bound) for bound in (-1, 1)))


@step("FunctionTransformer")
def function_transformer(one: Any, table: Table) -> Table:
    """X itself, if there is no function."""
    if one.func is not None:
        raise StepError("it calls a function of Python")
    return table.required(FINITE) if one.validate else table
