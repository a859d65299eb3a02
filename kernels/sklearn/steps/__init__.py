"""Preprocessing steps of scikit-learn, one module a family, as functions of a `Table`.

A step is one function in one of these modules, registered under the name of its class.
"""

from kernels.sklearn.steps import (
    composition,
    encoders,
    imputing,
    projections,
    scalers,
    selections,
)
from kernels.sklearn.steps.registry import STEPS, apply

__all__ = [
    "STEPS",
    "apply",
    "composition",
    "encoders",
    "imputing",
    "projections",
    "scalers",
    "selections",
]
