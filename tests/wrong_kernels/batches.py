"""Kernels whose training in batches is wrong."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from kernels.passes import Passes
from kernels.support.checks import Array
from kernels.trainer import Trainer
from tests.wrong_kernels.base import WrongBatches


class IgnoresTheOrder(WrongBatches):
    def changed(self, one: Passes) -> Passes:
        return one._replace(orders=None)


class IgnoresWeights(WrongBatches):
    by_gate = False  # which checks no weights: nothing is timed with them

    def changed(self, one: Passes) -> Passes:
        return one._replace(weights=None)


class IgnoresThePenalty(WrongBatches):
    def changed(self, one: Passes) -> Passes:
        return one._replace(l2=0.0)


class KeepsTheFirstRates(WrongBatches):
    def changed(self, one: Passes) -> Passes:
        return one._replace(rates=np.repeat(one.rates[:1], len(one.rates), axis=0))


class ForgetsItsSlots(WrongBatches):
    def changed(self, one: Passes) -> Passes:
        return one._replace(slots=np.zeros_like(one.slots))


class LeavesTheLastBatchOut(WrongBatches):
    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        steps = [step for step in range(first, last) if (step + 1) % one.batches or step == 0]
        for step in steps:
            super().pass_over(theta, one, step, step + 1, found)


class CountsBatchesAlike(WrongBatches):
    """Adds up the batches' costs as if the last were as large as others."""

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        for step in range(first, last):
            sums = np.zeros_like(found)
            super().pass_over(theta, one, step, step + 1, sums)
            found += sums / len(one.batch(step)[0]) * one.batch_size


class KeepsSlotsOfTheProcess(WrongBatches):
    """Goes on with the slots of whichever training came before."""

    check = "a training goes on from its state"
    by_gate = False
    kept: ClassVar[dict[int, Array]] = {}

    def changed(self, one: Passes) -> Passes:
        known = self.kept.setdefault(one.slots.size, one.slots.copy())
        return one._replace(slots=known)


class TakesAnyOrder(WrongBatches):
    check = "bad batches are refused and change nothing"
    by_gate = False

    def trainer(self, *arguments: Any, **options: Any) -> Trainer:
        found = super().trainer(*arguments, **options)
        checked = found.epoch

        def epoch(X: Any, Y: Any, batch_size: Any = None, **given: Any) -> float:
            given.pop("order", None)
            return checked(X, Y, batch_size, **given)

        found.epoch = epoch  # type: ignore[method-assign, assignment]
        return found


class TrainsThePlanInBatches(WrongBatches):
    """Replaces the plan's parameters by the trained ones, and leaves its network as it is."""

    check = "a training goes on from its state"
    by_gate = False

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        super().pass_over(theta, one, first, last, found)
        self._parameters = self.pack(theta.copy())
