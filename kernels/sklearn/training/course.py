"""The training of one estimator in compiled code: its parameters, its optimizer, and steps."""

from __future__ import annotations

import time
from itertools import chain
from operator import is_
from typing import Any

import numpy as np

from kernels.parts.losses.squared import PART as SQUARED
from kernels.parts.optimizer import Optimizer
from kernels.parts.optimizers import SGD
from kernels.passes import SUMS, Passes
from kernels.rates import Rates
from kernels.sklearn.training.plans import Packed, Shape, fitting
from kernels.support import aligned
from kernels.support.checks import Array


class Course:
    """The training of one estimator: parameters and what the optimizer keeps, as vectors.

    Parameters
    ----------
    shape : of the estimator's network
    threads : how many threads may share a batch
    """

    def __init__(self, shape: Shape, threads: int) -> None:
        self.shape, self.threads = shape, threads
        plan = self.plan = fitting(shape, threads)
        self._count = len(plan.network.theta)
        self.theta = self._room()
        self.slots = np.zeros((0, self._count), plan.dtype)
        self._kept: list[Packed] = []
        self._settings: Any = None
        self.ours: Optimizer
        self._rates: Rates

    def _room(self) -> Packed:
        """A vector for parameters."""
        return Packed(aligned.empty((self._count,), self.plan.dtype), self.shape.sizes)

    def holds(self, mlp: Any) -> bool:
        """True if `coefs_` and `intercepts_` are views of the vector."""
        arrays, given = self.theta.arrays, mlp.coefs_ + mlp.intercepts_
        return len(arrays) == len(given) and all(map(is_, arrays, given))

    def hold(self, mlp: Any) -> None:
        """Make `coefs_` and `intercepts_` views of one vector, which passes change in place."""
        count = len(mlp.coefs_)
        if mlp.coefs_[0] is not self.theta.arrays[0]:
            self.theta = self._room()  # callers may keep the arrays of the training before
        held = self.theta.hold(mlp.coefs_ + mlp.intercepts_)
        mlp.coefs_, mlp.intercepts_ = held[:count], held[count:]

    def hold_optimizer(self, optimizer: Any) -> None:
        """Make the lists of an optimizer views of one array."""
        kind, get = optimizer.OURS
        settings = get(optimizer)
        other = (kind, settings) != self._settings
        if other:
            self.ours = kind(*settings)
            self._settings, self._rates = (kind, settings), Rates(self.ours, self.plan.dtype)
        lists = optimizer.kept()
        if other or (self._kept and self._kept[0].arrays[0] is not lists[0][0]):
            # another optimizer: callers may keep the arrays of the one before
            self.slots = np.zeros((self.ours.slots, self._count), self.plan.dtype)
            self._kept = [Packed(row, self.shape.sizes) for row in self.slots]
        # without momentum there are no slots, and scikit-learn's velocities have no effect
        if not all(map(is_, chain(*lists), chain(*(row.arrays for row in self._kept)))):
            held = (row.hold(one) for row, one in zip(self._kept, lists, strict=False))
            optimizer.keep(*held)

    def rates(self, optimizer: Any, steps: int) -> Array:
        """The rates of an optimizer's next steps."""
        return self._rates.following(optimizer.steps_made(), steps, optimizer.rate())

    def make_steps(self, one: Passes, first: int, last: int, found: Array, optimizer: Any) -> None:
        """Make the steps from `first` to the one before `last`, in parts, for Ctrl-C to end them.

        They change the parameters and slots in place, and are noted in the optimizer.
        """
        if last - first == 1:
            self.plan.pass_over(self.theta.vector, one, first, last, found)
            optimizer.make_steps(1)
            return
        pace, size = self.plan._pace, one.batch_size
        part = pace.steps(self.ours, size)
        while first < last:
            end = min(first + part, last)
            start = time.perf_counter()
            self.plan.pass_over(self.theta.vector, one, first, end, found)
            optimizer.make_steps(end - first)
            part = pace.learn(self.ours, size, end - first, time.perf_counter() - start)
            first = end

    def loss(self, sums: Array, Y: Array) -> float:
        """The mean of a pass's losses, from its `SUMS`, as scikit-learn counts."""
        cost, _, penalty = sums.tolist()
        # scikit-learn's squared error is the mean over the outputs, its gradient is not
        outputs = Y.shape[1] if self.shape.loss == SQUARED.name else 1
        return np.float64((cost / outputs + penalty) / len(Y))

    def cost(
        self, params: list[Array], alpha: float, X: Array, Y: Array, weights: Array | None
    ) -> tuple[float, list[Array]]:
        """The loss over all samples and its gradient, arrays of the shapes of the parameters.

        The gradient comes from a step of gradient descent at rate 1 with momentum, whose velocity
        is the negative gradient then.
        """
        theta = self._room()  # callers may keep the arrays of a training before
        theta.hold(params)
        optimizer = SGD(1.0, 0.5)
        slots = np.zeros((1, self._count), self.plan.dtype)
        rates = optimizer.rates(1, 1, 1.0).astype(self.plan.dtype)
        one = Passes(X, Y, None, weights, len(X), alpha, optimizer, slots, rates, 0, 1.0)
        found = np.zeros((1, len(SUMS)))
        self.plan.pass_over(theta.vector, one, 0, 1, found)
        np.negative(slots, out=slots)
        return self.loss(found[0], Y), Packed(slots[0], self.shape.sizes).arrays

    def arrays(self, X: Any, y: Any, weights: Any = None) -> tuple[Array, Array, Array | None]:
        """Samples, targets and weights as compiled code takes them."""
        dtype = self.plan.dtype
        dense = X.toarray() if hasattr(X, "toarray") else X
        Y = np.ascontiguousarray(y, dtype).reshape(len(y), -1)
        if weights is not None:
            weights = np.ascontiguousarray(weights, dtype)
        return np.ascontiguousarray(dense, dtype), Y, weights
