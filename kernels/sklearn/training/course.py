"""The training of scikit-learn's MLPs, pass by pass in compiled code.

scikit-learn's own `_fit_stochastic` stays in charge: it splits off validation samples, shuffles,
counts passes, warns and stops. It is run with other functions in the place of a few that it calls
(`Course.names`), so that one of its batches is a whole pass over the samples, which compiled code
makes in batches. So every version of scikit-learn trains by its own rules.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from operator import index, is_
from types import FunctionType
from typing import Any

import numpy as np
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from kernels.parts.optimizer import Optimizer
from kernels.parts.optimizers import SGD, Adam
from kernels.passes import SUMS, Passes
from kernels.sklearn.training.plans import Packed, Shape, fitting
from kernels.support import aligned
from kernels.support.checks import Array
from kernels.trainer import AHEAD, grown

EVERY = slice(None)
MOST_PLACES = 1 << 18
"""Numbers of the orders that are held at once, at most, if they are of several passes."""


class CompiledSGD(SGDOptimizer):  # type: ignore[misc]
    """scikit-learn's, for passes that were made in compiled code."""

    KEPT = ("velocities",)
    OURS = SGD, ("learning_rate_init", "momentum", "nesterov")
    """The optimizer that does the same, and its settings here."""

    def update_params(self, params: list[Array], grads: list[Array]) -> None:
        if grads:  # none after a pass in compiled code, which has moved the parameters
            super().update_params(params, grads)

    def steps_made(self) -> int:
        """Steps made before: they change nothing here."""
        return 0

    def make_steps(self, count: int) -> None:
        """Note that so many steps have been made."""

    def rate(self) -> float:
        """The learning rate of the next pass."""
        return float(self.learning_rate)


class CompiledAdam(AdamOptimizer):  # type: ignore[misc]
    """scikit-learn's, for passes that were made in compiled code."""

    KEPT = ("ms", "vs")
    OURS = Adam, ("learning_rate_init", "beta_1", "beta_2", "epsilon")

    def update_params(self, params: list[Array], grads: list[Array]) -> None:
        if grads:
            super().update_params(params, grads)

    def steps_made(self) -> int:
        """Steps made before."""
        return int(self.t)

    def make_steps(self, count: int) -> None:
        """Note that so many steps have been made."""
        self.t += count
        if self.t:
            root = math.sqrt(1 - self.beta_2**self.t)
            self.learning_rate = self.learning_rate_init * root / (1 - self.beta_1**self.t)

    def rate(self) -> float:
        """The learning rate of the next pass, before what depends on the step."""
        return float(self.learning_rate_init)


COMPILED = {SGDOptimizer: CompiledSGD, AdamOptimizer: CompiledAdam}
"""By scikit-learn's own classes."""
REPLACED = ("gen_batches", "_safe_indexing", "shuffle", "SGDOptimizer", "AdamOptimizer")
"""Functions and classes in the module of `_fit_stochastic` that it gets from a `Run` here."""


class Shuffled:
    """An order of samples in the place of their indices: the only batch is all samples."""

    def __init__(self, order: Array) -> None:
        self.order = order

    def __getitem__(self, batch: slice) -> slice:
        return EVERY


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
        self._rates: tuple[int, float, Array] = 0, math.nan, self.slots
        """Steps made, the learning rate, and the rates of the steps that follow then."""
        self._part = 0, 1
        """A batch size, and how many of its steps take about a tenth of a second."""

    def run(self, mlp: Any, function: Any, *arguments: Any) -> None:
        """Run scikit-learn's `_fit_stochastic`, passes compiled, for an estimator."""
        self.hold(mlp)
        one = Run(self, mlp)
        code = function.__code__
        mine = FunctionType(code, function.__globals__ | one.names(), code.co_name)
        mlp._backprop = one.backprop
        try:
            mine(mlp, *arguments)
        finally:
            del mlp._backprop

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
        kind, names = optimizer.OURS
        settings = kind, *(getattr(optimizer, name) for name in names)
        other = settings != self._settings
        if other:
            self.ours = kind(*settings[1:])
            self._settings, self._rates = settings, (0, math.nan, self.slots)
        first = getattr(optimizer, optimizer.KEPT[0])[0]
        if other or (self._kept and self._kept[0].arrays[0] is not first):  # another optimizer
            self.slots = np.zeros((self.ours.slots, self._count), self.plan.dtype)
            self._kept = [Packed(row, self.shape.sizes) for row in self.slots]
        # without momentum there are no slots, and scikit-learn's velocities have no effect
        for name, row in zip(optimizer.KEPT, self._kept, strict=False):
            setattr(optimizer, name, row.hold(getattr(optimizer, name)))

    def rates(self, optimizer: Any, steps: int) -> Array:
        """The rates of an optimizer's next steps; those of many are computed at once."""
        made, rate = optimizer.steps_made(), optimizer.rate()
        first, known_rate, known = self._rates
        start = made - first
        if rate != known_rate or start < 0 or start + steps > len(known):
            found = self.ours.rates(made + 1, max(steps, AHEAD), rate)
            known, start = np.ascontiguousarray(found, self.plan.dtype), 0
            self._rates = made, rate, known
        return known[start : start + steps]

    def make_steps(self, one: Passes, first: int, last: int, found: Array, optimizer: Any) -> None:
        """Make the steps from `first` to the one before `last`, in parts, for Ctrl-C to end them.

        They change the parameters and slots in place, and are noted in the optimizer.
        """
        known, part = self._part
        part = part if known == one.batch_size else 1
        while first < last:
            end = min(first + part, last)
            start = time.perf_counter()
            self.plan.pass_over(self.theta.vector, one, first, end, found)
            optimizer.make_steps(end - first)
            part = grown(end - first, time.perf_counter() - start)
            first = end
        self._part = one.batch_size, part

    def loss(self, sums: Array, Y: Array) -> float:
        """The mean of a pass's losses, from its `SUMS`, as scikit-learn counts."""
        cost, _, penalty = sums.tolist()
        # scikit-learn's squared error is the mean over the outputs, its gradient is not
        outputs = Y.shape[1] if self.shape.loss == "squared" else 1
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


