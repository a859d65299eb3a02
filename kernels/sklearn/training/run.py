"""The training of scikit-learn's MLPs, pass by pass in compiled code.

scikit-learn's own `_fit_stochastic` stays in charge: it splits off validation samples, shuffles,
counts passes, warns and stops. It is run with other functions in the place of a few that it calls
(`Run.names`), so that one of its batches is a whole pass over the samples, which compiled code
makes in batches. So every version of scikit-learn trains by its own rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import index
from types import FunctionType
from typing import Any

import numpy as np

from kernels.sklearn.training.course import Course
from kernels.sklearn.training.optimizers import CompiledAdam, CompiledSGD
from kernels.sklearn.training.table import Table
from kernels.support.batches import by_scikit_learn
from kernels.support.checks import Array

REPLACED = ("gen_batches", "_safe_indexing", "shuffle", "SGDOptimizer", "AdamOptimizer")
"""Functions and classes in the module of `_fit_stochastic` that it gets from a `Run` here."""


def run(course: Course, mlp: Any, function: Any, *arguments: Any) -> None:
    """Run scikit-learn's `_fit_stochastic`, passes compiled, for an estimator."""
    course.hold(mlp)
    one = Run(course, mlp)
    code = function.__code__
    mine = FunctionType(code, function.__globals__ | one.names(), code.co_name)
    mlp._backprop = one.backprop
    try:
        mine(mlp, *arguments)
    finally:
        del mlp._backprop


class Run:
    """One call of `_fit_stochastic`: what it calls instead of scikit-learn's functions."""

    def __init__(self, course: Course, mlp: Any) -> None:
        self._course, self._mlp = course, mlp
        self._batch_size = 0
        self._orders: Iterator[Array] | None = None
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
        if self._orders is None:
            self._orders = by_scikit_learn(random_state, len(before))
        self._order = next(self._orders)
        return SHUFFLED

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


class Shuffled:
    """In the place of shuffled indices: the only batch is all samples, as they lie."""

    def __getitem__(self, batch: slice) -> slice:
        return slice(None)


SHUFFLED = Shuffled()
