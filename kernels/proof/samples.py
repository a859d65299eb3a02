"""Samples for gate and contract, with the expected results and how far a kernel may be off.

A twin's inputs have as many samples as are timed, but are made of few different ones, because the
reference is slow: with k different samples, k^2 >= m, one input has sample i mod k in place i and
another has sample i div k there. No two places have the same sample in both inputs, so a sample
that is left out, used twice or swapped with another changes the result of one of them.

Besides those k there are samples that differ from another in one element only, and samples of
small and of large numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.proof import bounds as error_bounds
from kernels.proof import reference
from kernels.support.checks import Array

TWIN_SEED = 20180
FEW = 7
FORWARD_TOLERANCE = {"float64": 1e-13, "float32": 1e-6}
GRADIENT_TOLERANCE = {"float64": 1e-12, "float32": 1e-5}
MAGNITUDES = (1e-5, 30.0, 1e3, 1e5)
"""Magnitudes of a twin's small and large inputs; all others are of order 1."""


@dataclass(frozen=True)
class Expected:
    """One part of a result: its name, its value, and how far each element may be off."""

    what: str
    value: Any
    bound: Any


class Samples:
    """Different samples X (n, s_1), Y (n, s_L), and the expected results for picks from them.

    The first `usual` samples are held to the twin's tolerances, the others to the running error
    bound; `strict` holds outputs to that bound even where it is smaller than the tolerance.
    """

    def __init__(
        self, plan: Plan, X: Array, Y: Array, usual: int = 0, strict: bool = False
    ) -> None:
        self.X, self.Y, self.usual, self.strict = X, Y, usual, strict
        self.what, self.dtype = plan.architecture, plan.dtype
        self.theta, self.shift = plan.network.theta.astype(plan.dtype), plan.network.shift

    @cached_property
    def layers(self) -> reference.Layers:
        """The reference's forward pass over all samples."""
        return reference.layers(self.what, self.theta, self.X, self.shift)

    @cached_property
    def outputs(self) -> Expected:
        """The expected outputs of all samples."""
        value, usual = self.layers.h[-1], self.usual
        bound = np.empty(value.shape)
        bound[:usual] = FORWARD_TOLERANCE[self.dtype.name] * self.factor(value[:usual])
        if usual < len(value):
            rows = slice(usual, None)
            bound[rows] = error_bounds.bounds(
                self.what,
                self.theta,
                self.X[rows],
                None,
                self.dtype,
                self.shift,
                select(self.layers, rows),
            ).outputs
            if not self.strict:  # libraries bound a sigmoid's absolute error, not the relative one
                np.maximum(bound, FORWARD_TOLERANCE[self.dtype.name], out=bound)
        return Expected("the output", value, bound)

    def output(self, pick: Any) -> Expected:
        """The expected outputs of the samples picked."""
        every = self.outputs
        return Expected(every.what, every.value[pick], every.bound[pick])

    def gradient(
        self, pick: Array, moved_to: Array | None = None
    ) -> tuple[reference.Backward, error_bounds.Bounds]:
        """The reference's gradient over the samples picked, and how far a kernel may be off.

        `moved_to` replaces the plan's parameters, as in the middle of a training.
        """
        rows, counts = np.unique(pick, return_counts=True)
        Y, theta = self.Y[rows], self.theta
        layers = select(self.layers, rows)
        if moved_to is not None:
            theta = moved_to
            layers = reference.layers(self.what, theta, self.X[rows], self.shift)
        true = reference.backward(self.what, theta, layers, Y, counts)
        if rows[-1] >= self.usual:
            return true, error_bounds.bounds(
                self.what, theta, self.X[rows], Y, self.dtype, self.shift, layers
            )
        norm = float((true.theta * true.theta).sum() ** 0.5)
        if not self.what.is_article:
            norm += float(true.cost + true.error)  # the gradient of softmax with one node is 0
        scale = GRADIENT_TOLERANCE[self.dtype.name] * self.factor(true.cost) * norm
        bounds = np.full(self.theta.size, scale)
        return true, error_bounds.Bounds(np.empty(0), scale, scale, bounds)

    def training(self, pick: Array, iterations: int, alpha: float) -> list[Expected]:
        """Expected cost, error and trained theta of a training on the samples picked."""
        theta: Array = reference.ARITHMETIC.wide(self.theta)
        passed = []
        for k in range(iterations):
            passed.append(self.gradient(pick, theta if k else None))
            theta = theta - alpha * passed[-1][0].theta
        # the bound of every step counts: a relu that is off at first may be on later
        steps = 4 * abs(alpha) * sum(limits.theta for _, limits in passed)
        steps += 4 * error_bounds.unit_roundoff(self.dtype) * iterations * np.abs(theta)
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
        """The derivative of the cost along `direction`, computed without backpropagation."""
        X, Y = self.X[pick], self.Y[pick]
        return reference.slope_along(self.what, self.theta, X, Y, direction, self.shift)

    def factor(self, value: Any) -> float:
        """Factor on the tolerances, above 1 for networks other than the article's.

        Their outputs can be larger than 1, and no sigmoid's small slope damps rounding errors.
        """
        if self.what.is_article:
            return 1.0
        return 8 * max(1.0, float(np.abs(value).max(initial=0.0)))


def select(layers: reference.Layers, rows: Any) -> reference.Layers:
    """Select samples of a forward pass."""
    return reference.Layers(*([a[rows] for a in arrays] for arrays in layers))


class Twin(Samples):
    """A twin's samples, and the picks from them that make inputs of m samples."""

    def __init__(self, plan: Plan, m: int) -> None:
        generator = np.random.default_rng(TWIN_SEED)
        count = max(math.isqrt(m - 1) + 1, min(m, FEW + 1))
        inputs, outputs = plan.sizes[0], plan.sizes[-1]
        X = generator.standard_normal((count, inputs))
        Y = generator.random((count, outputs))
        places = np.arange(m)
        self.mixed, self.blocks = places % count, places // count
        self.middle = m // 2
        """Index in `mixed` at which another sample is put in."""
        alike = np.flatnonzero(self.mixed == self.mixed[self.middle])
        self.elsewhere = int(alike[len(alike) // 3])
        """Another index with the same sample, if there is one."""
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
            X = X + plan.network.shift  # in float64, as a caller would have them
        super().__init__(plan, X, Y.astype(plan.dtype), usual=count + 4)
        self._leave_out_beyond(float(np.finfo(plan.dtype).max) ** 0.25)

    def _leave_out_beyond(self, most: float) -> None:
        """Leave unusual samples out whose outputs are larger: exp of large numbers is infinite."""
        rows = np.arange(len(self.X))
        large = (abs(self.layers.h[-1]) > most).any(axis=1)
        rows = rows[(rows < self.unusual[0]) | ~large]
        self.X, self.Y, self.layers = self.X[rows], self.Y[rows], select(self.layers, rows)
        self.unusual = range(self.unusual[0], len(rows))

    def altered(self, row: int, place: int) -> Array:
        """A copy of `mixed` with sample `row` at index `place`."""
        pick = self.mixed.copy()
        pick[place] = row
        return pick