class Table:
    """Passes over the same samples, of which one after the other is made.

    Parameters
    ----------
    X, Y, weights : as `Passes` has them
    passes : how many are prepared at once
    ordered : each gets an order
    """

    def __init__(
        self,
        course: Course,
        arrays: tuple[Array, Array, Array | None],
        batch_size: int,
        alpha: float,
        passes: int,
        ordered: bool,
    ) -> None:
        self._course, self._alpha, self._size = course, alpha, batch_size
        self._arrays = X, _, _ = arrays
        self._batches = -(-len(X) // batch_size)
        self._orders = np.empty((passes, len(X)), np.int64) if ordered else None
        self._found = np.zeros((passes, len(SUMS)))
        self._made, self._rate = passes, math.nan
        self._one: Passes

    @classmethod
    def fitting(
        cls, course: Course, arrays: Any, batch_size: int, alpha: float, ordered: bool
    ) -> Table:
        """A table for any number of passes."""
        m = len(arrays[0])
        steps = -(-m // batch_size)
        passes = max(1, min(AHEAD // steps, MOST_PLACES // m))
        return cls(course, arrays, batch_size, alpha, passes, ordered)

    def make(self, optimizer: Any, order: Array | None) -> float:
        """A pass over the samples; the mean of the batches' losses, as scikit-learn counts."""
        if self._made == len(self._found) or self._rate != optimizer.rate():
            self._renew(optimizer)
        k, first = self._made, self._made * self._batches
        if order is not None and self._orders is not None:
            self._orders[k] = order
        self._made += 1
        last = first + self._batches
        self._course.make_steps(self._one, first, last, self._found, optimizer)
        return self._course.loss(self._found[k], self._arrays[1])

    def _renew(self, optimizer: Any) -> None:
        """Begin anew with the first pass."""
        X, Y, weights = self._arrays
        course, self._rate = self._course, optimizer.rate()
        rates = course.rates(optimizer, len(self._found) * self._batches)
        settings = self._alpha, course.ours, course.slots, rates, optimizer.steps_made(), self._rate
        self._one = Passes(X, Y, self._orders, weights, self._size, *settings)
        self._found[:] = 0
        self._made = 0


class Run:
    """One call of `_fit_stochastic`: what it calls instead of scikit-learn's functions."""

    def __init__(self, course: Course, mlp: Any) -> None:
        self._course, self._mlp = course, mlp
        self._batch_size = 0
        self._order: Array | None = None
        self._weights: Array | None = None
        self._table: Table | None = None

    def names(self) -> dict[str, Any]:
        """By the names `REPLACED`."""
        made: tuple[Any, ...] = (
            self.gen_batches,
            self.safe_indexing,
            self.shuffle,
            CompiledSGD,
            CompiledAdam,
        )
        return dict(zip(REPLACED, made, strict=True))

    def gen_batches(self, m: int, batch_size: int) -> Iterator[slice]:
        """All samples as one batch; how many a batch really has is noted."""
        self._batch_size = index(batch_size)
        yield slice(0, m)

    def safe_indexing(self, X: Any, _batch: slice) -> Any:
        """All samples, in the order in which they lie."""
        return X

    def shuffle(self, before: Any, random_state: Any) -> Shuffled:
        """The next order of the samples."""
        if isinstance(before, Shuffled):
            before = before.order
        places = np.arange(len(before))  # as `sklearn.utils.resample` shuffles
        random_state.shuffle(places)
        self._order = before[places]
        return Shuffled(self._order)

    def backprop(
        self, X: Any, y: Any, weights: Any, *_: Any
    ) -> tuple[float, list[Array], list[Array]]:
        """`_backprop` of a batch of all samples: makes a pass, and returns no gradients."""
        optimizer = self._mlp._optimizer
        if self._table is None:
            self._course.hold_optimizer(optimizer)
            given = self._course.arrays(X, y, weights)
            self._weights, ordered = given[2], self._order is not None
            pace = self._batch_size, self._mlp.alpha, ordered
            self._table = Table.fitting(self._course, given, *pace)
        if self._weights is not None:
            refuse_no_weight(self._weights, self._order, self._batch_size)
        return self._table.make(optimizer, self._order), [], []


def refuse_no_weight(weights: Array, order: Array | None, batch_size: int) -> None:
    """Raise what scikit-learn raises if a batch's weights sum to 0."""
    taken = weights if order is None else weights[order]
    if not np.add.reduceat(taken, np.arange(0, len(taken), batch_size)).all():
        raise ZeroDivisionError("Weights sum to zero, can't be normalized")
