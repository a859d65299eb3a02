"""The samples that gate and contract hold a kernel to, and the truth about them.

A twin's inputs have as many rows as are timed. They are made of few different rows, so that the
reference, which is slow, need not compute more: with k different ones, k^2 >= m, one input has row
i mod k in place i, another has row i div k. No two places have the same row in both, so a row that
is left out, taken twice or swapped with another makes a difference in one of them.

Beside those k there are rows that differ from another in one element only, and rows of small and
of large numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.proof import bounds as conditioning
from kernels.proof import reference
from kernels.support.checks import Array

TWIN_SEED = 20180
FEW = 7
FORWARD_TOLERANCE = {"float64": 1e-13, "float32": 1e-6}
GRADIENT_TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
MAGNITUDES = (1e-5, 30.0, 1e3, 1e5)
"""Of inputs that are not of order 1."""


@dataclass(frozen=True)
class Expected:
    """What one part of a result should be, and how far it may be off, elementwise."""

    what: str
    value: Any
    bound: Any


class Samples:
    """Different rows X (n, s_1), Y (n, s_L), and the truth about inputs picked from them.

    `usual` of them are held to the twin's tolerances; the others to the running error bound.
    """

    def __init__(
        self, plan: Plan, X: Array, Y: Array, usual: int = 0, strict: bool = False
    ) -> None:
        self.X, self.Y, self.usual, self.strict = X, Y, usual, strict
        self.what, self.dtype = plan.architecture, plan.dtype
        self.theta, self.shift = plan.network.theta.astype(plan.dtype), plan.network.shift

    @cached_property
    def layers(self) -> reference.Layers:
        """The forward pass of all rows."""
        return reference.layers(self.what, self.theta, self.X, self.shift)

    @cached_property
    def outputs(self) -> Expected:
        """What forward must give for each row."""
        value, usual = self.layers.h[-1], self.usual
        bound = np.empty(value.shape)
        bound[:usual] = FORWARD_TOLERANCE[self.dtype.name] * self.factor(value[:usual])
        if usual < len(value):
            rows = slice(usual, None)
            bound[rows] = conditioning.bounds(
                self.what,
                self.theta,
                self.X[rows],
                None,
                self.dtype,
                self.shift,
                taken(self.layers, rows),
            ).outputs
            if not self.strict:  # a library's sigmoid may be right to an absolute error only
                np.maximum(bound, FORWARD_TOLERANCE[self.dtype.name], out=bound)
        return Expected("the output", value, bound)

    def output(self, pick: Any) -> Expected:
        """What forward must give for the rows picked."""
        every = self.outputs
        return Expected(every.what, every.value[pick], every.bound[pick])

    def gradient(
        self, pick: Array, moved_to: Array | None = None
    ) -> tuple[reference.Backward, conditioning.Bounds]:
        """Cost, error and gradient of the rows picked, and how far they may be off.

        `moved_to` are other parameters than the plan's, as in the middle of a training.
        """
        rows, counts = np.unique(pick, return_counts=True)
        Y, theta = self.Y[rows], self.theta
        layers = taken(self.layers, rows)
        if moved_to is not None:
            theta = moved_to
            layers = reference.layers(self.what, theta, self.X[rows], self.shift)
        true = reference.backward(self.what, theta, layers, Y, counts)
        if rows[-1] >= self.usual:
            return true, conditioning.bounds(
                self.what, theta, self.X[rows], Y, self.dtype, self.shift, layers
            )
        norm = float((true.theta * true.theta).sum() ** 0.5)
        if not self.what.is_article:
            norm += float(true.cost + true.error)  # the gradient of softmax with one node is 0
        scale = GRADIENT_TOLERANCE[self.dtype.name] * self.factor(true.cost) * norm
        bounds = np.full(self.theta.size, scale)
        return true, conditioning.Bounds(np.empty(0), scale, scale, bounds)

    def training(self, pick: Array, iterations: int, alpha: float) -> list[Expected]:
        """The series of cost and error, and the trained theta, for the rows picked."""
        theta: Array = reference.ARITHMETIC.wide(self.theta)
        passed = []
        for k in range(iterations):
            passed.append(self.gradient(pick, theta if k else None))
            theta = theta - alpha * passed[-1][0].theta
        # each step adds its own error: a node that rests at first may not rest later
        steps = 4 * abs(alpha) * sum(limits.theta for _, limits in passed)
        steps += 4 * conditioning.unit_roundoff(self.dtype) * iterations * np.abs(theta)
        if max(pick) < self.usual:
            cost = error = 4 * sum(limits.cost for _, limits in passed)
        else:
            moved = steps.sum() if iterations > 1 else 0.0
            cost = 4 * (max(limits.cost for _, limits in passed) + moved)
            error = 4 * (max(limits.error for _, limits in passed) + moved)
        return [
            Expected("the cost", np.array([true.cost for true, _ in passed]), cost),
            Expected("the error", np.array([true.error for true, _ in passed]), error),
            Expected("the trained theta", theta, steps),
        ]

    def slope(self, pick: Array, direction: Array) -> float:
        """The slope of the cost along `direction`, without backpropagation."""
        X, Y = self.X[pick], self.Y[pick]
        return reference.slope_along(self.what, self.theta, X, Y, direction, self.shift)

    def factor(self, value: Any) -> float:
        """What tolerances are multiplied by where layers are not logistic.

        Outputs can be larger than 1 then, and rounding errors pass on undiminished.
        """
        if self.what.is_article:
            return 1.0
        return 8 * max(1.0, float(np.abs(value).max(initial=0.0)))


def taken(layers: reference.Layers, rows: Any) -> reference.Layers:
    """Some rows of a forward pass."""
    return reference.Layers(*([a[rows] for a in arrays] for arrays in layers))


class Twin(Samples):
    """The samples of a twin, for inputs of m rows, and which of them make them up."""

    def __init__(self, plan: Plan, m: int) -> None:
        generator = np.random.default_rng(TWIN_SEED)
        count = max(math.isqrt(m - 1) + 1, min(m, FEW + 1))
        inputs, outputs = plan.sizes[0], plan.sizes[-1]
        X = generator.standard_normal((count, inputs))
        Y = generator.random((count, outputs))
        places = np.arange(m)
        self.mixed, self.blocks = places % count, places // count
        self.middle = m // 2
        """The place in `mixed` where a row is changed."""
        alike = np.flatnonzero(self.mixed == self.mixed[self.middle])
        self.elsewhere = int(alike[len(alike) // 3])
        """Another such place, with the same row, where there is one."""
        same = self.mixed[self.middle]
        changed = X[[same] * 3]
        changed[range(3), [0, inputs // 2, inputs - 1]] += 1
        other = Y[[same]]
        other[0, outputs // 2] /= 2
        unusual = generator.standard_normal((len(MAGNITUDES), inputs))
        unusual *= np.array(MAGNITUDES)[:, np.newaxis]
        self.changed = range(count, count + 3)
        self.retargeted = count + 3
        self.unusual = range(count + 4, count + 4 + len(MAGNITUDES))
        X = np.concatenate([X, changed, X[[same]], unusual])
        Y = np.concatenate([Y, Y[[same] * 3], other, generator.random((len(MAGNITUDES), outputs))])
        X = X.astype(plan.dtype)
        if plan.network.shift is not None:
            X = X + plan.network.shift  # in float64, as whoever has such data
        super().__init__(plan, X, Y.astype(plan.dtype), usual=count + 4)

    def altered(self, row: int, place: int) -> Array:
        """`mixed`, but for another row in one place."""
        pick = self.mixed.copy()
        pick[place] = row
        return pick
