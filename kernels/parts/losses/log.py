"""The log-loss of logistic outputs, and of softmax: the cross-entropy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.parts.loss import Loss
from kernels.support.checks import Array


def share_of_logistic(z: Any, h: Any, y: Any) -> Any:
    """-(y log h + (1 - y) log(1 - h)) of one node, from z."""
    return np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))


def share_of_softmax(z: Any, h: Any, y: Any) -> Any:
    """-y log h of one node; z is log h."""
    return -y * z


class Log(Loss):
    """-sum y log h, with softmax; -sum (y log h + (1 - y) log(1 - h)), with logistic outputs."""

    name = "log"
    formula = "-sum y log h; with logistic outputs -sum (y log h + (1 - y) log(1 - h))"
    rank = 1
    outputs = ("softmax", "logistic")
    libraries = {"scikit-learn": "log_loss", "torch": "CrossEntropyLoss",
                 "keras": "categorical_crossentropy"}  # fmt: skip
    aliases = ("cross_entropy", "binary_crossentropy", "bceloss", "binary_log_loss")

    def of(self, f: Activation, z: Any, h: Any, y: Any) -> Any:
        if not f.over_nodes:
            return share_of_logistic(z, h, y).sum(axis=-1)
        below = z - z.max(axis=-1, keepdims=True)
        return y.sum(axis=-1) * np.log(np.exp(below).sum(axis=-1)) - (y * below).sum(axis=-1)

    def total(self, f: Activation, Z: Array, Y: Array, work: Array) -> float:
        if f.over_nodes:
            np.subtract(Z, Z.max(axis=1, keepdims=True), out=work)
            weighted = np.einsum("ij,ij->", Y, work)
            np.exp(work, out=work)
            return float((Y.sum(axis=1) * np.log(work.sum(axis=1))).sum() - weighted)
        np.abs(Z, out=work)
        np.negative(work, out=work)
        np.exp(work, out=work)
        np.log1p(work, out=work)
        total = float(work.sum())
        np.multiply(Y, Z, out=work)
        # node by node: where y is 0 or 1, the difference is 0 or exact
        np.subtract(np.maximum(Z, 0), work, out=work)
        return total + float(work.sum())

    def scalar(self, over_nodes: bool) -> Callable[[Any, Any, Any], Any]:
        return share_of_softmax if over_nodes else share_of_logistic

    def c(self, over_nodes: bool) -> str:
        return "-y * z" if over_nodes else "(z < 0 ? 0 : z) - y * z + log1p(exp(-fabs(z)))"

    def exact(self, a: Any, f: Activation, z: Array, h: Array, y: Array) -> Array:
        if f.over_nodes:
            below = z - z.max(axis=1)[:, np.newaxis]
            logarithm = a.log(a.exp(below).sum(axis=1))
            return np.asarray(y.sum(axis=1) * logarithm - (y * below).sum(axis=1))
        positive = np.where(z < 0, 0 * z, z)
        return np.asarray((positive - y * z + a.log1p(a.exp(-abs(z)))).sum(axis=1))

    def complex_total(self, f: Activation, h: Array, y: Array) -> Any:
        if f.over_nodes:
            return -(y * np.log(h)).sum()
        return -(y * np.log(h) + (1 - y) * np.log(1 - h)).sum()

    def bound(
        self, f: Activation, z: Array, z_bound: Array, h: Array, h_bound: Array, y: Array
    ) -> tuple[float, float]:
        z, y = np.abs(z), np.abs(y)
        size = (1 + y) * (z + z.max(axis=1, keepdims=True) + np.log(z.shape[1] + 1))
        uncertain = (1 + y) * (z_bound + z_bound.max(axis=1, keepdims=True))
        return float(size.sum()), float(uncertain.sum())

    def emit(self, m: Any, z: Any, h: Any, y: Any) -> Any:
        power = m.exp_of_negative(m.negative(m.magnitude(z)))
        rest = m.log1p_of_fraction(power)
        return m.add(m.sub(m.greater(z, m.constant(0.0)), m.mul(y, z)), rest)


PART = Log()
