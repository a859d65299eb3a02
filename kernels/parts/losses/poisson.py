"""The Poisson loss of counts: half their deviance from the means that the network predicts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.parts.loss import Loss
from kernels.support.checks import Array


def of_targets(y: Array, log: Callable[[Array], Array] = np.log) -> Array:
    """y log y - y, 0 where y is 0."""
    counted = np.where(y == 0, 1 + 0 * y, y)
    return np.asarray(y * log(counted) - y)


def share(z: Any, h: Any, y: Any) -> Any:
    """y log(y / h) - y + h of one node, from z = log h."""
    if y == 0:
        return h
    if y > 0:
        return h - y * z + (y * math.log(y) - y)
    return math.nan


class Poisson(Loss):
    """sum y log(y / h) - y + h, with exp outputs; 0 log 0 is 0. For y < 0 it is NaN."""

    name = "poisson"
    formula = "sum y log(y / h) - y + h"
    rank = 1
    outputs = ("exp",)
    libraries = {"scikit-learn": "poisson", "torch": "PoissonNLLLoss", "keras": "poisson"}
    aliases = ("half_poisson", "poisson_deviance")

    def of(self, f: Activation, z: Any, h: Any, y: Any) -> Any:
        return (h - y * z + of_targets(y)).sum(axis=-1)

    def scalar(self, over_nodes: bool) -> Callable[[Any, Any, Any], Any]:
        return share

    def c(self, over_nodes: bool) -> str:
        return "y == 0 ? h : h - y * z + (y * log(y) - y)"

    def exact(self, a: Any, f: Activation, z: Array, h: Array, y: Array) -> Array:
        return np.asarray((h - y * z + of_targets(y, a.log)).sum(axis=1))

    def complex_total(self, f: Activation, h: Array, y: Array) -> Any:
        return (h - y * np.log(h)).sum()

    def bound(
        self, f: Activation, z: Array, z_bound: Array, h: Array, h_bound: Array, y: Array
    ) -> tuple[float, float]:
        y = np.abs(y)
        size = h + y * (np.abs(z) + np.abs(np.log(np.maximum(y, 1e-300))) + 1)
        return float(size.sum()), float((h_bound + y * z_bound).sum())

    def emit(self, m: Any, z: Any, h: Any, y: Any) -> Any:
        zero = m.constant(0.0)
        of_targets = m.where_equal(y, zero, zero, m.sub(m.mul(y, m.log(y)), y))
        return m.add(m.sub(h, m.mul(y, z)), of_targets)


PART = Poisson()
