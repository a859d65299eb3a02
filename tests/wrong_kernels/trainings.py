"""Kernels whose training is not batch gradient descent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from kernels.results import Training
from kernels.support.checks import Array
from tests.wrong_kernels.base import WrongTraining


class StopsAfterTwoIterations(WrongTraining):
    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        super().descend(theta, X, Y, alpha, cost[:2], error[:2])
        cost[2:], error[2:] = cost[:1], error[:1]


class StaysInTheLastOfAnOddNumber(WrongTraining):
    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        even = len(cost) - (len(cost) % 2 if len(cost) > 1 else 0)
        super().descend(theta, X, Y, alpha, cost[:even], error[:even])
        super().descend(theta, X, Y, 0.0, cost[even:], error[even:])


class ChangesAlpha(WrongTraining):
    """Rounds alpha to float32."""

    def changed(self, alpha: float) -> float:
        return float(np.float32(alpha))

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        super().descend(theta, X, Y, self.changed(alpha), cost, error)


class RoundsAlpha(ChangesAlpha):
    """Rounds alpha to four digits."""

    def changed(self, alpha: float) -> float:
        return round(alpha, 4)


class LimitsAlpha(ChangesAlpha):
    def changed(self, alpha: float) -> float:
        return min(alpha, 1.0)


class IgnoresTinyAlphas(ChangesAlpha):
    def changed(self, alpha: float) -> float:
        return alpha if alpha > 1e-4 else 0.0


class TakesAlphaWithoutItsSign(ChangesAlpha):
    faulty = ()
    check = "trains step by step"

    def changed(self, alpha: float) -> float:
        return abs(alpha)


class LetsAlphaDecay(WrongTraining):
    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        step = np.empty_like(theta)
        for k in range(len(cost)):
            cost[k], error[k] = self.batch_gradient(self.pack(theta), X, Y, step)
            theta -= alpha / (1 + 1e-4 * k) * step


class AddsMomentum(WrongTraining):
    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        step, moment = np.empty_like(theta), np.zeros_like(theta)
        for k in range(len(cost)):
            cost[k], error[k] = self.batch_gradient(self.pack(theta), X, Y, step)
            moment = 0.9 * moment + step
            theta -= alpha * moment


class DecaysItsWeights(WrongTraining):
    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        step = np.empty_like(theta)
        for k in range(len(cost)):
            cost[k], error[k] = self.batch_gradient(self.pack(theta), X, Y, step)
            theta -= alpha * (step + 1e-8 * theta)


class StepsAfterEverySample(WrongTraining):
    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        for k in range(len(cost)):
            super().descend(theta.copy(), X, Y, alpha, cost[k : k + 1], error[k : k + 1])
            for x, y in zip(X, Y, strict=True):
                pair = (np.empty(1), np.empty(1))
                super().descend(theta, x[None], y[None], alpha / len(X), *pair)


class TellsTheCostAfterTheStep(WrongTraining):
    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        super().descend(theta, X, Y, alpha, cost, error)
        cost[:-1] = cost[1:]
        after = (np.empty(1), np.empty(1))
        super().descend(theta.copy(), X, Y, alpha, *after)
        cost[-1:] = after[0]


class ShiftsItsErrors(WrongTraining):
    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        super().descend(theta, X, Y, alpha, cost, error)
        error[1:] = error[:-1].copy()


class TellsTheSumOfErrors(WrongTraining):
    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        super().descend(theta, X, Y, alpha, cost, error)
        error *= len(X)


class LosesNaNInTraining(WrongTraining):
    faulty = ()
    check = "says when a training diverges"

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        super().descend(theta, X, Y, alpha, cost, error)
        np.nan_to_num(cost, copy=False)


class TrainsItsOwnParameters(WrongTraining):
    """Replaces the plan's parameters by the trained ones."""

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        super().descend(theta, X, Y, alpha, cost, error)
        self._parameters = self.pack(theta.copy())


class TellsNoProgress(WrongTraining):
    faulty = ()
    check = "train gives both series"

    def train(
        self,
        X: Any,
        Y: Any,
        iterations: int = 3000,
        alpha: float = 0.25,
        progress: Callable[[int, float, float], object] | None = None,
        **options: Any,
    ) -> Training:
        return super().train(X, Y, iterations, alpha, **options)


class LimitsLargeAlphas(ChangesAlpha):
    """Limits large alphas; the gate's are small, so a check of the contract must catch it."""

    faulty = ()
    check = "trains step by step"

    def changed(self, alpha: float) -> float:
        return min(alpha, 8.0)


class IgnoresTheTiniestAlphas(LimitsLargeAlphas):
    def changed(self, alpha: float) -> float:
        return alpha if abs(alpha) > 1e-6 else 0.0


class StopsAfterSomeHundredIterations(WrongTraining):
    faulty = ()
    check = "trains for long"

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        super().descend(theta, X, Y, alpha, cost[:250], error[:250])
        cost[250:], error[250:] = cost[249:250], error[249:250]


class HoldsTheErrorInALongTraining(WrongTraining):
    """Repeats the mean error from the 600th iteration of a training on."""

    faulty = ()
    check = "trains for long"
    _trained: Array | None = None
    _earlier: deque[float]

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        super().descend(theta, X, Y, alpha, cost, error)
        if theta is not self._trained:
            self._trained = theta
            self._earlier = deque(maxlen=600)
        for k in range(len(error)):
            if len(self._earlier) < 600:
                self._earlier.append(error[k])
            else:
                error[k] = self._earlier[-1]
