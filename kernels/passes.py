"""Passes over the data in batches: what a kernel gets, and how any kernel can make them.

The penalty is scikit-learn's: a batch's cost grows by l2/2 times the sum of all squared weights,
without biases, divided by the batch's samples, or by the sum of their weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from kernels.network import views
from kernels.parts.optimizer import Optimizer
from kernels.support.checks import Array

SUMS = ("cost", "error", "penalty")
"""What a pass adds up, over its batches and times the samples of each: the means of the loss and of
||y - h||, and the penalty, which is not in the cost."""

BatchGradient = Callable[[Array, Array, Array, Array], tuple[float, float]]
"""gradient(theta, X, Y, out): writes the mean gradient; the means of the loss and of ||y - h||."""


class Part(NamedTuple):
    """What is asked for of one pass."""

    number: int
    order: Array | None
    """(m,) int64: which samples one after the other; None for theirs."""
    rates: Array
    """(batches, ...): the optimizer's rates in each step of the pass."""
    span: tuple[int, int]
    """The first step of the pass that is asked for, and the one after the last."""


class Passes(NamedTuple):
    """Passes over m samples, each in batches of `batch_size`, the last perhaps smaller."""

    X: Array
    """(m, s_1), C-ordered, in the plan's dtype, as all arrays here are unless it says otherwise."""
    Y: Array
    """(m, s_L)"""
    orders: Array | None
    """(passes, m) int64: which samples one after the other; None for theirs."""
    weights: Array | None
    """(m,): how much each sample counts; None for 1."""
    batch_size: int
    l2: float
    optimizer: Optimizer
    slots: Array
    """(k, n): what the optimizer keeps; changed."""
    rates: Array
    """(passes times batches, ...): the optimizer's rates in each step."""
    made: int
    """Steps that were made before."""
    learning_rate: float
    """From which the rates are."""

    @property
    def batches(self) -> int:
        """How many batches a pass has: each is a step."""
        return -(-len(self.X) // self.batch_size)

    def parts(self, first: int, last: int) -> Iterator[Part]:
        """The passes that the steps from `first` to the one before `last` belong to."""
        for number in range(first // self.batches, -(-last // self.batches)):
            start = number * self.batches
            yield Part(
                number,
                None if self.orders is None else self.orders[number],
                self.rates[start : start + self.batches],
                (max(first - start, 0), min(last - start, self.batches)),
            )

    def batch(self, step: int) -> tuple[Array, Array, Array | None]:
        """Samples, targets and weights of a step."""
        number, batch = divmod(step, self.batches)
        part = slice(batch * self.batch_size, (batch + 1) * self.batch_size)
        chosen = part if self.orders is None else self.orders[number, part]
        weights = None if self.weights is None else self.weights[chosen]
        return self.X[chosen], self.Y[chosen], weights


def make(
    one: Passes,
    theta: Array,
    sizes: tuple[int, ...],
    gradient: BatchGradient,
    steps: range,
    found: Array,
) -> None:
    """`Supplied.pass_over`, whichever way the kernel computes a gradient."""
    g = np.empty_like(theta)
    for step in steps:
        X, Y, weights = one.batch(step)
        if weights is None:
            cost, error = gradient(theta, X, Y, g)
            total = float(len(X))
        else:
            cost, error, total = weighted(theta, X, Y, weights, g, gradient)
        penalty = 0.0
        if one.l2:
            share = one.l2 / total
            for W, dW in zip(views(theta, sizes)[0], views(g, sizes)[0], strict=True):
                penalty += share / 2 * float(np.vdot(W, W))
                dW += share * W
        one.optimizer.move(theta, g, one.slots, one.rates[step])
        found[step // one.batches] += np.multiply((cost, error, penalty), len(X))


def weighted(
    theta: Array, X: Array, Y: Array, weights: Array, out: Array, gradient: BatchGradient
) -> tuple[float, float, float]:
    """The weighted mean gradient into `out`, sample by sample; its cost and error, and the weights'
    sum."""
    one = np.empty_like(out)
    out.fill(0)
    costs = errors = 0.0
    total = float(weights.sum(dtype=np.float64))
    for k, weight in enumerate(weights.tolist()):
        cost, error = gradient(theta, X[k : k + 1], Y[k : k + 1], one)
        one *= weight
        out += one
        costs += weight * cost
        errors += weight * error
    out /= total
    return costs / total, errors / total, total
